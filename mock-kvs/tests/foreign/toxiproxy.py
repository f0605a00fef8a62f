"""Toxiproxy's client for Python (PyPI: toxiproxy-python) against mock-kvs."""
import os
import socket
import time

from toxiproxy import Toxiproxy
from toxiproxy.exceptions import NotFound, ProxyExists


def echo(address):
    """Sends "hello" and reads the echo to its end."""
    host, port = address.rsplit(":", 1)
    with socket.create_connection((host, int(port)), timeout=20) as client:
        client.sendall(b"hello")
        client.shutdown(socket.SHUT_WR)
        data = b""
        while piece := client.recv(1024):
            data += piece
        return data


def raises(kind, call):
    try:
        call()
    except kind:
        return True
    return False


admin, upstream = os.environ["ADMIN"].removeprefix("http://"), os.environ["UPSTREAM"]
toxiproxy = Toxiproxy()
toxiproxy.update_api_consumer(admin.split(":")[0], int(admin.split(":")[1]))
assert toxiproxy.running() and b"2." in toxiproxy.version()
proxy = toxiproxy.create(upstream=upstream, name="echo")
assert echo(proxy.listen) == b"hello"

proxy.add_toxic(type="latency", attributes={"latency": 150})
began = time.monotonic()
assert echo(proxy.listen) == b"hello" and time.monotonic() - began >= 0.15
assert proxy.get_toxic("latency_downstream").attributes["latency"] == 150
proxy.destroy_toxic("latency_downstream")
assert proxy.toxics() == {}

proxy.add_toxic(name="cut", type="limit_data", stream="upstream", attributes={"bytes": 3})
assert echo(proxy.listen) in (b"", b"hel")
assert toxiproxy.reset() and echo(proxy.listen) == b"hello"

with proxy.down():
    assert raises(OSError, lambda: echo(proxy.listen))
assert echo(proxy.listen) == b"hello"

assert sorted(toxiproxy.proxies()) == ["device", "echo"]
assert raises(ProxyExists, lambda: toxiproxy.create(upstream=upstream, name="echo"))
assert raises(NotFound, lambda: proxy.destroy_toxic("nobody"))
assert toxiproxy.destroy(proxy) and toxiproxy.get_proxy("echo") is None
print("python: ok")
