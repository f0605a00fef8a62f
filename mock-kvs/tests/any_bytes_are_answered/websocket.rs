//! The signaling WebSocket: junk after the upgrade, frames of every form, and JSON of every form.

use futures_util::{SinkExt as _, StreamExt as _};
use proptest::prelude::*;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::Role;

use super::support::sim::Sim;
use super::{json, members, run};

const MEMBERS: &[&str] = &[
    "action",
    "Action",
    "recipientClientId",
    "RecipientClientId",
    "messagePayload",
    "MessagePayload",
    "correlationId",
    "CorrelationId",
    "IceServerList",
];

const TEXTS: &[&str] =
    &["SDP_OFFER", "SDP_ANSWER", "ICE_CANDIDATE", "GO_AWAY", "YQ==", "kitchen", "AWS_x", "%", ""];

/// A frame as a client may send one: first byte, whether masked, declared length, bytes.
fn frame() -> impl Strategy<Value = Vec<u8>> {
    let length = prop_oneof![0..130_usize, Just(65_535_usize), Just(200_000_usize)];
    let bytes = prop::collection::vec(any::<u8>(), 0..140);
    (any::<u8>(), any::<bool>(), prop::option::of(length), bytes).prop_map(
        |(first, is_masked, lie, payload)| {
            let length = lie.unwrap_or(payload.len());
            let mask_bit = if is_masked { 0x80 } else { 0 };
            let mut frame = vec![first];
            match length {
                0..=125 => frame.push(mask_bit | length as u8),
                126..=65_535 => {
                    frame.push(mask_bit | 126);
                    frame.extend((length as u16).to_be_bytes());
                }
                _ => {
                    frame.push(mask_bit | 127);
                    frame.extend((length as u64).to_be_bytes());
                }
            }
            if is_masked {
                // A mask of zeros: the payload is what it is.
                frame.extend([0; 4]);
            }
            frame.extend(payload);
            frame
        },
    )
}

proptest! {
    #[test]
    fn any_frames_are_handled(frames in prop::collection::vec(frame(), 1..12)) {
        run(async |sim| after_upgrade(&sim, &frames.concat()).await);
    }

    #[test]
    fn any_bytes_are_handled(bytes in prop::collection::vec(any::<u8>(), 1..600)) {
        run(async |sim| after_upgrade(&sim, &bytes).await);
    }

    #[test]
    fn any_text_is_handled(
        envelopes in prop::collection::vec(members(MEMBERS, json(MEMBERS, TEXTS)), 1..8),
        junk in "\\PC{0,80}",
    ) {
        run(async |sim| {
            let mut viewer = sim.viewer("kitchen").await;
            for envelope in &envelopes {
                viewer.send_text(&envelope.to_string()).await;
            }
            viewer.send_text(&junk).await;
            // STATUS_RESPONSEs may come back; the socket stays.
            viewer.stream.send(Message::Ping("still there?".into())).await.expect("sent");
            loop {
                let frame = viewer.stream.next().await.expect("a frame").expect("no error");
                if frame.is_pong() {
                    break;
                }
                let text = frame.to_text().expect("text");
                assert!(frame.is_text() && text.contains("STATUS_RESPONSE"), "{frame:?}");
            }
            serves(&sim).await;
        });
    }
}

/// Sends bytes where frames are due, and the end of the stream.
async fn after_upgrade(sim: &Sim, bytes: &[u8]) {
    let viewer = sim.viewer("kitchen").await;
    let mut stream = viewer.stream.into_inner();
    let _ = stream.write_all(bytes).await;
    let _ = stream.shutdown().await;
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer).await;
    // What came back are frames, to the last one.
    let answer = std::io::Cursor::new(answer);
    let mut frames =
        tokio_tungstenite::WebSocketStream::from_raw_socket(answer, Role::Client, None).await;
    while let Some(Ok(frame)) = frames.next().await {
        assert!(!frame.is_binary(), "{frame:?}");
    }
    serves(sim).await;
}

/// A message still finds its way.
async fn serves(sim: &Sim) {
    let mut master = sim.master().await;
    let mut viewer = sim.viewer("another").await;
    viewer.send("SDP_OFFER", "", "an offer", None).await;
    loop {
        let message = master.next().await;
        if message["senderClientId"] == "another" {
            break;
        }
    }
}
