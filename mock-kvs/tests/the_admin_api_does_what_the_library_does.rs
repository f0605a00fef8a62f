//! Rules, journal, changes and state over HTTP, each answer with the API's version.

mod support;

use std::net::SocketAddr;

use serde_json::{Value, json};
use support::Bench;
use support::ask::{ask, ask_with};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

async fn bench() -> (Bench, SocketAddr) {
    let bench = Bench::new().await;
    let any = "127.0.0.1:0".parse().expect("an address");
    let admin = bench.mock.listen_admin(any, None).await.expect("a port").address;
    (bench, admin)
}

#[tokio::test]
async fn rules_come_and_go() {
    let (bench, admin) = bench().await;
    let spec = json!({ "fault": "http-error", "call": "describe", "status": 500, "as": "broken" });
    let armed = ask(admin, "POST", "/rules", &spec).await;
    assert_eq!(armed.status, 201, "{armed:?}");
    assert_eq!(armed.json()["as"], "broken");
    let path = "/describeSignalingChannel";
    assert_eq!(bench.call(path, r#"{"ChannelName": "front-door"}"#).await.status, 500);
    let listed = ask(admin, "GET", "/rules", &Value::Null).await.json();
    assert_eq!(listed["rules"][0]["spec"], spec);
    assert_eq!(ask(admin, "DELETE", "/rules/broken", &Value::Null).await.json()["healed"], 1);
    assert_eq!(ask(admin, "DELETE", "/rules/broken", &Value::Null).await.status, 404);
    assert_eq!(bench.call(path, r#"{"ChannelName": "front-door"}"#).await.status, 200);
    ask(admin, "POST", "/rules", &spec).await;
    assert_eq!(ask(admin, "DELETE", "/rules", &Value::Null).await.json()["healed"], 1);
}

#[tokio::test]
async fn mistakes_are_named() {
    let (_bench, admin) = bench().await;
    let misspelt = ask(admin, "POST", "/rules", &json!({ "fault": "resett" })).await;
    assert_eq!(misspelt.status, 422);
    assert!(misspelt.json()["error"].as_str().expect("a text").contains("resett"));
    let unfit = ask(admin, "POST", "/rules", &json!({ "fault": "refuse", "delay": "1s" })).await;
    assert!(unfit.json()["error"].as_str().expect("a text").contains("`delay`"), "{unfit:?}");
    let nobody = json!({ "change": "go-away", "to": { "role": "master" } });
    let nobody = ask(admin, "POST", "/change", &nobody).await;
    assert_eq!(nobody.status, 409);
    assert!(nobody.json()["error"].as_str().expect("a text").contains("role master"));
    assert_eq!(ask(admin, "GET", "/nowhere", &Value::Null).await.status, 404);
    assert_eq!(ask(admin, "GET", "/journal?since=x", &Value::Null).await.status, 400);
}

#[tokio::test]
async fn changes_reach_sockets_and_state_shows_them() {
    let (bench, admin) = bench().await;
    let mut master = bench.master().await;
    let state = ask(admin, "GET", "/state", &Value::Null).await.json();
    assert_eq!(state["channels"][0]["info"]["ChannelName"], "front-door");
    assert_eq!(state["connections"][0]["role"], "master");
    let go = json!({ "change": "go-away", "to": { "actor": "device", "role": "master" } });
    assert_eq!(ask(admin, "POST", "/change", &go).await.json()["reached"], 1);
    assert_eq!(master.next().await["messageType"], "GO_AWAY");
    let health = ask(admin, "GET", "/health", &Value::Null).await.json();
    assert_eq!((&health["api"], &health["status"]), (&json!(1), &json!("ok")));
}

#[tokio::test]
async fn the_journal_is_lines_and_can_be_followed() {
    let (bench, admin) = bench().await;
    let whole = ask(admin, "GET", "/journal?since=1", &Value::Null).await;
    let first: Value =
        serde_json::from_str(whole.body.lines().next().expect("a line")).expect("JSON");
    assert_eq!((&first["seq"], &first["event"]), (&json!(1), &json!("credentials.issued")));

    let mut stream = TcpStream::connect(admin).await.expect("connected");
    let request = format!("GET /journal?follow=1 HTTP/1.1\r\nhost: {admin}\r\n\r\n");
    stream.write_all(request.as_bytes()).await.expect("sent");
    let _master = bench.master().await;
    let mut seen = Vec::new();
    while !String::from_utf8_lossy(&seen).contains("\"event\":\"ws.open\"") {
        let read = stream.read_buf(&mut seen);
        let read = tokio::time::timeout(std::time::Duration::from_secs(20), read).await;
        assert_ne!(read.expect("in time").expect("read"), 0, "the stream ended");
    }
}

#[tokio::test]
async fn a_list_of_faults_is_armed_as_one() {
    let (_bench, admin) = bench().await;
    let good = json!([{ "fault": "refuse" }, { "fault": "latency", "delay": "1ms", "as": "slow" }]);
    let armed = ask(admin, "POST", "/rules", &good).await;
    assert_eq!(armed.status, 201, "{armed:?}");
    assert_eq!(armed.json()["rules"][1], json!({ "id": 2, "as": "slow" }));
    let half = json!([{ "fault": "stall" }, { "fault": "refuse", "delay": "1s" }]);
    assert_eq!(ask(admin, "POST", "/rules", &half).await.status, 422);
    let rules = ask(admin, "GET", "/rules", &Value::Null).await.json();
    assert_eq!(rules["rules"].as_array().expect("a list").len(), 2, "none of the bad list");
}

#[tokio::test]
async fn a_dump_brings_the_state_back() {
    let (bench, admin) = bench().await;
    let dump = ask(admin, "GET", "/state/dump", &Value::Null).await.json();
    let mut master = bench.master().await;
    let gone = json!({ "change": "delete-channel", "channel": "front-door" });
    ask(admin, "POST", "/change", &gone).await;
    assert_eq!(master.close_code().await, 1001);
    let path = "/describeSignalingChannel";
    assert_eq!(bench.call(path, r#"{"ChannelName": "front-door"}"#).await.status, 404);
    assert_eq!(ask(admin, "PUT", "/state/dump", &dump).await.status, 200);
    let described = bench.call(path, r#"{"ChannelName": "front-door"}"#).await.json();
    assert_eq!(described["ChannelInfo"]["ChannelARN"], bench.arn.as_str());

    let mut newer = dump.clone();
    newer["version"] = json!(9);
    assert_eq!(ask(admin, "PUT", "/state/dump", &newer).await.status, 409);
    assert_eq!(ask(admin, "PUT", "/state/dump", &json!({})).await.status, 422);
    assert_eq!(ask(admin, "GET", "/state/dump", &Value::Null).await.json(), dump);
}

#[tokio::test]
async fn the_clock_is_set_three_ways() {
    let (bench, admin) = bench().await;
    let set = async |setting: Value| {
        let answer = ask(admin, "PUT", "/clock", &setting).await;
        assert_eq!(answer.status, 200, "{answer:?}");
        answer.json()["offset_ms"].as_i64().expect("a number")
    };
    assert_eq!(set(json!({ "offset_ms": 420_000 })).await, 420_000);
    assert_eq!(set(json!({ "advance_ms": -20_000 })).await, 400_000);
    set(json!({ "wall_unix_ms": 1_000_000_000_000_u64 })).await;
    let since = bench.mock.wall_ms() - 1_000_000_000_000;
    assert!(since < 60_000, "{since} ms later");
    assert_eq!(set(json!({ "offset_ms": 0 })).await, 0);
    assert_eq!(ask(admin, "PUT", "/clock", &json!({ "hours": 1 })).await.status, 422);
}

#[tokio::test]
async fn metrics_count_what_happened() {
    let (bench, admin) = bench().await;
    bench.call("/describeSignalingChannel", r#"{"ChannelName": "front-door"}"#).await;
    let _master = bench.master().await;
    let page = ask(admin, "GET", "/metrics", &Value::Null).await;
    assert!(page.header("content-type").expect("a type").starts_with("text/plain; version=0.0.4"));
    for line in [
        "mock_kvs_channels 1",
        "mock_kvs_websockets{role=\"master\"} 1",
        "mock_kvs_responses_total{api=\"describe\",status=\"200\"} 1",
        "mock_kvs_upgrades_total{role=\"master\",status=\"101\"} 1",
        "# TYPE mock_kvs_events_total counter",
    ] {
        assert!(page.body.lines().any(|found| found == line), "no {line} in\n{}", page.body);
    }
}

#[tokio::test]
async fn a_token_is_wanted_where_strangers_reach() {
    let bench = Bench::new().await;
    let everywhere = "0.0.0.0:0".parse().expect("an address");
    let listener = bench.mock.listen_admin(everywhere, None).await.expect("a port");
    let token = listener.token.expect("one is made");
    assert_eq!(token.len(), 32);
    let admin = SocketAddr::from(([127, 0, 0, 1], listener.address.port()));
    let status = async |path: &str, headers: &str| {
        ask_with(admin, "GET", path, &Value::Null, headers).await.status
    };
    assert_eq!(status("/state", "").await, 401);
    assert_eq!(status("/state", "authorization: Bearer wrong\r\n").await, 401);
    assert_eq!(status("/state", &format!("authorization: Bearer {token}\r\n")).await, 200);
    assert_eq!(status("/health", "").await, 200, "a probe needs none");
}
