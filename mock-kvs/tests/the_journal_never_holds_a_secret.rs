//! After every kind of call, connection and mistake, no key, token, signature, TURN password or
//! payload stands in the journal.

mod support;

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use mock_kvs::{Change, IssuedCredentials};
use serde_json::json;
use support::socket::{connect, presigned};
use support::{Bench, fault};

const PAYLOAD: &str = "a=ice-pwd:very-secret-indeed";

#[tokio::test]
async fn whatever_happens() {
    let bench = Bench::new().await;
    let keys = bench.mock.issue_credentials(Some(Duration::from_secs(900)));
    let mut secrets = vec![PAYLOAD.to_owned(), STANDARD.encode(PAYLOAD)];
    for keys in [&bench.keys, &keys] {
        secrets.extend([keys.access_key_id.clone(), keys.secret_key.clone()]);
        secrets.extend(keys.session_token.clone());
    }

    let body = json!({ "ChannelARN": bench.arn }).to_string();
    let ice = bench.call_with(&keys, bench.wall(), "/v1/get-ice-server-config", &body).await;
    for server in ice.json()["IceServerList"].as_array().expect("a list") {
        secrets.push(server["Password"].as_str().expect("a password").to_owned());
        secrets.push(server["Username"].as_str().expect("a name").to_owned());
    }
    let url = presigned(&keys, bench.wall(), &bench.arn, None, 299);
    let (_, signature) = url.split_once("X-Amz-Signature=").expect("a signature");
    secrets.push(signature.to_owned());
    let mut master = connect(&bench.mock, bench.device, &url).await.expect("a master");
    let mut viewer = bench.viewer("kitchen").await;
    viewer.send("SDP_OFFER", "", PAYLOAD, Some("c-1")).await;
    master.next().await;
    master.send("SDP_ANSWER", "kitchen", PAYLOAD, None).await;
    viewer.next().await;
    viewer
        .send_text(&format!("{{\"action\": \"{PAYLOAD}\", \"messagePayload\": \"{PAYLOAD}\"}}"))
        .await;
    viewer.send_text(&format!("not JSON {PAYLOAD}")).await;
    assert!(viewer.is_quiet().await);

    // What goes wrong must not tell either.
    let forged = IssuedCredentials { secret_key: "forged".into(), ..keys.clone() };
    bench.call_with(&forged, bench.wall(), "/listSignalingChannels", "{}").await;
    let url = presigned(&forged, bench.wall(), &bench.arn, None, 299);
    assert!(connect(&bench.mock, bench.device, &url).await.is_err());
    bench.call_with(&keys, bench.wall(), &format!("/{}", keys.secret_key), "{}").await;
    bench.mock.arm(fault(r#"{"fault": "http-error", "status": 500}"#)).expect("armed");
    bench.call_with(&keys, bench.wall(), "/listSignalingChannels", "{}").await;
    bench.mock.change(&Change::ExpireCredentials { key: None }).expect("expired");

    let journal: Vec<String> = bench
        .mock
        .journal()
        .since(0)
        .iter()
        .map(|record| serde_json::to_string(&**record).expect("JSON"))
        .collect();
    assert!(journal.len() > 20, "{journal:#?}");
    for line in &journal {
        let told = secrets.iter().find(|secret| line.contains(*secret));
        assert_eq!(told, None, "stands in {line}");
    }
    let debug = format!("{:?} {:?}", bench.mock.journal().since(0), keys);
    assert!(!secrets.iter().any(|secret| debug.contains(secret.as_str())));
}
