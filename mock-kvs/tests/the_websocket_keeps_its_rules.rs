//! The rules of the signaling WebSocket that have no file of their own: what is never negotiated,
//! who can reach whom, message quotas, payload limits, and what is delivered again.

mod support;

use std::time::{Duration, UNIX_EPOCH};

use mock_kvs::{Config, Consumed, Policies, Quotas};
use support::socket::{payload, presigned};
use support::{HOST, fault, read_answer, sim::Sim};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

#[tokio::test(start_paused = true)]
async fn no_extension_and_no_sub_protocol_is_negotiated() {
    let sim = Sim::new();
    let at = UNIX_EPOCH + Duration::from_millis(sim.mock.wall_ms());
    let url = presigned(&sim.keys, at, &sim.arn, Some("browser"), 299);
    let query = url.split_once('?').map_or("", |(_, query)| query);
    // As a browser and as AWS's C SDK ask.
    let request = format!(
        "GET /?{query} HTTP/1.1\r\nhost: m-1234.{HOST}\r\nconnection: keep-alive, Upgrade\r\n\
         upgrade: websocket\r\nsec-websocket-version: 13\r\n\
         sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\nsec-websocket-protocol: wss\r\n\
         sec-websocket-extensions: permessage-deflate; client_max_window_bits\r\n\r\n"
    );
    let mut stream = sim.mock.connect_memory("viewer").await.expect("connected");
    stream.write_all(request.as_bytes()).await.expect("sent");
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stream.read_u8().await.expect("a byte"));
    }
    let answer = String::from_utf8(head).expect("text").to_ascii_lowercase();
    assert!(answer.starts_with("http/1.1 101 "), "{answer}");
    // RFC 6455 section 1.3 has this key and its answer.
    assert!(answer.contains("sec-websocket-accept: s3pplmbitxaq9kygzzhzrbk+xoo="), "{answer}");
    assert!(!answer.contains("extensions") && !answer.contains("protocol:"), "{answer}");
    // A compressed frame (RSV1) all the same: a protocol violation, closed with 1002.
    stream.write_all(&[0xC1, 0x81, 0, 0, 0, 0, b'x']).await.expect("sent");
    let mut close = [0; 4];
    stream.read_exact(&mut close).await.expect("a close frame");
    assert_eq!(close, [0x88, 2, 0x03, 0xEA]);
}

#[tokio::test(start_paused = true)]
async fn what_is_no_opening_handshake_is_refused() {
    let sim = Sim::new();
    for (header, other) in [
        ("upgrade: websocket", "upgrade: h2c"),
        ("sec-websocket-version: 13", "sec-websocket-version: 8"),
        ("sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==", "x-nothing: here"),
    ] {
        let at = UNIX_EPOCH + Duration::from_millis(sim.mock.wall_ms());
        let url = presigned(&sim.keys, at, &sim.arn, None, 299);
        let query = url.split_once('?').map_or("", |(_, query)| query);
        let request = format!(
            "GET /?{query} HTTP/1.1\r\nhost: m-1234.{HOST}\r\nconnection: upgrade\r\n\
             upgrade: websocket\r\nsec-websocket-version: 13\r\n\
             sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
        );
        let mut stream = sim.mock.connect_memory("device").await.expect("connected");
        stream.write_all(request.replace(header, other).as_bytes()).await.expect("sent");
        let answer = read_answer(&mut stream).await.expect("an answer");
        assert_eq!((answer.status, answer.error()), (400, "InvalidArgumentException"), "{other}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_viewer_reaches_the_master_and_nobody_else() {
    let sim = Sim::new();
    let (mut kitchen, mut garden) = (sim.viewer("kitchen").await, sim.viewer("garden").await);
    let mut master = sim.master().await;
    kitchen.send("SDP_OFFER", "garden", "an offer", None).await;
    let offer = master.next().await;
    assert_eq!(
        (payload(&offer).as_str(), &offer["senderClientId"]),
        ("an offer", &"kitchen".into())
    );
    assert!(garden.is_quiet().await);
    // A master must say whom it means.
    master.send("SDP_ANSWER", "", "to whom?", Some("c-1")).await;
    let refused = master.next().await;
    assert_eq!(refused["statusResponse"]["errorType"], "InvalidArgumentException");
    assert_eq!(refused["statusResponse"]["correlationId"], "c-1");
    assert!(kitchen.is_quiet().await && garden.is_quiet().await);
}

#[tokio::test(start_paused = true)]
async fn five_descriptions_and_twenty_candidates_a_second_when_that_is_enforced() {
    let quotas = Quotas { sends: true, ..Quotas::default() };
    let sim = Sim::with(Config { quotas, ..Config::default() });
    let mut viewer = sim.viewer("kitchen").await;
    let mut other = sim.viewer("garden").await;
    for (action, limit) in [("SDP_OFFER", 5), ("ICE_CANDIDATE", 20)] {
        for n in 0..limit {
            viewer.send(action, "", "one of many", Some(&format!("c-{n}"))).await;
        }
        assert!(viewer.is_quiet().await, "{limit} of {action} pass");
        viewer.send(action, "", "one too many", Some("c-last")).await;
        let refused = viewer.next().await;
        assert_eq!(refused["statusResponse"]["errorType"], "ClientLimitExceededException");
        assert_eq!(refused["statusResponse"]["statusCode"], "400");
        // Without a correlation id, silence.
        viewer.send(action, "", "one too many", None).await;
        assert!(viewer.is_quiet().await);
        // Each connection has its own, and time fills it again.
        other.send(action, "", "the first", Some("c-1")).await;
        assert!(other.is_quiet().await);
        tokio::time::sleep(Duration::from_secs(1)).await;
        viewer.send(action, "", "again", Some("c-again")).await;
        assert!(viewer.is_quiet().await);
    }
    assert_eq!(sim.dropped().iter().filter(|why| **why == "quota").count(), 4);
}

#[tokio::test(start_paused = true)]
async fn payloads_up_to_the_limit() {
    for payload_limit in [Config::default().payload_limit, 10_240] {
        let sim = Sim::with(Config { payload_limit, ..Config::default() });
        let mut viewer = sim.viewer("kitchen").await;
        let longest = payload_limit / 4 * 3;
        viewer.send("SDP_OFFER", "", &"x".repeat(longest), Some("c-1")).await;
        assert!(viewer.is_quiet().await, "{payload_limit}");
        viewer.send("SDP_OFFER", "", &"x".repeat(longest + 3), Some("c-2")).await;
        let refused = viewer.next().await;
        assert_eq!(refused["statusResponse"]["errorType"], "InvalidArgumentException");
        let mut master = sim.master().await;
        assert_eq!(payload(&master.next().await).len(), longest);
    }
}

#[tokio::test(start_paused = true)]
async fn half_a_message_is_delivered_again_only_where_the_policies_say_so() {
    for (consumed, comes_again) in [(Consumed::FirstByte, false), (Consumed::LastByte, true)] {
        let policies = Policies { consumed, ..Policies::default() };
        let sim = Sim::with(Config { policies, ..Config::default() });
        // A master that does not read, so that the message cannot enter the link as a whole.
        let spec = r#"{"fault": "bandwidth", "rate": "1kB/s", "toward": "device"}"#;
        let slow = sim.mock.arm(fault(spec)).expect("armed");
        let mut viewer = sim.viewer("kitchen").await;
        let master = sim.master().await;
        for n in 0..12 {
            viewer.send("ICE_CANDIDATE", "", &format!("{n}{}", "x".repeat(13_000)), None).await;
        }
        assert!(viewer.is_quiet().await);
        tokio::time::sleep(Duration::from_secs(1)).await;
        let out = sim.mock.journal().since(0);
        let begun = out.iter().filter(|record| record.event.name() == "ws.out").count();
        assert!((1..12).contains(&begun), "{begun} begun");
        drop(master);
        sim.mock.heal(&slow);
        tokio::time::sleep(Duration::from_millis(1)).await;
        let mut master = sim.master().await;
        let first = payload(&master.next().await);
        let first: usize = first.trim_end_matches('x').parse().expect("its number");
        // The last one begun is the one cut in the middle.
        assert_eq!(first, if comes_again { begun - 1 } else { begun });
    }
}
