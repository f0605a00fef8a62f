// The signaling channel as AWS's SDKs for JavaScript reach it, configured by environment variables alone:
// AWS's own, and KVS_CHANNEL_NAME. Nothing here knows that the service is a mock.
'use strict';
globalThis.WebSocket = require('ws'); // the SDK takes the browser's; Node has none before version 22
const video = require('@aws-sdk/client-kinesis-video');
const signaling = require('@aws-sdk/client-kinesis-video-signaling');
const { Role, SignalingClient } = require('amazon-kinesis-video-streams-webrtc');

const region = process.env.AWS_REGION;

/** Opens nothing yet: a SignalingClient with everything asked that it needs. */
async function connect(role, clientId) {
  const control = new video.KinesisVideoClient({ region });
  const name = process.env.KVS_CHANNEL_NAME;
  const { ChannelInfo } = await control.send(new video.DescribeSignalingChannelCommand({ ChannelName: name }));
  const channelARN = ChannelInfo.ChannelARN;
  const { ResourceEndpointList } = await control.send(
    new video.GetSignalingChannelEndpointCommand({
      ChannelARN: channelARN,
      SingleMasterChannelEndpointConfiguration: { Protocols: ['WSS', 'HTTPS'], Role: role },
    }),
  );
  const endpoint = (protocol) => ResourceEndpointList.find((e) => e.Protocol === protocol).ResourceEndpoint;
  const data = new signaling.KinesisVideoSignalingClient({ region, endpoint: endpoint('HTTPS') });
  const { IceServerList } = await data.send(new signaling.GetIceServerConfigCommand({ ChannelARN: channelARN, ClientId: clientId }));
  const client = new SignalingClient({
    role,
    clientId,
    channelARN,
    channelEndpoint: endpoint('WSS'),
    region,
    credentials: await control.config.credentials(),
  });
  return { client, iceServers: IceServerList };
}

module.exports = { connect, Role };
