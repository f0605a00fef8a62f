//! Rules, journal, changes and state over HTTP, each answer with the API's version.

mod support;

use std::net::SocketAddr;

use serde_json::{Value, json};
use support::{Answer, Bench, read_answer};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

async fn bench() -> (Bench, SocketAddr) {
    let bench = Bench::new().await;
    let any = "127.0.0.1:0".parse().expect("an address");
    let admin = bench.mock.listen_admin(any).await.expect("a port");
    (bench, admin)
}

async fn ask(admin: SocketAddr, method: &str, path: &str, body: &Value) -> Answer {
    let mut stream = TcpStream::connect(admin).await.expect("connected");
    let body = body.to_string();
    let request = format!(
        "{method} {path} HTTP/1.1\r\nhost: {admin}\r\ncontent-type: application/json\r\n\
         content-length: {}\r\n\r\n{body}",
        body.len()
    );
    stream.write_all(request.as_bytes()).await.expect("sent");
    let answer = read_answer(&mut stream).await.expect("an answer");
    assert_eq!(answer.header("x-mock-kvs-api"), Some("1"), "{path}");
    answer
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
