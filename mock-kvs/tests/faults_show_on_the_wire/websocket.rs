//! The signaling WebSocket.

use super::support::socket::{Socket, payload};
use super::support::{Bench, fault};
use tokio_tungstenite::tungstenite::Message;

#[tokio::test]
async fn go_away_comes_over_the_socket() {
    let bench = Bench::new().await;
    let mut master = bench.master().await;
    bench.mock.arm(fault(r#"{"fault": "go-away"}"#)).expect("armed");
    assert_eq!(master.next().await["messageType"], "GO_AWAY");
    bench.expect("goaway.sent", |record| record.event.name() == "goaway.sent").await;
    // Armed while nobody is connected, it comes to the next one, and only once.
    drop(master);
    bench.expect("the end", |record| record.event.name() == "conn.end").await;
    bench.mock.arm(fault(r#"{"fault": "reconnect-ice"}"#)).expect("armed");
    let mut master = bench.master().await;
    assert_eq!(master.next().await["messageType"], "RECONNECT_ICE_SERVER");
    assert!(bench.master().await.is_quiet().await);
}

#[tokio::test]
async fn a_close_code_after_the_first_offer() {
    let bench = Bench::new().await;
    let spec = r#"{"fault": "close-code", "code": 4001, "reason": "why not", "on": "SDP_OFFER"}"#;
    bench.mock.arm(fault(spec)).expect("armed");
    let viewers = bench.listen("viewer").await;
    let mut master = bench.master().await;
    let mut viewer = bench.connect(viewers, Some("kitchen")).await.expect("a viewer");
    viewer.send("SDP_OFFER", "", "offer", None).await;
    assert_eq!(payload(&master.next().await), "offer");
    assert_eq!(master.close_code().await, 4001);
}

#[tokio::test]
async fn messages_are_dropped_doubled_fragmented_and_answered_with_errors() {
    let bench = Bench::new().await;
    let viewers = bench.listen("viewer").await;
    for spec in [
        r#"{"fault": "drop", "on": "ICE_CANDIDATE", "toward": "device"}"#,
        r#"{"fault": "duplicate", "on": "SDP_OFFER"}"#,
        r#"{"fault": "fragmented", "on": "ICE_CANDIDATE", "nth": 2, "bytes": "10B"}"#,
        r#"{"fault": "unknown-type", "on": "SDP_OFFER", "message": "NEWS"}"#,
        r#"{"fault": "status-response", "on": "SDP_ANSWER", "status": 500, "error": "Boom"}"#,
    ] {
        bench.mock.arm(fault(spec)).expect("armed");
    }
    let mut master = bench.master().await;
    let mut viewer = bench.connect(viewers, Some("kitchen")).await.expect("a viewer");
    viewer.send("ICE_CANDIDATE", "", "lost", None).await;
    viewer.send("SDP_OFFER", "", "offer", None).await;
    viewer.send("ICE_CANDIDATE", "", "in many pieces", None).await;
    assert_eq!(payload(&master.next().await), "offer");
    assert_eq!(payload(&master.next().await), "offer");
    assert_eq!(master.next().await["messageType"], "NEWS");
    assert_eq!(payload(&master.next().await), "in many pieces");
    master.send("SDP_ANSWER", "kitchen", "refused", Some("c-1")).await;
    let status = master.next().await;
    assert_eq!(status["statusResponse"]["errorType"], "Boom");
    assert_eq!(status["statusResponse"]["statusCode"], "500");
    assert!(viewer.is_quiet().await);
}

#[tokio::test]
async fn pings_are_muted_and_pings_come_in_floods() {
    use futures_util::{SinkExt as _, StreamExt as _};
    let bench = Bench::new().await;
    let mut master = bench.master().await;
    let mute = bench.mock.arm(fault(r#"{"fault": "pong-mute"}"#)).expect("armed");
    master.stream.send(Message::Ping("one".into())).await.expect("sent");
    bench.expect("a ping", |record| record.event.name() == "ws.ping").await;
    bench.mock.heal(&mute);
    master.stream.send(Message::Ping("two".into())).await.expect("sent");
    let pong = master.stream.next().await.expect("a frame").expect("no error");
    assert_eq!(pong, Message::Pong("two".into()));
    bench.mock.arm(fault(r#"{"fault": "ping-flood", "times": 30}"#)).expect("armed");
    for _ in 0..30 {
        let ping = master.stream.next().await.expect("a frame").expect("no error");
        assert!(ping.is_ping(), "{ping:?}");
    }
    assert!(master.is_quiet().await);
}

#[tokio::test]
async fn the_end_without_a_close_frame() {
    let (_bench, mut master, mut viewer) =
        pair(r#"{"fault": "abrupt-end", "on": "SDP_OFFER"}"#).await;
    viewer.send("SDP_OFFER", "", "offer", None).await;
    assert_eq!(payload(&master.next().await), "offer");
    let end = master.next_frame().await;
    assert!(end.is_err(), "no close frame: {end:?}");
}

#[tokio::test]
async fn a_payload_that_is_none() {
    let (_bench, mut master, mut viewer) = pair(r#"{"fault": "null-payload", "nth": 1}"#).await;
    viewer.send("SDP_OFFER", "", "offer", None).await;
    viewer.send("ICE_CANDIDATE", "", "candidate", None).await;
    let offer = master.next().await;
    assert_eq!(
        (&offer["messageType"], offer.get("messagePayload")),
        (&"SDP_OFFER".into(), Some(&serde_json::Value::Null))
    );
    assert_eq!(payload(&master.next().await), "candidate");
}

#[tokio::test]
async fn a_payload_that_is_no_base64() {
    let (_bench, mut master, mut viewer) = pair(r#"{"fault": "bad-base64"}"#).await;
    viewer.send("SDP_OFFER", "", "offer", None).await;
    let offer = master.next().await;
    assert!(offer["messagePayload"].as_str().expect("text").contains('%'), "{offer}");
    assert_eq!(offer["senderClientId"], "kitchen");
}

#[tokio::test]
async fn a_payload_that_no_buffer_holds() {
    let (_bench, mut master, mut viewer) = pair(r#"{"fault": "oversize-message"}"#).await;
    viewer.send("SDP_OFFER", "", "offer", None).await;
    let offer = master.next().await;
    assert_eq!(offer["messagePayload"].as_str().map(str::len), Some(19_000));
    assert_eq!(payload(&offer).trim_end(), "offer");
}

#[tokio::test]
async fn a_binary_frame() {
    let (_bench, mut master, mut viewer) = pair(r#"{"fault": "binary"}"#).await;
    viewer.send("SDP_OFFER", "", "offer", None).await;
    let frame = master.next_frame().await.expect("a frame");
    assert!(matches!(frame, Message::Binary(_)), "{frame:?}");
}

#[tokio::test]
async fn the_second_before_the_first() {
    let (_bench, mut master, mut viewer) =
        pair(r#"{"fault": "reorder", "on": "SDP_OFFER", "times": 2}"#).await;
    viewer.send("SDP_OFFER", "", "offer", None).await;
    viewer.send("ICE_CANDIDATE", "", "candidate", None).await;
    viewer.send("ICE_CANDIDATE", "", "another", None).await;
    let mut seen = Vec::new();
    for _ in 0..3 {
        seen.push(payload(&master.next().await));
    }
    assert_eq!(seen, ["candidate", "offer", "another"]);
    // With nothing behind it, it comes all the same.
    viewer.send("SDP_OFFER", "", "alone", None).await;
    assert_eq!(payload(&master.next().await), "alone");
}

#[tokio::test]
async fn one_type_comes_later() {
    let (bench, mut master, mut viewer) =
        pair(r#"{"fault": "message-delay", "on": "SDP_OFFER", "delay": "150ms"}"#).await;
    let before = bench.mock.now_us();
    for (action, text) in [("SDP_OFFER", "offer"), ("ICE_CANDIDATE", "a"), ("ICE_CANDIDATE", "b")] {
        viewer.send(action, "", text, None).await;
    }
    for text in ["a", "b", "offer"] {
        assert_eq!(payload(&master.next().await), text);
    }
    assert!(bench.mock.now_us() - before >= 150_000);
}

#[tokio::test]
async fn what_is_late_goes_to_the_next_connection_when_this_one_ends() {
    let (bench, master, mut viewer) =
        pair(r#"{"fault": "message-delay", "delay": "1h", "as": "late"}"#).await;
    viewer.send("SDP_OFFER", "", "offer", None).await;
    bench.expect("the delay", |record| Bench::fired(record, "late")).await;
    drop(master);
    bench.expect("the end", |record| record.event.name() == "conn.end").await;
    assert_eq!(payload(&bench.master().await.next().await), "offer");
}

/// A master under the rule, and a viewer that is not.
async fn pair(spec: &str) -> (Bench, Socket, Socket) {
    let bench = Bench::new().await;
    bench.mock.arm(fault(spec)).expect("armed");
    let viewers = bench.listen("viewer").await;
    let master = bench.master().await;
    let viewer = bench.connect(viewers, Some("kitchen")).await.expect("a viewer");
    (bench, master, viewer)
}
