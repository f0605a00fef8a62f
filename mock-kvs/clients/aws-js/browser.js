// The same viewer in headless Chromium: opens viewer.html there and prints, as one line of JSON, what
// became of the master's answer. Chromium is $CHROMIUM, or the one on PATH.
'use strict';
const { spawn } = require('node:child_process');
const { X509Certificate, createHash } = require('node:crypto');
const { mkdtempSync, readFileSync, rmSync } = require('node:fs');
const { createServer } = require('node:http');
const { tmpdir } = require('node:os');
const path = require('node:path');
const WebSocket = require('ws');
const { connect, Role } = require('./channel.js');

/** The page and the SDK's own browser build, on a port of loopback. */
function serve() {
  const bundle = path.join(path.dirname(require.resolve('amazon-kinesis-video-streams-webrtc')), '../dist/kvs-webrtc.min.js');
  const files = { '/': ['text/html', path.join(__dirname, 'viewer.html')], '/kvs-webrtc.min.js': ['text/javascript', bundle] };
  const server = createServer((request, response) => {
    const [type, file] = files[request.url] ?? [];
    response.writeHead(file ? 200 : 404, { 'content-type': type ?? 'text/plain' }).end(file && readFileSync(file));
  });
  return new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(`http://127.0.0.1:${server.address().port}/`)));
}

/** Chromium, trusting the one authority of this run by its key: its debugger's address, and its end. */
function launch(profile) {
  const key = new X509Certificate(readFileSync(process.env.KVS_CA_FILE)).publicKey.export({ type: 'spki', format: 'der' });
  const pin = createHash('sha256').update(key).digest('base64');
  const chromium = spawn(process.env.CHROMIUM ?? 'chromium', [
    '--headless=new', '--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage', '--no-first-run', '--disable-breakpad',
    `--user-data-dir=${profile}`, `--ignore-certificate-errors-spki-list=${pin}`,
    '--remote-debugging-port=0', 'about:blank',
  ], { detached: true });
  // It has many processes: whatever happens here, none stays.
  process.on('exit', () => chromium.exitCode === null && process.kill(-chromium.pid, 'SIGKILL'));
  const gone = new Promise((resolve) => chromium.once('exit', resolve));
  return new Promise((resolve, reject) => {
    let said = '';
    chromium.stderr.on('data', (data) => {
      said += data;
      const [, address] = said.match(/DevTools listening on (\S+)/) ?? [];
      if (address) resolve({ address, gone });
    });
    chromium.on('error', reject);
    chromium.on('exit', (code) => reject(new Error(`chromium ended (${code}): ${said}`)));
  });
}

/** Commands of the DevTools protocol, one after another, in a tab of their own. */
async function openTab(address) {
  const socket = new WebSocket(address);
  await new Promise((resolve, reject) => socket.once('open', resolve).once('error', reject));
  let last = 0;
  let session;
  const call = (method, params = {}) => new Promise((resolve, reject) => {
    const id = ++last;
    const answer = (data) => {
      const message = JSON.parse(data);
      if (message.id !== id) return;
      socket.off('message', answer);
      if (message.error) reject(new Error(`${method}: ${message.error.message}`));
      else resolve(message.result);
    };
    socket.on('message', answer);
    socket.send(JSON.stringify({ id, method, params, sessionId: session }));
  });
  const { targetId } = await call('Target.createTarget', { url: 'about:blank' });
  ({ sessionId: session } = await call('Target.attachToTarget', { targetId, flatten: true }));
  const loaded = () => new Promise((resolve) => {
    socket.on('message', (data) => JSON.parse(data).method === 'Page.loadEventFired' && resolve());
  });
  return { call, loaded };
}

async function main() {
  // The page gets what the control plane says: AWS's SDK for that comes to browsers through a bundler only.
  const { client } = await connect(Role.VIEWER, 'browser');
  const { channelARN, channelEndpoint, clientId, region, credentials } = client.config;
  const profile = mkdtempSync(path.join(tmpdir(), 'chromium-'));
  process.on('exit', () => rmSync(profile, { recursive: true, force: true, maxRetries: 5 }));
  const chromium = await launch(profile);
  const tab = await openTab(chromium.address);
  await tab.call('Page.enable');
  const loaded = tab.loaded();
  await tab.call('Page.navigate', { url: await serve() });
  await loaded;
  const { accessKeyId, secretAccessKey, sessionToken } = credentials;
  const config = { channelARN, channelEndpoint, clientId, region, credentials: { accessKeyId, secretAccessKey, sessionToken } };
  const { result, exceptionDetails } = await tab.call('Runtime.evaluate', {
    expression: `view(${JSON.stringify(config)})`,
    awaitPromise: true,
    returnByValue: true,
  });
  await Promise.all([tab.call('Browser.close'), chromium.gone]);
  if (exceptionDetails) throw new Error(exceptionDetails.exception.description);
  console.log(JSON.stringify(result.value));
  process.exit(0);
}

setTimeout(() => {
  console.error('browser: nothing in 60 s');
  process.exit(1);
}, 60_000);
main().catch((error) => {
  console.error(`browser: ${error.message}`);
  process.exit(1);
});
