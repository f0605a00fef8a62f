//! Carries operations out on the mock and on the model, and compares after each.

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use futures_util::{FutureExt as _, StreamExt as _};
use mock_kvs::MemoryStream;
use serde_json::{Value, json};
use tokio_tungstenite::tungstenite::Message;

use super::Op;
use super::model::{Channel, Letter, Model, Seat};
use super::support::Answer;
use super::support::sim::Sim;
use super::support::socket::{Socket, payload, presigned, upgrade};

pub struct Driver {
    sim: Sim,
    model: Model,
    /// By channel's name and seat, with what must have arrived.
    sockets: BTreeMap<(String, Seat), Connected>,
    sent: u32,
}

struct Connected {
    socket: Socket<MemoryStream>,
    due: VecDeque<Letter>,
}

impl Driver {
    /// `sim` has no channels but its own, which the model has too.
    pub fn new(sim: Sim) -> Self {
        let mut model = Model::default();
        let channel = Channel::new(sim.arn.clone(), 60);
        model.channels.insert("front-door".into(), channel);
        Self { sim, model, sockets: BTreeMap::new(), sent: 0 }
    }

    pub async fn step(&mut self, op: &Op) {
        match op {
            Op::Create(name, ttl_s) => self.create(&text(*name), *ttl_s).await,
            Op::Describe(name) => drop(self.describe(&text(*name)).await),
            Op::List(prefix, page) => self.list(prefix, *page).await,
            Op::Update(name, ttl_s, is_stale) => self.update(&text(*name), *ttl_s, *is_stale).await,
            Op::Delete(name, is_stale) => self.delete(&text(*name), *is_stale).await,
            Op::Tag(name, key, value) => self.tag(&text(*name), *key, *value).await,
            Op::Untag(name, key) => self.untag(&text(*name), *key).await,
            Op::Connect(name, seat) => self.connect(&text(*name), *seat).await,
            Op::Disconnect(name, seat) => self.disconnect(&text(*name), *seat),
            Op::Send(name, seat, kind, to) => self.send(&text(*name), *seat, kind, *to).await,
            Op::Wait(seconds) => tokio::time::sleep(Duration::from_secs(*seconds)).await,
        }
        self.settle().await;
    }

    async fn create(&mut self, name: &str, ttl_s: u64) {
        let body = json!({
            "ChannelName": name,
            "SingleMasterConfiguration": { "MessageTtlSeconds": ttl_s },
        });
        let answer = self.call("/createSignalingChannel", body).await;
        if self.model.channels.contains_key(name) {
            return refused(&answer, "ResourceInUseException");
        }
        let arn = accepted(&answer)["ChannelARN"].as_str().expect("an ARN").to_owned();
        assert!(self.model.channels.values().all(|channel| channel.arn != arn));
        self.model.channels.insert(name.into(), Channel::new(arn, ttl_s));
    }

    /// The channel's version, when there is one.
    async fn describe(&self, name: &str) -> Option<String> {
        let body = json!({ "ChannelName": name });
        let answer = self.call("/describeSignalingChannel", body).await;
        let Some(channel) = self.model.channels.get(name) else {
            refused(&answer, "ResourceNotFoundException");
            return None;
        };
        let info = accepted(&answer)["ChannelInfo"].clone();
        assert_eq!(info["ChannelARN"], channel.arn.as_str());
        assert_eq!(info["ChannelName"], name);
        assert_eq!(info["SingleMasterConfiguration"]["MessageTtlSeconds"], channel.ttl_s);
        let body = json!({ "ResourceARN": channel.arn });
        let tags = accepted(&self.call("/ListTagsForResource", body).await)["Tags"].clone();
        let tags = if tags.is_null() { json!({}) } else { tags };
        assert_eq!(tags, json!(channel.tags));
        info["Version"].as_str().map(str::to_owned)
    }

    async fn list(&self, prefix: &str, page: u32) {
        let mut body = json!({ "MaxResults": page });
        if !prefix.is_empty() {
            let condition =
                json!({ "ComparisonOperator": "BEGINS_WITH", "ComparisonValue": prefix });
            body["ChannelNameCondition"] = condition;
        }
        let mut names = Vec::new();
        loop {
            let listed = accepted(&self.call("/listSignalingChannels", body.clone()).await);
            let infos = listed["ChannelInfoList"].as_array().expect("a list").clone();
            assert!(infos.len() <= page as usize);
            names.extend(
                infos.iter().map(|info| info["ChannelName"].as_str().expect("a name").to_owned()),
            );
            if listed["NextToken"].is_null() {
                break;
            }
            body["NextToken"] = listed["NextToken"].clone();
        }
        assert_eq!(names, self.model.listed(prefix));
    }

    async fn update(&mut self, name: &str, ttl_s: u64, is_stale: bool) {
        let version = self.version(name, is_stale).await;
        let body = json!({
            "ChannelARN": self.arn(name),
            "CurrentVersion": version,
            "SingleMasterConfiguration": { "MessageTtlSeconds": ttl_s },
        });
        let answer = self.call("/updateSignalingChannel", body).await;
        match self.model.channels.get_mut(name) {
            None => refused(&answer, "ResourceNotFoundException"),
            Some(_) if is_stale => refused(&answer, "VersionMismatchException"),
            Some(channel) => {
                accepted(&answer);
                channel.ttl_s = ttl_s;
            }
        }
    }

    async fn delete(&mut self, name: &str, is_stale: bool) {
        let version = self.version(name, is_stale).await;
        let body = json!({ "ChannelARN": self.arn(name), "CurrentVersion": version });
        let answer = self.call("/deleteSignalingChannel", body).await;
        match self.model.channels.get(name) {
            None => return refused(&answer, "ResourceNotFoundException"),
            Some(_) if is_stale => return refused(&answer, "VersionMismatchException"),
            Some(_) => drop(accepted(&answer)),
        }
        self.model.channels.remove(name);
        arrived().await;
        let gone: Vec<_> = self.sockets.keys().filter(|(of, _)| of == name).cloned().collect();
        for key in gone {
            let mut connected = self.sockets.remove(&key).expect("just found");
            assert_eq!(connected.next(), Some(Seen::Closed(1001)), "{key:?}");
        }
    }

    async fn tag(&mut self, name: &str, key: u8, value: u8) {
        let (key, value) = (format!("key{key}"), format!("value{value}"));
        let tags = json!([{ "Key": key, "Value": value }]);
        let body = json!({ "ResourceARN": self.arn(name), "Tags": tags });
        let answer = self.call("/TagResource", body).await;
        match self.model.channels.get_mut(name) {
            None => refused(&answer, "ResourceNotFoundException"),
            Some(channel) => {
                accepted(&answer);
                channel.tags.insert(key, value);
            }
        }
    }

    async fn untag(&mut self, name: &str, key: u8) {
        let key = format!("key{key}");
        let body = json!({ "ResourceARN": self.arn(name), "TagKeyList": [key] });
        let answer = self.call("/UntagResource", body).await;
        match self.model.channels.get_mut(name) {
            None => refused(&answer, "ResourceNotFoundException"),
            Some(channel) => {
                accepted(&answer);
                channel.tags.remove(&key);
            }
        }
    }

    async fn connect(&mut self, name: &str, seat: Seat) {
        let id = seat.client_id();
        let at = std::time::UNIX_EPOCH + Duration::from_millis(self.sim.mock.wall_ms());
        let url = presigned(&self.sim.keys, at, &self.arn(name), id.as_deref(), 299);
        let stream = self.sim.mock.connect_memory("device").await.expect("connected");
        let now_us = self.sim.mock.now_us();
        let connected = upgrade(stream, &url).await;
        let Some(channel) = self.model.channels.get_mut(name) else {
            assert_eq!(connected.err().expect("refused").error, "ResourceNotFoundException");
            return;
        };
        let due = channel.connect(seat, now_us).into();
        let new = Connected { socket: connected.expect("a place"), due };
        if let Some(mut old) = self.sockets.insert((name.to_owned(), seat), new) {
            arrived().await;
            assert_eq!(old.next(), Some(Seen::Closed(1001)), "the newest wins");
        }
    }

    fn disconnect(&mut self, name: &str, seat: Seat) {
        self.sockets.remove(&(name.to_owned(), seat));
        if let Some(channel) = self.model.channels.get_mut(name) {
            channel.connected.remove(&seat);
        }
    }

    async fn send(&mut self, name: &str, seat: Seat, kind: &'static str, to: u8) {
        let Some(sender) = self.sockets.get_mut(&(name.to_owned(), seat)) else { return };
        let channel = self.model.channels.get_mut(name).expect("it has sockets");
        self.sent += 1;
        // Says where it belongs, so that a stray one accuses itself.
        let payload = format!("{} {}", channel.arn, self.sent);
        let (to, recipient) = match seat {
            Seat::Master => (Seat::Viewer(to), Seat::Viewer(to).client_id()),
            Seat::Viewer(_) => (Seat::Master, None),
        };
        let now_us = self.sim.mock.now_us();
        sender.socket.send(kind, recipient.as_deref().unwrap_or(""), &payload, None).await;
        let letter = Letter { kind, from: seat.client_id(), payload };
        if let Some(letter) = channel.send(to, letter, now_us) {
            let recipient = self.sockets.get_mut(&(name.to_owned(), to)).expect("it is connected");
            recipient.due.push_back(letter);
        }
    }

    /// Everything under way arrives, and is what is due: nothing less, nothing more, in order.
    async fn settle(&mut self) {
        arrived().await;
        for ((name, seat), connected) in &mut self.sockets {
            while let Some(seen) = connected.next() {
                let due = connected.due.pop_front().map(Seen::Letter);
                assert_eq!(Some(seen), due, "at {seat:?} of {name}");
            }
            assert!(connected.due.is_empty(), "{:?} for {seat:?} of {name}", connected.due);
        }
    }

    async fn version(&self, name: &str, is_stale: bool) -> String {
        let version = self.describe(name).await.unwrap_or_else(|| "none".into());
        if is_stale { "Stale1".into() } else { version }
    }

    /// A channel's ARN, or one that nothing has.
    fn arn(&self, name: &str) -> String {
        let nobody = || "arn:aws:kinesisvideo:us-west-2:123456789012:channel/nobody/1".to_owned();
        self.model.channels.get(name).map_or_else(nobody, |channel| channel.arn.clone())
    }

    async fn call(&self, path: &str, body: Value) -> Answer {
        self.sim.call(path, &body.to_string()).await.expect("an answer")
    }
}

#[derive(Debug, PartialEq, Eq)]
enum Seen {
    Letter(Letter),
    Closed(u16),
}

impl Connected {
    /// What has arrived already.
    fn next(&mut self) -> Option<Seen> {
        match self.socket.stream.next().now_or_never()??.expect("no error") {
            Message::Text(text) => {
                let message: Value = serde_json::from_str(&text).expect("JSON");
                let kinds = ["SDP_OFFER", "SDP_ANSWER", "ICE_CANDIDATE"];
                let kind = kinds.into_iter().find(|kind| message["messageType"] == *kind);
                Some(Seen::Letter(Letter {
                    kind: kind.expect("a client's message"),
                    from: message["senderClientId"].as_str().map(str::to_owned),
                    payload: payload(&message),
                }))
            }
            Message::Close(frame) => Some(Seen::Closed(frame.expect("a code").code.into())),
            other @ (Message::Binary(_)
            | Message::Ping(_)
            | Message::Pong(_)
            | Message::Frame(_)) => panic!("{other:?} was not due"),
        }
    }
}

/// The paused clock only moves when nothing is left to be done.
async fn arrived() {
    tokio::time::sleep(Duration::from_millis(1)).await;
}

fn accepted(answer: &Answer) -> Value {
    assert_eq!(answer.status, 200, "{answer:?}");
    answer.json()
}

fn refused(answer: &Answer, error: &str) {
    assert_eq!(answer.error(), error, "{answer:?}");
}

/// Few names, so that operations meet.
fn text(name: u8) -> String {
    ["front-door", "front-garden", "shed"][usize::from(name)].to_owned()
}
