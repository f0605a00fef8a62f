//! GetSignalingChannelEndpoint answers AWS's names to who asked under one, and the request's own
//! authority to everybody else (decision 11); GetIceServerConfig answers as in users' logs.

mod support;

use serde_json::{Value, json};
use support::{Bench, signed_post};

#[tokio::test]
async fn under_aws_s_name() {
    let bench = Bench::new().await;
    let endpoints = ask(&bench, support::HOST, "VIEWER", &["WSS", "HTTPS", "WEBRTC"]).await;
    let wss = endpoints[0]["ResourceEndpoint"].as_str().expect("an endpoint");
    assert_eq!(endpoints[0]["Protocol"], "WSS");
    assert!(wss.starts_with("wss://v-"), "{wss}");
    assert!(wss.ends_with(".kinesisvideo.us-west-2.amazonaws.com"), "{wss}");
    let https = endpoints[1]["ResourceEndpoint"].as_str().expect("an endpoint");
    assert!(https.starts_with("https://r-"), "{https}");
    assert_eq!(endpoints[2], json!({ "Protocol": "WEBRTC", "ResourceEndpoint": https }));
    assert_eq!(endpoints.as_array().map(Vec::len), Some(3));
    let master = ask(&bench, support::HOST, "MASTER", &["WSS"]).await;
    assert_eq!(master[0]["ResourceEndpoint"], wss.replace("//v-", "//m-"));
}

#[tokio::test]
async fn under_an_address() {
    let bench = Bench::new().await;
    let host = bench.device.to_string();
    let endpoints = ask(&bench, &host, "MASTER", &["WSS", "HTTPS"]).await;
    assert_eq!(endpoints[0]["ResourceEndpoint"], format!("wss://{host}"));
    assert_eq!(endpoints[1]["ResourceEndpoint"], format!("https://{host}"));
}

#[tokio::test]
async fn ice_servers_with_a_time_to_live() {
    let bench = Bench::new().await;
    // The C SDK sends an empty ClientId as master.
    let body = json!({ "ChannelARN": bench.arn, "ClientId": "", "Service": "TURN" }).to_string();
    let answer = bench.call("/v1/get-ice-server-config", &body).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    let servers = answer.json()["IceServerList"].as_array().expect("a list").clone();
    assert_eq!(servers.len(), 2);
    for server in &servers {
        assert_eq!(server["Ttl"], 300);
        assert_eq!(server["Uris"].as_array().map(Vec::len), Some(3));
        assert!(server["Uris"][0].as_str().expect("a URI").starts_with("turn:"));
        assert!(server["Username"].is_string() && server["Password"].is_string());
    }
    let again = bench.call("/v1/get-ice-server-config", &body).await;
    assert_ne!(again.json()["IceServerList"][0]["Password"], servers[0]["Password"]);
}

async fn ask(bench: &Bench, host: &str, role: &str, protocols: &[&str]) -> Value {
    let configuration = json!({ "Protocols": protocols, "Role": role });
    let body = json!({
        "ChannelARN": bench.arn,
        "SingleMasterChannelEndpointConfiguration": configuration,
    });
    let path = "/getSignalingChannelEndpoint";
    let request = signed_post(&bench.keys, bench.wall(), host, path, &body.to_string());
    let answer = bench.exchange(&request).await.expect("an answer");
    assert_eq!(answer.status, 200, "{answer:?}");
    answer.json()["ResourceEndpointList"].clone()
}
