"use strict";
// A mock-kvs for tests in Node, without dependencies. The program is $MOCK_KVS, or on the PATH.
const { spawn } = require("node:child_process");
const { existsSync, mkdtempSync, readFileSync, rmSync } = require("node:fs");
const { tmpdir } = require("node:os");
const { join } = require("node:path");
const { setTimeout: sleep } = require("node:timers/promises");

class MockKvs {
  /** Starts one with more options; resolves once it serves. `ready` is its ready file. */
  static async start(...options) {
    const folder = mkdtempSync(join(tmpdir(), "mock-kvs-"));
    const file = join(folder, "ready.json");
    const usual = ["--listen", "127.0.0.1:0", "--admin", "127.0.0.1:0", "--ready-file", file, "--ca-dir", folder];
    const command = process.env.MOCK_KVS ?? "mock-kvs";
    const child = spawn(command, [...usual, "--parent-pid", String(process.pid), ...options], {
      stdio: ["ignore", "ignore", "inherit"],
    });
    const failed = new Promise((_, reject) => child.once("error", reject));
    while (!existsSync(file)) { // it is written as a whole, once everything listens
      if (child.exitCode !== null) throw new Error("mock-kvs did not start; it said why on standard error");
      await Promise.race([sleep(10), failed]);
    }
    return new MockKvs(child, folder, JSON.parse(readFileSync(file, "utf8")));
  }

  constructor(child, folder, ready) {
    Object.assign(this, { child, folder, ready });
  }

  /** A request to the admin API (docs/admin.md). */
  async admin(method, path, body) {
    const headers = { "content-type": "application/json" };
    const answer = await fetch(this.ready.admin + path, { method, headers, body: body && JSON.stringify(body) });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${text}`);
    return path.startsWith("/journal") ? text.split("\n").filter(Boolean).map((line) => JSON.parse(line)) : JSON.parse(text);
  }

  /** Arms a fault (docs/faults.md): `arm({ fault: "reset", on: "SDP_OFFER", at: "50%" })`. */
  arm(fault) {
    return this.admin("POST", "/rules", fault);
  }

  /** Heals every fault. */
  heal() {
    return this.admin("DELETE", "/rules");
  }

  async stop() {
    const ended = new Promise((resolve) => this.child.once("exit", resolve));
    this.child.kill();
    await ended;
    rmSync(this.folder, { recursive: true });
  }
}

module.exports = { MockKvs };
