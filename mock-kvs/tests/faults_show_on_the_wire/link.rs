//! The bytes under TLS.

use std::io::ErrorKind;
use std::time::Duration;

use mock_kvs::Tls;
use tokio::io::AsyncReadExt as _;
use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpStream;

use super::support::socket::payload;
use super::support::{self, Bench, fault};
use super::{BODY, PATH, under};

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
async fn a_reset_is_an_rst_and_a_close_is_not() {
    let bench = Bench::new().await;
    for (spec, is_reset) in [(r#"{"fault": "reset"}"#, true), (r#"{"fault": "close"}"#, false)] {
        let mut stream = TcpStream::connect(bench.device).await.expect("connected");
        bench.expect("accepted", |record| record.event.name() == "accept").await;
        bench.mock.arm(fault(spec)).expect("armed");
        match stream.read(&mut [0; 16]).await {
            Ok(read) => assert!(!is_reset && read == 0, "{spec}: {read} bytes"),
            Err(error) => {
                assert!(is_reset && error.kind() == ErrorKind::ConnectionReset, "{spec}: {error}")
            }
        }
    }
}

#[tokio::test]
async fn every_byte_comes_later() {
    for spec in [
        r#"{"fault": "latency", "delay": "60ms", "toward": "device"}"#,
        r#"{"fault": "jitter", "delay": "80ms", "jitter": "20ms", "toward": "device"}"#,
    ] {
        let bench = under(spec).await;
        let before = bench.mock.now_us();
        assert_eq!(bench.call(PATH, BODY).await.status, 200);
        // The handshake's flight and the answer.
        assert!(bench.mock.now_us() - before >= 120_000, "{spec}");
    }
}

#[tokio::test]
async fn bytes_come_in_a_trickle() {
    let bench = under(r#"{"fault": "bandwidth", "rate": "5kB/s", "toward": "device"}"#).await;
    let before = bench.mock.now_us();
    assert_eq!(bench.call(PATH, BODY).await.status, 200);
    // The handshake alone is more than a kilobyte.
    assert!(bench.mock.now_us() - before >= 200_000);
}

#[tokio::test]
async fn bytes_come_in_pieces() {
    let bench = Bench::new().await;
    let any = "127.0.0.1:0".parse().expect("an address");
    let plain = bench.mock.listen_tcp("plain", any, Tls::Off).await.expect("a port");
    let spec = r#"{"fault": "slice", "actor": "plain", "bytes": "20B", "delay": "40ms"}"#;
    bench.mock.arm(fault(spec)).expect("armed");
    let mut stream = TcpStream::connect(plain).await.expect("connected");
    stream.write_all(b"GET / HTTP/1.1\r\nhost: here\r\n\r\n").await.expect("sent");
    assert_eq!(stream.read(&mut [0; 1000]).await.expect("a piece"), 20);
}

#[tokio::test]
async fn bits_are_flipped() {
    let bench = under(r#"{"fault": "corrupt", "p": 0.5, "toward": "device"}"#).await;
    assert!(support::tls(&bench.mock, bench.device).await.is_err());
    assert!(bench.count("fault.fired") > 0);
}

#[tokio::test]
async fn bytes_are_held_until_healed() {
    let bench = Bench::new().await;
    let mut master = bench.master().await;
    let spec = r#"{"fault": "stall", "toward": "device", "as": "held"}"#;
    let rule = bench.mock.arm(fault(spec)).expect("armed");
    bench.mock.change(&mock_kvs::Change::ReconnectIce { to: Default::default() }).expect("told");
    bench.expect("the stall", |record| Bench::fired(record, "held")).await;
    let waited = tokio::time::timeout(Duration::from_millis(200), master.next_frame()).await;
    assert!(waited.is_err(), "nothing arrives");
    bench.mock.heal(&rule);
    assert_eq!(master.next().await["messageType"], "RECONNECT_ICE_SERVER");
}

#[tokio::test]
async fn a_new_connection_is_accepted_and_never_answered() {
    let bench = Bench::new().await;
    let mut master = bench.master().await;
    bench.mock.arm(fault(r#"{"fault": "accept-silence"}"#)).expect("armed");
    let shaken = support::tls(&bench.mock, bench.device);
    assert!(tokio::time::timeout(Duration::from_millis(200), shaken).await.is_err());
    assert!(master.is_quiet().await, "a live one goes on");
}
