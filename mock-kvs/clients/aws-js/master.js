// A camera made of AWS's JavaScript WebRTC SDK: answers every offer. As a board of the harness:
//
//     npm ci
//     scenario run --board "exec:node mock-kvs/clients/aws-js/master.js"
//
// It does what the SDK does and no more: where the connection ends, the SDK says `close`, and that is that.
'use strict';
const { connect, Role } = require('./channel.js');
const { RTCPeerConnection } = require('@roamhq/wrtc');

const log = (...words) => console.log('master:', ...words);

/** An answer for an offer without a fingerprint, which no peer connection takes: signaling without media. */
function handMade(offer) {
  const kept = (line) => /^(v=|s=|t=|m=|c=|a=(mid|group|rtpmap|rtcp-mux))/.test(line);
  const session = Math.floor(Math.random() * 2 ** 40);
  const lines = offer.sdp.split('\r\n').filter(kept);
  lines.splice(1, 0, `o=- ${session} 2 IN IP4 127.0.0.1`);
  return { type: 'answer', sdp: [...lines, 'a=setup:active', 'a=sendonly', ''].join('\r\n') };
}

async function answer(client, peers, offer, viewer) {
  if (!offer.sdp.includes('a=fingerprint:')) {
    client.sendSdpAnswer(handMade(offer), viewer);
    return log('answered', viewer, 'by hand');
  }
  const peer = new RTCPeerConnection({ iceServers: [] });
  peers.get(viewer)?.close();
  peers.set(viewer, peer);
  peer.addEventListener('icecandidate', ({ candidate }) => candidate && client.sendIceCandidate(candidate, viewer));
  peer.addEventListener('datachannel', ({ channel }) => {
    channel.addEventListener('message', ({ data }) => channel.send(`you said ${data}`));
  });
  await peer.setRemoteDescription(offer);
  await peer.setLocalDescription(await peer.createAnswer());
  client.sendSdpAnswer(peer.localDescription, viewer);
  log('answered', viewer);
}

async function main() {
  const { client, iceServers } = await connect(Role.MASTER);
  const peers = new Map();
  client.on('open', () => log('open', `(${iceServers.length} ICE servers)`));
  client.on('sdpOffer', (offer, viewer) => answer(client, peers, offer, viewer).catch((error) => log('no answer:', error.message)));
  client.on('iceCandidate', (candidate, viewer) => {
    log('candidate from', viewer);
    peers.get(viewer)?.addIceCandidate(candidate).catch((error) => log('no candidate:', error.message));
  });
  client.on('statusResponse', (status) => log('status', JSON.stringify(status)));
  client.on('error', (error) => log('error', error.message ?? error));
  client.on('close', () => log('close'));
  client.open();
}

process.on('SIGTERM', () => process.exit(0));
setInterval(() => {}, 60_000); // a camera does not switch itself off
main().catch((error) => {
  log(`${error.name}: ${error.message}`);
  process.exit(1);
});
