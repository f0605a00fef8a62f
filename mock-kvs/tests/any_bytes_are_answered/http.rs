//! The HTTP connection: junk, requests with damage, and signed requests with any body.

use std::time::{Duration, UNIX_EPOCH};

use proptest::prelude::*;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use super::support::socket::presigned;
use super::support::{HOST, signed_post};
use super::{json, members, run};

const PATHS: &[&str] = &[
    "/createSignalingChannel",
    "/describeSignalingChannel",
    "/listSignalingChannels",
    "/updateSignalingChannel",
    "/deleteSignalingChannel",
    "/getSignalingChannelEndpoint",
    "/v1/get-ice-server-config",
    "/v1/send-alexa-offer-to-master",
    "/TagResource",
    "/UntagResource",
    "/ListTagsForResource",
    "/describeMediaStorageConfiguration",
    "/updateMediaStorageConfiguration",
    "/joinStorageSession",
    "/joinStorageSessionAsViewer",
    "/role-aliases/camera/credentials",
    "/",
];

const MEMBERS: &[&str] = &[
    "ChannelName",
    "ChannelARN",
    "channelArn",
    "ResourceARN",
    "ChannelType",
    "SingleMasterConfiguration",
    "MessageTtlSeconds",
    "Tags",
    "TagKeyList",
    "Key",
    "Value",
    "CurrentVersion",
    "MaxResults",
    "NextToken",
    "ChannelNameCondition",
    "ComparisonOperator",
    "ComparisonValue",
    "SingleMasterChannelEndpointConfiguration",
    "Protocols",
    "Role",
    "ClientId",
    "clientId",
    "SenderClientId",
    "MessagePayload",
    "MediaStorageConfiguration",
    "StreamARN",
    "Status",
];

/// The first is the channel's own, at the same time and seed.
const TEXTS: &[&str] = &[
    "arn:aws:kinesisvideo:us-west-2:123456789012:channel/front-door/1767225600000",
    "arn:aws:kinesisvideo:us-west-2:123456789012:stream/recordings/1767225600000",
    "front-door",
    "SINGLE_MASTER",
    "BEGINS_WITH",
    "WSS",
    "MASTER",
    "ENABLED",
    "YQ==",
    "é",
    "",
];

proptest! {
    #[test]
    fn any_signed_body_is_answered(
        path in prop::sample::select(PATHS),
        body in members(MEMBERS, json(MEMBERS, TEXTS)),
    ) {
        run(async |sim| {
            let answer = sim.call(path, &body.to_string()).await.expect("an answer");
            let known = [200, 400, 403, 404];
            assert!(known.contains(&answer.status), "{path}: {answer:?}");
            serves(&sim).await;
        });
    }

    #[test]
    fn any_bytes_are_answered_or_hung_up_on(
        bytes in prop::collection::vec(any::<u8>(), 0..600),
    ) {
        run(async |sim| {
            exchange(&sim, &bytes).await;
            serves(&sim).await;
        });
    }

    #[test]
    fn a_damaged_request_is_answered_or_hung_up_on(
        is_upgrade in any::<bool>(),
        damage in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>(), 0..3_u8), 1..8),
    ) {
        run(async |sim| {
            let at = UNIX_EPOCH + Duration::from_millis(sim.mock.wall_ms());
            let mut request = if is_upgrade {
                let url = presigned(&sim.keys, at, &sim.arn, Some("kitchen"), 299);
                let query = url.split_once('?').map_or("", |(_, query)| query);
                format!(
                    "GET /?{query} HTTP/1.1\r\nhost: m-1234.{HOST}\r\nconnection: upgrade\r\n\
                     upgrade: websocket\r\nsec-websocket-version: 13\r\n\
                     sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
                )
            } else {
                signed_post(&sim.keys, at, HOST, PATHS[1], r#"{"ChannelName": "front-door"}"#)
            }
            .into_bytes();
            for (place, byte, how) in damage {
                let place = place.index(request.len().max(1));
                match how {
                    0 if place < request.len() => request[place] = byte,
                    1 => request.insert(place, byte),
                    _ => request.truncate(place),
                }
            }
            exchange(&sim, &request).await;
            serves(&sim).await;
        });
    }
}

/// Sends bytes and the end of the stream; whatever comes back is read.
async fn exchange(sim: &super::Sim, bytes: &[u8]) {
    let mut stream = sim.mock.connect_memory("device").await.expect("connected");
    // The other side may have hung up.
    let _ = stream.write_all(bytes).await;
    let _ = stream.shutdown().await;
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer).await;
    if !answer.is_empty() {
        assert!(answer.starts_with(b"HTTP/1.1 "), "{:?}", String::from_utf8_lossy(&answer));
    }
}

/// Others are served as before.
async fn serves(sim: &super::Sim) {
    let answer = sim.call(PATHS[2], "{}").await.expect("an answer");
    assert_eq!(answer.status, 200, "{answer:?}");
}
