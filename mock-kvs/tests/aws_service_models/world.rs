//! A mock in memory in which every operation can succeed, and the values that make it.

use futures_util::StreamExt as _;
use mock_kvs::{Authority, Config, MemoryStream, Policies, Quotas};
use serde_json::{Value, json};
use std::sync::OnceLock;

use super::support::Answer;
use super::support::sim::Sim;
use super::support::socket::Socket;

pub struct World {
    sim: Sim,
    master: Socket<MemoryStream>,
    version: String,
    next_token: String,
}

impl World {
    /// A channel with media storage and a master that answers offers, and another channel. The same
    /// each time: clock and seed are.
    pub async fn new() -> Self {
        static AUTHORITY: OnceLock<Authority> = OnceLock::new();
        let authority = AUTHORITY.get_or_init(|| Authority::new().expect("an authority")).clone();
        let sim = Sim::with(Config {
            authority: Some(authority),
            quotas: Quotas { calls: false, ..Quotas::default() },
            policies: Policies::default(),
            ..Config::default()
        });
        sim.mock.create_channel("garage", None).expect("a channel");
        let ask = async |path: &str, body: Value| {
            let answer = sim.call(path, &body.to_string()).await.expect("an answer");
            assert_eq!(answer.status, 200, "{answer:?}");
            answer.json()
        };
        let storage = json!({ "StreamARN": stream_arn(), "Status": "ENABLED" });
        let body = json!({ "ChannelARN": sim.arn, "MediaStorageConfiguration": storage });
        ask("/updateMediaStorageConfiguration", body).await;
        let body = json!({ "ChannelARN": sim.arn });
        let info = ask("/describeSignalingChannel", body).await["ChannelInfo"].clone();
        let version = info["Version"].as_str().expect("a version").to_owned();
        let page = ask("/listSignalingChannels", json!({ "MaxResults": 1 })).await;
        let next_token = page["NextToken"].as_str().expect("a token").to_owned();
        let master = sim.master().await;
        Self { sim, master, version, next_token }
    }

    /// What a member must hold to be accepted beyond its form: something that is there.
    pub fn live(&self, operation: &str, member: &str) -> Option<Value> {
        let creates = operation.starts_with("Create");
        let value = match member {
            "ChannelARN" | "channelArn" | "ResourceARN" => self.sim.arn.clone(),
            "ChannelName" if !creates => "front-door".to_owned(),
            "CurrentVersion" => self.version.clone(),
            "NextToken" => self.next_token.clone(),
            "StreamARN" => stream_arn(),
            _ => return None,
        };
        Some(value.into())
    }

    /// A call, while the master answers what it is offered.
    pub async fn call(mut self, path: &str, body: &Value) -> Answer {
        let (sim, master) = (&self.sim, &mut self.master);
        let answering = async {
            loop {
                let frame = master.stream.next().await.expect("a frame").expect("no error");
                if !frame.is_text() {
                    continue;
                }
                let offer: Value =
                    serde_json::from_str(frame.to_text().expect("text")).expect("JSON");
                let from = offer["senderClientId"].as_str().unwrap_or("").to_owned();
                if offer["messageType"] == "SDP_OFFER" && !from.is_empty() {
                    master.send("SDP_ANSWER", &from, "an answer", None).await;
                }
            }
        };
        let text = body.to_string();
        tokio::select! {
            answer = sim.call(path, &text) => answer.expect("an answer"),
            () = answering => unreachable!("the master answers for ever"),
        }
    }
}

fn stream_arn() -> String {
    "arn:aws:kinesisvideo:us-west-2:123456789012:stream/recordings/1767225600000".to_owned()
}
