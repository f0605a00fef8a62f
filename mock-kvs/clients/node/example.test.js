"use strict";
// How a client's own tests use the helper: run with `node --test`.
const assert = require("node:assert/strict");
const https = require("node:https");
const { after, before, test } = require("node:test");
const { MockKvs } = require("./mock-kvs.js");

let mock;
before(async () => { mock = await MockKvs.start("--channel", "front-door"); });
after(() => mock.stop());

/** A POST without a signature: its status and AWS's error type. */
function post(path) {
  return new Promise((resolve, reject) => {
    const options = { method: "POST", ca: mock.ready.ca_pem, agent: false };
    const request = https.request(mock.ready.url + path, options, (answer) => {
      answer.resume().on("end", () => resolve([answer.statusCode, answer.headers["x-amzn-errortype"]]));
    });
    request.on("error", reject).end("{}");
  });
}

test("TLS is trusted, and a request without a signature is not", async () => {
  const [status, error] = await post("/describeSignalingChannel");
  assert.equal(status, 403);
  assert.match(error, /MissingAuthenticationToken/);
});

test("a reset is one, until it is healed", async () => {
  await mock.arm({ fault: "reset", call: "describe", times: 100 });
  await assert.rejects(post("/describeSignalingChannel"), { code: "ECONNRESET" });
  await mock.heal();
  assert.equal((await post("/describeSignalingChannel"))[0], 403);
  const journal = await mock.admin("GET", "/journal");
  assert.ok(journal.some((record) => record.event === "fault.fired" && record.fault === "reset"));
});
