// Toxiproxy's client for Node (npm: toxiproxy-node-client) against mock-kvs.
const assert = require("node:assert/strict");
const net = require("node:net");
const { Toxiproxy } = require("toxiproxy-node-client");

const { ADMIN, UPSTREAM } = process.env;

/** Sends "hello" and reads the echo; what came back and how the connection ended. */
function echo(address) {
  const [host, port] = address.split(":");
  return new Promise((resolve) => {
    let text = "";
    const began = process.hrtime.bigint();
    const done = (end) => resolve({ text, end, ms: Number(process.hrtime.bigint() - began) / 1e6 });
    const socket = net.connect({ host, port: Number(port) }, () => socket.end("hello"));
    socket.on("data", (data) => (text += data));
    socket.on("end", () => done("end"));
    socket.on("error", (error) => done(error.code));
  });
}

async function main() {
  const toxiproxy = new Toxiproxy(ADMIN);
  assert.match(await toxiproxy.getVersion(), /2\./);
  const proxy = await toxiproxy.createProxy({ name: "echo", listen: "127.0.0.1:0", upstream: UPSTREAM });
  assert.equal((await echo(proxy.listen)).text, "hello");

  const latency = await proxy.addToxic({
    name: "slow", type: "latency", stream: "downstream", toxicity: 1, attributes: { latency: 150, jitter: 0 },
  });
  assert.ok((await echo(proxy.listen)).ms >= 150);
  const updated = await latency.update({ toxicity: 1, attributes: { latency: 1, jitter: 0 } });
  assert.equal(updated.attributes.latency, 1);
  assert.equal((await proxy.getToxic("slow")).attributes.latency, 1);
  await latency.remove();

  await proxy.addToxic({ name: "cut", type: "limit_data", stream: "downstream", toxicity: 1, attributes: { bytes: 2 } });
  assert.equal((await echo(proxy.listen)).text, "he");
  await toxiproxy.reset();
  assert.equal((await echo(proxy.listen)).text, "hello");

  await proxy.addToxic({ name: "rst", type: "reset_peer", stream: "downstream", toxicity: 1, attributes: { timeout: 0 } });
  assert.equal((await echo(proxy.listen)).end, "ECONNRESET");
  await toxiproxy.reset();

  const down = await proxy.update({ enabled: false, listen: proxy.listen, upstream: UPSTREAM });
  assert.equal(down.enabled, false);
  assert.match((await echo(proxy.listen)).end, /ECONNREFUSED|ECONNRESET/);
  await proxy.update({ enabled: true, listen: proxy.listen, upstream: UPSTREAM });
  assert.equal((await echo(proxy.listen)).text, "hello");

  const all = await toxiproxy.getAll();
  assert.deepEqual(Object.keys(all).sort(), ["device", "echo"]);
  await assert.rejects(toxiproxy.createProxy({ name: "echo", listen: "127.0.0.1:0", upstream: UPSTREAM }));
  await assert.rejects(toxiproxy.get("nobody"));
  await proxy.remove();
  await toxiproxy.populate([{ name: "again", listen: "127.0.0.1:0", upstream: UPSTREAM }]);
  assert.deepEqual(Object.keys(await toxiproxy.getAll()).sort(), ["again", "device"]);
  console.log("node: ok");
}

main().catch((error) => { console.error(error); process.exit(1); });
