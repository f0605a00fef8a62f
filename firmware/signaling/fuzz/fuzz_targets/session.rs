//! A session under any inputs in any order: no panic, an end to every `poll` sequence, and never a
//! deadline in the past. The fuzzer's bytes are steps; some of them answer as the service would, so
//! that it gets as far as a connection.
#![no_main]

use kvs_signaling::config::{HTTP_MIN, Tag};
use kvs_signaling::event::CloseReason;
use kvs_signaling::wire::websocket;
use kvs_signaling::{
    Channel, Config, Credentials, Input, Instant, Link, Memory, Message, MessageKind, Now, OnLoss,
    Output, Policy, Role, Session, UnixTime,
};
use libfuzzer_sys::fuzz_target;

const EPOCH_MS: u64 = 1_767_225_600_000;
/// More than any input can cause.
const OUTPUTS_MAX: usize = 1_000;
const CHANNEL: &str = r#"{"ChannelInfo":{"ChannelARN":"arn:aws:kinesisvideo:us-west-2:123456789012:channel/door/1700000000000","ChannelStatus":"ACTIVE"},"ResourceEndpointList":[{"Protocol":"WSS","ResourceEndpoint":"wss://m.example"},{"Protocol":"HTTPS","ResourceEndpoint":"https://r.example"}],"IceServerList":[{"Uris":["turn:t.example"],"Username":"u","Password":"p","Ttl":300}]}"#;

struct World<'m> {
    session: Session<'m>,
    ms: u64,
    newest: Link,
    offered: usize,
    /// Of the newest upgrade request.
    key: Option<[u8; 24]>,
}

impl World<'_> {
    fn now(&self) -> Now {
        Now { mono: Instant(self.ms), wall: UnixTime(EPOCH_MS + self.ms) }
    }

    fn input(&mut self, input: Input<'_>) {
        let now = self.now();
        self.session.handle(now, input);
        self.drain();
    }

    /// As a pump does: again and again until all are taken.
    fn bytes(&mut self, mut bytes: &[u8]) {
        while !bytes.is_empty() {
            let now = self.now();
            let taken = self.session.handle(now, Input::Bytes(self.newest, bytes));
            assert!(taken > 0, "a drained session takes something");
            bytes = &bytes[taken..];
            self.drain();
        }
    }

    fn drain(&mut self) {
        let now = self.now();
        for _ in 0..OUTPUTS_MAX {
            match self.session.poll() {
                Output::WakeAt(at, why) => {
                    assert!(at > now.mono, "{why:?} has passed");
                    return;
                }
                Output::Open(link, _) => self.newest = link,
                Output::Send(link, bytes) => {
                    (self.newest, self.offered) = (link, bytes.len());
                    let name = b"Sec-WebSocket-Key: ";
                    let at = bytes.windows(name.len()).position(|window| window == name);
                    let value = at.and_then(|at| bytes[at + name.len()..].first_chunk::<24>());
                    self.key = value.copied().or(self.key);
                }
                Output::Close(_)
                | Output::NeedCredentials
                | Output::Store(_)
                | Output::Event(_) => {}
            }
        }
        panic!("no end of outputs");
    }

    fn step(&mut self, code: u8, argument: u8, bytes: &[u8]) {
        match code % 13 {
            0 => self.bytes(bytes),
            1 => self.bytes(&[&[0x81, bytes.len().min(125) as u8][..], bytes].concat()),
            2 => self.respond(&String::from_utf8_lossy(bytes)),
            3 => self.respond(CHANNEL),
            4 => self.upgrade(),
            5 => self.input(Input::Opened(self.newest)),
            6 => self.input(Input::Sent(self.newest, self.offered)),
            7 => self.input(Input::Sent(Link(u32::from(argument)), usize::from(argument))),
            8 => self.input(Input::Closed(self.newest, CloseReason::Reset)),
            9 => self.credentials(argument),
            10 => {
                self.ms += u64::from(argument) * u64::from(argument) * 10;
                self.input(Input::Tick);
            }
            11 if argument % 2 == 0 => self.input(Input::Start),
            11 => self.input(Input::Stop),
            _ => self.send(argument),
        }
    }

    fn respond(&mut self, body: &str) {
        let date = "Date: Thu, 01 Jan 2026 00:00:00 GMT";
        let length = body.len();
        let response = format!("HTTP/1.1 200 OK\r\n{date}\r\nContent-Length: {length}\r\n\r\n{body}");
        self.bytes(response.as_bytes());
    }

    fn upgrade(&mut self) {
        let Some(key) = self.key else { return };
        let accept = websocket::accept(&key);
        let accept = String::from_utf8_lossy(&accept);
        let fields = "Upgrade: websocket\r\nConnection: Upgrade";
        let response =
            format!("HTTP/1.1 101 x\r\n{fields}\r\nSec-WebSocket-Accept: {accept}\r\n\r\n");
        self.bytes(response.as_bytes());
    }

    fn credentials(&mut self, argument: u8) {
        let life_ms = u64::from(argument) * 10_000;
        let expires = (argument > 0).then(|| UnixTime(EPOCH_MS + self.ms + life_ms));
        self.input(Input::Credentials(Credentials {
            access_key_id: "AKID",
            secret_key: "secret",
            session_token: "",
            expires,
        }));
    }

    fn send(&mut self, argument: u8) {
        let Ok(peer) = self.session.peer_id(["a", "b", "c"][usize::from(argument % 3)]) else {
            return;
        };
        let kinds = [MessageKind::SdpOffer, MessageKind::SdpAnswer, MessageKind::IceCandidate];
        let payload = [b'x'; 255];
        let message = Message {
            kind: kinds[usize::from(argument / 3 % 3)],
            payload: &payload[..usize::from(argument)],
            correlation_id: "c",
            on_loss: if argument < 128 { OnLoss::Retry } else { OnLoss::Report },
        };
        let now = self.now();
        // Refused or not, both must be survived.
        let _ = self.session.send(now, peer, message);
        self.drain();
    }
}

fuzz_target!(|data: &[u8]| {
    let mut memory = Memory::<1_024, 1_024, HTTP_MIN>::new();
    let config = Config {
        channel: Channel {
            name: "door",
            arn: None,
            region: "us-west-2",
            create: true,
            media_storage: true,
            message_ttl_s: 60,
            tags: &[Tag { key: "site", value: "north" }],
        },
        role: Role::Master,
        control_plane: None,
        iot: None,
        user_agent: "fuzz",
        build_date: UnixTime(EPOCH_MS),
        cache: &[],
        policy: Policy::DEFAULT,
    };
    let session = Session::new(config, memory.lend(), [1; 32]).expect("valid");
    let mut world = World { session, ms: 0, newest: Link(0), offered: 0, key: None };
    world.input(Input::Start);
    let mut rest = data;
    while let [code, argument, tail @ ..] = rest {
        let wanted = if code % 13 < 3 { usize::from(*argument) } else { 0 };
        let (bytes, tail) = tail.split_at(wanted.min(tail.len()));
        world.step(*code, *argument, bytes);
        rest = tail;
    }
});
