//! A text message, or a call's answer, from anyone: no panic, and what is taken keeps its promises.
#![no_main]

use kvs_signaling::call::{create, describe, endpoint, error, ice_config};
use kvs_signaling::wire::message::{self, Kind, Outgoing};
use kvs_signaling::wire::url;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    signaling_message(&mut bytes.to_vec());
    let _ = describe::parse(&mut bytes.to_vec()).map(|info| assert!(!info.arn.is_empty()));
    let _ = create::parse(&mut bytes.to_vec()).map(|arn| assert!(!arn.is_empty()));
    if let Ok(endpoints) = endpoint::parse(&mut bytes.to_vec()) {
        assert!(url::parse(endpoints.https).is_some() && url::parse(endpoints.wss).is_some());
    }
    if let Ok(list) = ice_config::parse(&mut bytes.to_vec()) {
        assert!(list.servers().iter().all(|server| server.uri_count > 0));
    }
    let _ = error::classify(403, "", bytes);
});

fn signaling_message(buf: &mut [u8]) {
    let Ok(envelope) = message::parse(buf) else { return };
    assert!(!envelope.type_name.is_empty());
    let payload = envelope.payload.bytes(buf);
    assert_eq!(payload.len(), envelope.payload.len(), "inside the buffer");
    if !matches!(envelope.kind, Kind::SdpOffer | Kind::SdpAnswer | Kind::IceCandidate) {
        return;
    }
    assert!(!payload.is_empty());
    // What a sender would have written to bring this message about reads the same.
    let outgoing = Outgoing {
        action: envelope.type_name.text(buf),
        recipient: envelope.sender.text(buf),
        payload,
        correlation_id: "",
    };
    let mut again = vec![0; buf.len() * 6 + 256];
    let len = message::write(&mut again, &outgoing, |_| {}).expect("it fits");
    let mut again = String::from_utf8(again[..len].to_vec())
        .expect("text")
        .replacen("\"action\"", "\"messageType\"", 1)
        .replacen("\"recipientClientId\"", "\"senderClientId\"", 1)
        .into_bytes();
    let parsed = message::parse(&mut again).expect("what we write we read");
    assert_eq!((parsed.kind, parsed.payload.bytes(&again)), (envelope.kind, payload));
    assert_eq!(parsed.sender.text(&again), envelope.sender.text(buf));
}
