#!/usr/bin/env python3
"""Tells a board with the test image what to keep: `provision.py PORT < FILE`, or `provision.py --wipe PORT`.

Each line of the file is `key value`, `key @FILE` (DER, for certificates and keys) or `resolve SUFFIX IP:PORT`. Values come from
a file so that no secret stands on a command line. What the console takes: firmware/device/docs/console.md.
"""

import base64
import binascii
import os
import select
import sys
import termios
import time
import urllib.parse

PART = 300  # Of a value: percent-encoded it may be three times as long, and a line has 512 bytes.
SAFE = "/:+,"  # What need not be.
PATIENCE_S = 10


class Board:
    def __init__(self, path):
        self.port = os.open(path, os.O_RDWR | os.O_NOCTTY)
        mode = termios.tcgetattr(self.port)
        mode[0] = mode[1] = mode[3] = 0
        mode[2] = termios.CS8 | termios.CREAD | termios.CLOCAL
        mode[4] = mode[5] = termios.B115200
        termios.tcsetattr(self.port, termios.TCSANOW, mode)
        self.id, self.unread = 0, b""

    def do(self, command, **fields):
        """Sends a command and waits for its answer; a refusal ends the program."""
        self.id += 1
        words = [f"{key}={urllib.parse.quote(value, safe=SAFE)}" for key, value in fields.items()]
        line = " ".join([f"!kvs {self.id} {command}", *words])
        # CRC-16/CCITT-FALSE.
        line += f" *{binascii.crc_hqx(line.encode(), 0xFFFF):04x}\n"
        os.write(self.port, line.encode())
        deadline = time.monotonic() + PATIENCE_S
        while (left := deadline - time.monotonic()) > 0:
            if select.select([self.port], [], [], left)[0]:
                self.unread += os.read(self.port, 4096)
            *lines, self.unread = self.unread.split(b"\n")
            for answer in lines:
                words = answer.split()
                if b"id=%d" % self.id not in words[4:]:
                    continue
                if words[3] == b"ack":
                    return
                what = " ".join([command, *filter(None, [fields.get("key")])])
                sys.exit(f"{what}: refused, {words[5].decode()}")
        sys.exit(f"{command}: no answer in {PATIENCE_S} s; is it the image with the test console?")

    def set(self, key, value):
        value = value.encode()
        plain = len(urllib.parse.quote(value, safe=SAFE)) == len(value)
        size = PART if plain else PART // 3
        parts = [value[at : at + size] for at in range(0, len(value), size)] or [b""]
        for nth, part in enumerate(parts, 1):
            self.do("set", key=key, value=part, part=f"{nth}/{len(parts)}")


def main():
    words = sys.argv[1:]
    wipe = "--wipe" in words
    ports = [word for word in words if not word.startswith("-")]
    if len(ports) != 1:
        sys.exit(__doc__)
    board = Board(ports[0])
    # Ends whatever line was begun.
    os.write(board.port, b"\n")
    if wipe:
        board.do("wipe")
        return print("wiped")
    keys = []
    for line in sys.stdin.read().splitlines():
        key, _, value = line.strip().partition(" ")
        value = value.strip()
        if not key or key.startswith("#"):
            continue
        if key == "resolve":
            suffix, _, to = value.rpartition(" ")
            board.do("resolve", suffix=suffix.strip(), to=to)
        else:
            if value.startswith("@"):
                with open(value[1:], "rb") as der:
                    value = base64.b64encode(der.read()).decode()
            board.set(key, value)
        keys.append(key)
    if "secret.access_key_id" in keys:
        board.do("credentials")
    board.do("keep")
    print(f"kept: {', '.join(keys)}")


main()
