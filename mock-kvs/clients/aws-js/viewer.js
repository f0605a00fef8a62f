// A viewer made of AWS's JavaScript WebRTC SDK: offers, and talks to the master over a data channel.
// Exits with 0 once the master has answered there, with 1 when it has not within 30 s.
'use strict';
const { connect, Role } = require('./channel.js');
const { RTCPeerConnection } = require('@roamhq/wrtc');

const log = (...words) => console.log('viewer:', ...words);

async function main() {
  const { client, iceServers } = await connect(Role.VIEWER, process.env.KVS_CLIENT_ID ?? 'viewer');
  log(`${iceServers.length} ICE servers`);
  const peer = new RTCPeerConnection({ iceServers: [] });
  const channel = peer.createDataChannel('talk');
  const heard = new Promise((resolve) => channel.addEventListener('message', ({ data }) => resolve(data)));
  channel.addEventListener('open', () => channel.send('hello'));
  peer.addEventListener('icecandidate', ({ candidate }) => candidate && client.sendIceCandidate(candidate));
  client.on('open', async () => {
    log('open');
    await peer.setLocalDescription(await peer.createOffer());
    client.sendSdpOffer(peer.localDescription, undefined, 'first');
  });
  client.on('sdpAnswer', async (answer) => {
    await peer.setRemoteDescription(answer);
    log('answered');
  });
  client.on('iceCandidate', (candidate) => peer.addIceCandidate(candidate));
  client.on('statusResponse', (status) => log('status', JSON.stringify(status)));
  client.on('error', (error) => log('error', error.message ?? error));
  client.on('close', () => log('close'));
  client.open();
  log('heard:', await heard);
  client.close();
  process.exit(0);
}

setTimeout(() => {
  log('no word from the master in 30 s');
  process.exit(1);
}, 30_000);
main().catch((error) => {
  log(`${error.name}: ${error.message}`);
  process.exit(1);
});
