// A camera made of AWS's JavaScript WebRTC SDK: answers every offer. As a board of the harness:
//
//     npm ci
//     scenario run --board "exec:node mock-kvs/clients/aws-js/master.js"
//
// It does what the SDK does and no more: where the connection ends, the SDK says `close`, and that is that.
// With --reconnect it does what the SDK leaves to its user: it connects anew, with growing pauses.
'use strict';
const { connect, Role } = require('./channel.js');
const { RTCPeerConnection } = require('@roamhq/wrtc');

const log = (...words) => console.log('master:', ...words);

/** The SDK throws where the connection has ended meanwhile; a candidate is no reason to end with it. */
function tell(client, candidate, viewer) {
  try {
    client.sendIceCandidate(candidate, viewer);
  } catch (error) {
    log('candidate unsent:', error.message);
  }
}

async function answer(client, peers, offer, viewer) {
  const peer = new RTCPeerConnection({ iceServers: [] });
  peers.get(viewer)?.close();
  peers.set(viewer, peer);
  peer.addEventListener('icecandidate', ({ candidate }) => candidate && tell(client, candidate, viewer));
  peer.addEventListener('datachannel', ({ channel }) => {
    channel.addEventListener('message', ({ data }) => channel.send(`you said ${data}`));
  });
  await peer.setRemoteDescription(offer);
  await peer.setLocalDescription(await peer.createAnswer());
  client.sendSdpAnswer(peer.localDescription, viewer);
  log('answered', viewer);
}

/** One connection, until it ends; fails where it never came about. */
async function session(peers, opened) {
  const { client, iceServers } = await connect(Role.MASTER);
  return new Promise((resolve, reject) => {
    client.on('open', () => {
      log('open', `(${iceServers.length} ICE servers)`);
      opened();
    });
    client.on('sdpOffer', (offer, viewer) => answer(client, peers, offer, viewer).catch((error) => log('no answer:', error.message)));
    client.on('iceCandidate', (candidate, viewer) => {
      log('candidate from', viewer);
      peers.get(viewer)?.addIceCandidate(candidate).catch((error) => log('no candidate:', error.message));
    });
    client.on('statusResponse', (status) => log('status', JSON.stringify(status)));
    client.on('error', (error) => reject(new Error(error.message ?? String(error))));
    client.on('close', () => resolve(log('close')));
    client.open();
  });
}

async function reconnecting(peers) {
  for (let failures = 0; ; failures++) {
    let since = Infinity;
    await session(peers, () => (since = Date.now())).catch((error) => log(`${error.name}: ${error.message}`));
    if (Date.now() - since >= 30_000) failures = 0;
    const pause = Math.min(10_000, 100 * 2 ** failures);
    await new Promise((resolve) => setTimeout(resolve, pause + Math.random() * pause));
  }
}

process.on('SIGTERM', () => process.exit(0));
setInterval(() => {}, 60_000); // a camera does not switch itself off
const main = process.argv.includes('--reconnect') ? reconnecting : (peers) => session(peers, () => {});
main(new Map()).catch((error) => {
  log(`${error.name}: ${error.message}`);
  process.exit(1);
});
