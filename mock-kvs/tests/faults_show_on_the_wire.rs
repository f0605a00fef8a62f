//! What a client sees of each fault of calls and messages, over real TLS sockets; and that a rule
//! fires as often as it says, at what it names, for whom it is meant.

mod support;

use std::time::Duration;

use support::socket::payload;
use support::{Bench, fault};

const PATH: &str = "/describeSignalingChannel";
const BODY: &str = r#"{"ChannelName": "front-door"}"#;

#[tokio::test]
async fn http_errors_at_the_call_and_as_often_as_they_say() {
    let bench = Bench::new().await;
    let spec = r#"{"fault": "http-error", "call": "describe", "status": 500, "nth": 2}"#;
    bench.mock.arm(fault(spec)).expect("armed");
    assert_eq!(bench.call(PATH, BODY).await.status, 200);
    let second = bench.call(PATH, BODY).await;
    assert_eq!((second.status, second.error()), (500, "InternalFailure"));
    assert_eq!(bench.call(PATH, BODY).await.status, 200);
    assert_eq!(bench.count("fault.fired"), 1);

    let spec = r#"{"fault": "http-error", "status": 429, "error": "ThrottlingException",
                   "message": "slow \"down\"", "as": "throttle"}"#;
    let rule = bench.mock.arm(fault(spec)).expect("armed");
    let first = bench.call(PATH, BODY).await;
    assert_eq!((first.status, first.error()), (429, "ThrottlingException"));
    assert_eq!(first.json()["Message"], "slow \"down\"");
    assert!(bench.mock.heal(&rule));
    assert!(!bench.mock.heal(&rule), "healed once");
    assert_eq!(bench.call(PATH, BODY).await.status, 200);
}

#[tokio::test]
async fn html_split_and_chunked_bodies() {
    let bench = Bench::new().await;
    let html = bench.mock.arm(fault(r#"{"fault": "html-error", "status": 502}"#)).expect("armed");
    let page = bench.call(PATH, BODY).await;
    assert_eq!((page.status, page.header("content-type")), (502, Some("text/html")));
    assert!(page.body.starts_with("<html>"));
    bench.mock.heal(&html);

    let split = r#"{"fault": "split-body", "bytes": "7B", "delay": "1ms"}"#;
    let split = bench.mock.arm(fault(split)).expect("armed");
    let pieces = bench.call(PATH, BODY).await;
    assert!(pieces.header("content-length").is_some());
    assert_eq!(pieces.json()["ChannelInfo"]["ChannelName"], "front-door");
    bench.mock.heal(&split);

    bench.mock.arm(fault(r#"{"fault": "chunked", "bytes": "10B"}"#)).expect("armed");
    let chunks = bench.call(PATH, BODY).await;
    assert_eq!(chunks.header("transfer-encoding"), Some("chunked"));
    assert_eq!(chunks.json()["ChannelInfo"]["ChannelName"], "front-door");
}

#[tokio::test]
async fn an_answer_comes_later() {
    let bench = Bench::new().await;
    bench.mock.arm(fault(r#"{"fault": "http-delay", "delay": "150ms"}"#)).expect("armed");
    let before = bench.mock.now_us();
    assert_eq!(bench.call(PATH, BODY).await.status, 200);
    assert!(bench.mock.now_us() - before >= 150_000);
}

#[tokio::test]
async fn the_upgrade_is_refused_and_other_calls_are_not() {
    let bench = Bench::new().await;
    let spec = r#"{"fault": "upgrade-error", "status": 503, "times": 1}"#;
    bench.mock.arm(fault(spec)).expect("armed");
    assert_eq!(bench.call(PATH, BODY).await.status, 200);
    let refused = bench.connect(bench.device, None).await.err().expect("refused");
    assert_eq!(refused.status, 503);
    let _master = bench.master().await;
}

#[tokio::test]
async fn a_reset_in_the_middle_of_an_offer_loses_it_and_is_said_to_the_byte() {
    let bench = Bench::new().await;
    let actor = bench.listen("viewer").await;
    let spec =
        r#"{"fault": "reset", "toward": "device", "on": "SDP_OFFER", "at": "50%", "as": "cut"}"#;
    bench.mock.arm(fault(spec)).expect("armed");
    let mut master = bench.master().await;
    let mut viewer = bench.connect(actor, Some("kitchen")).await.expect("a viewer");
    viewer.send("ICE_CANDIDATE", "", "before", None).await;
    assert_eq!(payload(&master.next().await), "before");
    viewer.send("SDP_OFFER", "", &"x".repeat(5000), None).await;
    let error = master.next_frame().await.expect_err("a cut");
    assert!(error.to_string().contains("reset"), "{error}");
    let fired = bench.expect("the cut", |record| Bench::fired(record, "cut")).await;
    let text = serde_json::to_string(&*fired).expect("JSON");
    let numbers: Vec<u64> = text
        .split(|c: char| !c.is_ascii_digit())
        .filter_map(|digits| digits.parse().ok())
        .collect();
    let (through, whole) = (numbers[numbers.len() - 2], numbers[numbers.len() - 1]);
    assert_eq!(through, whole / 2, "{text}");
    bench
        .expect("an end by the fault", |record| {
            matches!(
                record.event,
                mock_kvs::Event::ConnEnd { by: mock_kvs::journal::By::Fault, .. }
            )
        })
        .await;
    // Once is the default, and what was consumed is gone.
    let mut again = bench.master().await;
    viewer.send("SDP_OFFER", "", "again", None).await;
    assert_eq!(payload(&again.next().await), "again");
}

#[tokio::test]
async fn a_call_s_connection_is_cut_before_or_within_the_answer() {
    let bench = Bench::new().await;
    let spec = r#"{"fault": "reset", "call": "describe", "as": "before"}"#;
    bench.mock.arm(fault(spec)).expect("armed");
    let request = support::signed_post(&bench.keys, bench.wall(), support::HOST, PATH, BODY);
    assert!(bench.exchange(&request).await.is_err());
    let spec = r#"{"fault": "close", "call": "describe", "at": "50%", "as": "within"}"#;
    bench.mock.arm(fault(spec)).expect("armed");
    assert!(bench.exchange(&request).await.is_err());
    let fired = bench.expect("the cut", |record| Bench::fired(record, "within")).await;
    let text = serde_json::to_string(&*fired).expect("JSON");
    assert!(text.contains(" of "), "{text}");
    assert_eq!(bench.call(PATH, BODY).await.status, 200);
}

#[tokio::test]
async fn a_cut_may_wait_for_bytes_toward_the_service() {
    let bench = Bench::new().await;
    let mut master = bench.master().await;
    let spec = r#"{"fault": "close", "toward": "service", "after": "600B", "as": "cut"}"#;
    bench.mock.arm(fault(spec)).expect("armed");
    master.send("SDP_ANSWER", "kitchen", &"x".repeat(2000), None).await;
    bench.expect("the cut", |record| Bench::fired(record, "cut")).await;
    bench.expect("the end", |record| record.event.name() == "conn.end").await;
    assert_eq!(bench.count("ws.in"), 0, "the answer did not arrive");
}

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
async fn a_black_hole_is_felt_by_nobody_but_its_actor() {
    let bench = Bench::new().await;
    let viewers = bench.listen("viewer").await;
    let mut master = bench.master().await;
    let mut viewer = bench.connect(viewers, Some("kitchen")).await.expect("a viewer");
    let hole = bench.mock.arm(fault(r#"{"fault": "black-hole", "as": "hole"}"#)).expect("armed");
    viewer.send("SDP_OFFER", "", "lost", None).await;
    bench.expect("the hole", |record| Bench::fired(record, "hole")).await;
    assert!(viewer.is_quiet().await);
    let waited = tokio::time::timeout(Duration::from_millis(200), master.next_frame()).await;
    assert!(waited.is_err(), "nothing arrives");
    bench.mock.heal(&hole);
    assert_eq!(bench.mock.heal_all(), 0);
}

#[tokio::test]
async fn refused_while_the_rule_stands() {
    let bench = Bench::new().await;
    let rule = bench.mock.arm(fault(r#"{"fault": "refuse"}"#)).expect("armed");
    // The listener closes its port as soon as it is scheduled; who came just before is reset.
    let is_refused = |result: std::io::Result<_>| {
        result.is_err_and(|error| error.kind() == std::io::ErrorKind::ConnectionRefused)
    };
    while !is_refused(tokio::net::TcpStream::connect(bench.device).await) {
        tokio::task::yield_now().await;
    }
    bench.mock.heal(&rule);
    let _master = loop {
        if tokio::net::TcpStream::connect(bench.device).await.is_ok() {
            break bench.master().await;
        }
        tokio::task::yield_now().await;
    };
}

#[tokio::test]
async fn the_clock_is_off_in_date_and_in_signature_checks() {
    let bench = Bench::new().await;
    let here = bench.wall();
    let spec = r#"{"fault": "date-skew", "offset": "+7m"}"#;
    let rule = bench.mock.arm(fault(spec)).expect("armed");
    let late = bench.call_with(&bench.keys, here, PATH, BODY).await;
    assert!(late.body.contains("Signature expired"), "{}", late.body);
    // What `Date` says is what is right.
    assert_eq!(bench.call(PATH, BODY).await.status, 200);
    bench.mock.heal(&rule);
    assert_eq!(bench.call_with(&bench.keys, here, PATH, BODY).await.status, 200);
}

#[tokio::test]
async fn pings_are_muted_and_pings_come_in_floods() {
    use futures_util::{SinkExt as _, StreamExt as _};
    use tokio_tungstenite::tungstenite::Message;
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
