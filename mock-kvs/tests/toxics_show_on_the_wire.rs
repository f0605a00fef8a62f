//! Each toxic through the Toxiproxy face of the admin API, as a socket sees it: on a proxy before
//! another service, and on a listener of the mock.

mod support;

use std::io::ErrorKind;
use std::net::SocketAddr;
use std::time::Duration;

use mock_kvs::Event;
use serde_json::{Value, json};
use support::ask::{ask, ask_with};
use support::echo::echo;
use support::{Bench, tls};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::{Instant, timeout};

struct Rig {
    bench: Bench,
    admin: SocketAddr,
    /// Of a proxy before an echo.
    proxy: SocketAddr,
}

impl Rig {
    async fn new() -> Self {
        let bench = Bench::new().await;
        let any = "127.0.0.1:0".parse().expect("an address");
        let admin = bench.mock.listen_admin(any, None).await.expect("a port").address;
        let body = json!({ "name": "echo", "upstream": echo().await.to_string() });
        let created = ask(admin, "POST", "/proxies", &body).await;
        assert_eq!(created.status, 201, "{created:?}");
        let proxy = created.json()["listen"].as_str().expect("an address").parse();
        Self { bench, admin, proxy: proxy.expect("an address") }
    }

    async fn toxic(&self, proxy: &str, toxic: Value) {
        let path = format!("/proxies/{proxy}/toxics");
        let added = ask(self.admin, "POST", &path, &toxic).await;
        assert_eq!(added.status, 200, "{added:?}");
        assert_eq!(added.json()["type"], toxic["type"]);
    }

    async fn connect(&self) -> TcpStream {
        TcpStream::connect(self.proxy).await.expect("connected")
    }

    /// Sends so many bytes and reads them back; how long it took.
    async fn round_trip(&self, count: usize) -> Duration {
        let mut client = self.connect().await;
        let began = Instant::now();
        client.write_all(&vec![7; count]).await.expect("sent");
        let mut back = vec![0; count];
        client.read_exact(&mut back).await.expect("echoed");
        began.elapsed()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_proxy_is_down_or_up_before_the_answer() {
    let rig = Rig::new().await;
    for _ in 0..50 {
        let down = ask(rig.admin, "POST", "/proxies/echo", &json!({ "enabled": false })).await;
        assert_eq!(down.status, 200, "{down:?}");
        let refused = TcpStream::connect(rig.proxy).await.expect_err("down");
        assert_eq!(refused.kind(), ErrorKind::ConnectionRefused);
        ask(rig.admin, "POST", "/proxies/echo", &json!({ "enabled": true })).await;
        rig.round_trip(1).await;
    }
}

#[tokio::test]
async fn latency_either_way() {
    let rig = Rig::new().await;
    let slow = json!({ "type": "latency", "attributes": { "latency": 100, "jitter": 0 } });
    rig.toxic("echo", slow).await;
    assert!(rig.round_trip(1).await >= Duration::from_millis(100));
    let slow = json!({ "type": "latency", "stream": "upstream", "attributes": { "latency": 100 } });
    rig.toxic("echo", slow).await;
    assert!(rig.round_trip(1).await >= Duration::from_millis(200));
}

#[tokio::test]
async fn bandwidth_and_slicer_take_their_time() {
    let rig = Rig::new().await;
    rig.toxic("echo", json!({ "type": "bandwidth", "attributes": { "rate": 20 } })).await;
    // 20 KB/s in steps of 20 ms: the first leaves at once.
    assert!(rig.round_trip(4_000).await >= Duration::from_millis(180));
    ask(rig.admin, "POST", "/reset", &Value::Null).await;
    let sliced = json!({ "average_size": 10, "size_variation": 0, "delay": 10_000 });
    rig.toxic("echo", json!({ "type": "slicer", "attributes": sliced })).await;
    assert!(rig.round_trip(100).await >= Duration::from_millis(90));
}

#[tokio::test]
async fn slow_close_delays_the_end_alone() {
    let rig = Rig::new().await;
    rig.toxic("echo", json!({ "type": "slow_close", "attributes": { "delay": 200 } })).await;
    let mut client = rig.connect().await;
    client.write_all(b"x").await.expect("sent");
    assert_eq!(client.read_u8().await.expect("echoed"), b'x');
    let began = Instant::now();
    client.shutdown().await.expect("shut down");
    assert_eq!(client.read(&mut [0; 8]).await.expect("an end"), 0);
    assert!(began.elapsed() >= Duration::from_millis(200));
}

#[tokio::test]
async fn timeout_says_nothing_and_then_closes() {
    let rig = Rig::new().await;
    rig.toxic("echo", json!({ "type": "timeout", "attributes": { "timeout": 100 } })).await;
    let mut client = rig.connect().await;
    let began = Instant::now();
    client.write_all(b"x").await.expect("sent");
    assert_eq!(client.read(&mut [0; 8]).await.expect("FIN"), 0);
    assert!(began.elapsed() >= Duration::from_millis(90));

    ask(rig.admin, "POST", "/reset", &Value::Null).await;
    rig.toxic("echo", json!({ "name": "for ever", "type": "timeout" })).await;
    let mut client = rig.connect().await;
    client.write_all(b"x").await.expect("sent");
    let silence = timeout(Duration::from_millis(200), client.read_u8()).await;
    assert!(silence.is_err(), "a timeout of 0 never ends: {silence:?}");
    ask(rig.admin, "DELETE", "/proxies/echo/toxics/for%20ever", &Value::Null).await;
    client.write_all(b"y").await.expect("sent");
    assert_eq!(client.read_u8().await.expect("echoed"), b'y', "what was dropped stays dropped");
}

#[tokio::test]
async fn reset_peer_is_a_reset() {
    let rig = Rig::new().await;
    let mut client = rig.connect().await;
    client.write_all(b"x").await.expect("sent");
    assert_eq!(client.read_u8().await.expect("echoed"), b'x');
    rig.toxic("echo", json!({ "type": "reset_peer", "attributes": { "timeout": 50 } })).await;
    let error = client.read_u8().await.expect_err("cut");
    assert_eq!(error.kind(), ErrorKind::ConnectionReset);
    let fired = |record: &mock_kvs::Record| {
        matches!(&record.event, Event::FaultFired { fault: "reset_peer", .. })
    };
    let record = rig.bench.expect("fault.fired", fired).await;
    assert_eq!(record.actor.as_deref(), Some("echo"));

    let mut half_closed = rig.connect().await;
    half_closed.write_all(b"x").await.expect("sent");
    half_closed.shutdown().await.expect("shut down");
    let error = half_closed.read_u8().await.expect_err("cut");
    assert_eq!(error.kind(), ErrorKind::ConnectionReset, "also when both ends have finished");
}

#[tokio::test]
async fn limit_data_is_exact() {
    let rig = Rig::new().await;
    rig.toxic("echo", json!({ "type": "limit_data", "attributes": { "bytes": 1_000 } })).await;
    let mut client = rig.connect().await;
    client.write_all(&[7; 5_000]).await.expect("sent");
    let mut all = Vec::new();
    client.read_to_end(&mut all).await.expect("FIN");
    assert_eq!(all.len(), 1_000);
}

#[tokio::test]
async fn toxicity_is_a_part_of_the_connections() {
    let rig = Rig::new().await;
    let dead = json!({ "type": "limit_data", "toxicity": 0.5, "attributes": { "bytes": 0 } });
    rig.toxic("echo", dead).await;
    let mut spared = 0;
    for _ in 0..40 {
        let mut client = rig.connect().await;
        // Either may fail on a connection that is cut.
        let _ = client.write_all(b"x").await;
        spared += usize::from(client.read_u8().await.is_ok());
    }
    assert!((8..=32).contains(&spared), "{spared} of 40");
}

#[tokio::test]
async fn a_proxy_that_is_down_refuses_and_drops() {
    let rig = Rig::new().await;
    let mut client = rig.connect().await;
    let down = ask(rig.admin, "POST", "/proxies/echo", &json!({ "enabled": false })).await;
    assert_eq!(down.json()["enabled"], false, "{down:?}");
    assert_eq!(client.read(&mut [0; 8]).await.expect("FIN"), 0);
    while let Ok(mut late) = TcpStream::connect(rig.proxy).await {
        // The kernel may complete a few connections until the listener has closed its port.
        assert_eq!(late.read_u8().await.expect_err("cut").kind(), ErrorKind::ConnectionReset);
    }
    let up = ask(rig.admin, "PATCH", "/proxies/echo", &json!({ "enabled": true })).await;
    assert_eq!(up.json()["enabled"], true);
    let moved = json!({ "upstream": echo().await.to_string() });
    let moved = ask(rig.admin, "POST", "/proxies/echo", &moved).await.json();
    let proxy = moved["listen"].as_str().expect("an address").parse::<SocketAddr>();
    assert_eq!(proxy.expect("an address"), rig.proxy, "it keeps its port");
    rig.round_trip(1).await;
}

#[tokio::test]
async fn the_mock_s_own_listeners_are_proxies() {
    let rig = Rig::new().await;
    let device = ask(rig.admin, "GET", "/proxies/device", &Value::Null).await.json();
    assert_eq!(device["listen"], rig.bench.device.to_string());
    assert_eq!(device["upstream"], "mock-kvs");
    let cut = json!({ "type": "reset_peer", "stream": "upstream" });
    rig.toxic("device", cut).await;
    let cut = tls(&rig.bench.mock, rig.bench.device).await.expect_err("no handshake");
    assert_eq!(cut.kind(), ErrorKind::ConnectionReset);
    ask(rig.admin, "POST", "/reset", &Value::Null).await;
    tls(&rig.bench.mock, rig.bench.device).await.expect("a handshake");
    let kept = ask(rig.admin, "DELETE", "/proxies/device", &Value::Null).await;
    assert_eq!(kept.status, 400, "{kept:?}");
}

#[tokio::test]
async fn rules_of_the_mock_act_on_a_proxy_too() {
    let rig = Rig::new().await;
    let rule = json!({ "fault": "latency", "delay": "100ms", "actor": "echo" });
    assert_eq!(ask(rig.admin, "POST", "/rules", &rule).await.status, 201);
    assert!(rig.round_trip(1).await >= Duration::from_millis(200), "both ways");
}

#[tokio::test]
async fn mistakes_are_answered_as_toxiproxy_does() {
    let rig = Rig::new().await;
    let status = async |method: &str, path: &str, body: Value| {
        let answer = ask(rig.admin, method, path, &body).await;
        assert_eq!(answer.json()["status"], answer.status, "{answer:?}");
        answer.status
    };
    let upstream = json!({ "name": "echo", "upstream": "127.0.0.1:1" });
    assert_eq!(status("POST", "/proxies", upstream).await, 409);
    assert_eq!(status("POST", "/proxies", json!({ "name": "x" })).await, 400);
    assert_eq!(status("GET", "/proxies/nobody", Value::Null).await, 404);
    let toxics = "/proxies/echo/toxics";
    assert_eq!(status("POST", toxics, json!({ "type": "gremlin" })).await, 400);
    let text = json!({ "type": "latency", "attributes": { "latency": "long" } });
    assert_eq!(status("POST", toxics, text).await, 400);
    assert_eq!(status("DELETE", "/proxies/echo/toxics/nobody", Value::Null).await, 404);
    let page = "origin: http://example.com\r\n";
    let page = ask_with(rig.admin, "POST", "/proxies", &json!({}), page).await;
    assert_eq!(page.status, 403);
}
