//! The scripted service: answers each call as told, and keeps what it saw.

use std::collections::{BTreeMap, VecDeque};

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use kvs_signaling::Link;
use sha1::{Digest, Sha1};

use super::frames::{ClientFrame, server_frame, take_frames};
use super::{ARN, date};

/// How a request is answered.
#[derive(Clone, Debug)]
pub enum Answer {
    /// As if all were well.
    Normal,
    /// These bytes, with a Date and a length added to the head.
    Response { status: u16, headers: String, body: String },
    /// These bytes as they are.
    Raw(Vec<u8>),
    /// Nothing, ever.
    Silence,
    /// The end of the connection.
    End,
}

impl Answer {
    /// An AWS error.
    pub fn error(status: u16, kind: &str) -> Self {
        let headers = format!("x-amzn-ErrorType: {kind}:http://internal/\r\n");
        Self::Response { status, headers, body: r#"{"Message":"no"}"#.into() }
    }

    /// A status with a body and nothing else.
    pub fn body(status: u16, body: &str) -> Self {
        Self::Response { status, headers: String::new(), body: body.into() }
    }
}

/// One request as it came.
#[derive(Clone, Debug)]
pub struct Request {
    pub at_ms: u64,
    pub link: Link,
    pub target: String,
    pub head: String,
    pub body: String,
}

impl Request {
    pub fn header(&self, name: &str) -> Option<&str> {
        self.head.lines().find_map(|line| {
            let (key, value) = line.split_once(": ")?;
            key.eq_ignore_ascii_case(name).then_some(value)
        })
    }

    /// A parameter of the query, still encoded.
    pub fn query(&self, name: &str) -> Option<&str> {
        let (_, query) = self.target.split_once('?')?;
        query.split('&').find_map(|pair| pair.strip_prefix(name)?.strip_prefix('='))
    }
}

/// One message of the client.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    pub link: Link,
    pub at_ms: u64,
    pub text: String,
}

/// One accepted connection.
#[derive(Default)]
struct Connection {
    received: Vec<u8>,
    upgraded: bool,
    frames: Vec<ClientFrame>,
}

/// The service's side of every link.
pub struct Service {
    /// What is answered next, by a part of the request's target; then as if all were well.
    pub script: BTreeMap<&'static str, VecDeque<Answer>>,
    pub requests: Vec<Request>,
    pub messages: Vec<Message>,
    /// Answers pings.
    pub pongs: bool,
    /// Answers close frames.
    pub closes: bool,
    pub https_authority: String,
    pub wss_authority: String,
    pub arn: String,
    /// Answer of DescribeMediaStorageConfiguration.
    pub stores: bool,
    /// Joined sessions are sent an offer.
    pub offers: bool,
    /// Life of what the credentials provider gives.
    pub credentials_s: u64,
    pub ice_ttl_s: u32,
    /// Follows a 101 in the same segment.
    pub behind_upgrade: Vec<u8>,
    pub connection_header: &'static str,
    /// Service clock minus device monotonic clock.
    pub clock_ms: u64,
    connections: BTreeMap<u32, Connection>,
    /// To the device, by link; `None` ends it.
    pub outbox: VecDeque<(Link, Option<Vec<u8>>)>,
}

impl Service {
    pub fn new(clock_ms: u64) -> Self {
        Self {
            script: BTreeMap::new(),
            requests: Vec::new(),
            messages: Vec::new(),
            pongs: true,
            closes: true,
            https_authority: "r-1.kinesisvideo.us-west-2.amazonaws.com".into(),
            wss_authority: "m-1.kinesisvideo.us-west-2.amazonaws.com".into(),
            arn: ARN.into(),
            stores: true,
            offers: true,
            credentials_s: 3_600,
            ice_ttl_s: 300,
            behind_upgrade: Vec::new(),
            connection_header: "keep-alive",
            clock_ms,
            connections: BTreeMap::new(),
            outbox: VecDeque::new(),
        }
    }

    /// Answers requests whose target contains `part` like this, in turn.
    pub fn answer(&mut self, part: &'static str, answers: impl IntoIterator<Item = Answer>) {
        self.script.entry(part).or_default().extend(answers);
    }

    pub fn opened(&mut self, link: Link) {
        self.connections.insert(link.0, Connection::default());
    }

    pub fn ended(&mut self, link: Link) {
        self.connections.remove(&link.0);
        self.outbox.retain(|(to, _)| *to != link);
    }

    /// The requests whose target contains `part`.
    pub fn requests_to(&self, part: &str) -> Vec<&Request> {
        self.requests.iter().filter(|request| request.target.contains(part)).collect()
    }

    /// Control frames with that opcode the client sent on a link that still stands.
    pub fn frames(&self, link: Link, opcode: u8) -> Vec<&ClientFrame> {
        let frames = self.connections.get(&link.0).map(|connection| &connection.frames);
        frames.into_iter().flatten().filter(|frame| frame.opcode == opcode).collect()
    }

    /// Sends a text message.
    pub fn text(&mut self, link: Link, text: &str) {
        self.frame(link, 1, text.as_bytes());
    }

    pub fn frame(&mut self, link: Link, opcode: u8, payload: &[u8]) {
        self.raw(link, server_frame(opcode, true, payload));
    }

    pub fn raw(&mut self, link: Link, bytes: Vec<u8>) {
        self.outbox.push_back((link, Some(bytes)));
    }

    /// Sends an SDP or ICE message.
    pub fn signal(&mut self, link: Link, kind: &str, sender: &str, payload: &str) {
        let payload = BASE64_STANDARD.encode(payload.as_bytes());
        let sender = match sender {
            "" => String::new(),
            id => format!(r#""senderClientId":"{id}","#),
        };
        self.text(
            link,
            &format!(r#"{{{sender}"messageType":"{kind}","messagePayload":"{payload}"}}"#),
        );
    }

    /// Bytes from the client.
    pub fn received(&mut self, link: Link, bytes: &[u8], now_ms: u64) {
        let Some(connection) = self.connections.get_mut(&link.0) else { return };
        connection.received.extend(bytes);
        if connection.upgraded {
            return self.read_frames(link, now_ms);
        }
        let text = String::from_utf8_lossy(&connection.received).into_owned();
        let Some((head, rest)) = text.split_once("\r\n\r\n") else { return };
        let length = head.lines().find_map(|line| line.strip_prefix("Content-Length: "));
        let length: usize = length.map_or(0, |length| length.parse().expect("a number"));
        if rest.len() < length {
            return;
        }
        connection.received.drain(..head.len() + 4 + length);
        let target = head.split(' ').nth(1).expect("a request line").to_owned();
        let (head, body) = (head.to_owned(), rest[..length].to_owned());
        self.requests.push(Request { at_ms: now_ms, link, target, head, body });
        self.respond(link, now_ms);
    }

    fn respond(&mut self, link: Link, now_ms: u64) {
        let request = self.requests.last().expect("just pushed").clone();
        let scripted = self.script.iter_mut().find(|(part, _)| request.target.contains(*part));
        let answer = scripted.and_then(|(_, answers)| answers.pop_front());
        let (status, headers, body) = match answer.unwrap_or(Answer::Normal) {
            Answer::Silence => return,
            Answer::End => return self.outbox.push_back((link, None)),
            Answer::Raw(bytes) => return self.raw(link, bytes),
            Answer::Response { status, headers, body } => (status, headers, body),
            Answer::Normal if request.header("Upgrade").is_some() => {
                return self.upgrade(link, &request, now_ms);
            }
            Answer::Normal => {
                self.offer_storage(&request);
                (200, String::new(), self.normal_body(&request, now_ms))
            }
        };
        let date = date::imf(self.clock_ms + now_ms);
        let (length, connection) = (body.len(), self.connection_header);
        let response = format!(
            "HTTP/1.1 {status} x\r\nDate: {date}\r\nConnection: {connection}\r\n{headers}\
             Content-Length: {length}\r\n\r\n{body}"
        );
        self.raw(link, response.into_bytes());
    }

    /// Who joins a storage session is sent an offer, which may overtake the call's answer.
    fn offer_storage(&mut self, request: &Request) {
        let upgraded = self.connections.iter().find(|(_, connection)| connection.upgraded);
        if let Some((link, _)) = upgraded
            && self.offers
            && request.target.starts_with("/joinStorageSession")
        {
            let nth = self.requests_to("/joinStorageSession").len();
            self.signal(Link(*link), "SDP_OFFER", "", &format!("storage {nth}"));
        }
    }

    fn normal_body(&self, request: &Request, now_ms: u64) -> String {
        let (arn, https, wss) = (&self.arn, &self.https_authority, &self.wss_authority);
        match request.target.as_str() {
            "/describeSignalingChannel" => format!(
                r#"{{"ChannelInfo":{{"ChannelARN":"{arn}","ChannelStatus":"ACTIVE","Version":"v"}}}}"#
            ),
            "/createSignalingChannel" => format!(r#"{{"ChannelARN":"{arn}"}}"#),
            "/getSignalingChannelEndpoint" => format!(
                r#"{{"ResourceEndpointList":[{{"Protocol":"WSS","ResourceEndpoint":"wss://{wss}"}},
                {{"Protocol":"HTTPS","ResourceEndpoint":"https://{https}"}}{}]}}"#,
                if request.body.contains("WEBRTC") {
                    r#",{"Protocol":"WEBRTC","ResourceEndpoint":"https://w-1.example"}"#
                } else {
                    ""
                }
            ),
            "/describeMediaStorageConfiguration" => format!(
                r#"{{"MediaStorageConfiguration":{{"Status":"{}"}}}}"#,
                if self.stores { "ENABLED" } else { "DISABLED" }
            ),
            "/v1/get-ice-server-config" => format!(
                r#"{{"IceServerList":[{{"Uris":["turn:t.example:443?transport=udp"],
                "Username":"u","Password":"p{}","Ttl":{}}}]}}"#,
                self.requests_to("ice-server").len(),
                self.ice_ttl_s
            ),
            path if path.starts_with("/role-aliases/") => {
                let expires_ms = self.clock_ms + now_ms + self.credentials_s * 1_000;
                format!(
                    r#"{{"credentials":{{"accessKeyId":"ASIA{}","secretAccessKey":"s",
                    "sessionToken":"t\/t","expiration":"{}"}}}}"#,
                    self.requests_to("/role-aliases/").len(),
                    date::iso8601(expires_ms)
                )
            }
            path if path.starts_with("/joinStorageSession") => String::new(),
            _ => "{}".into(),
        }
    }

    fn upgrade(&mut self, link: Link, request: &Request, now_ms: u64) {
        let key = request.header("Sec-WebSocket-Key").expect("a key");
        let accept = Sha1::digest(format!("{key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11"));
        let accept = BASE64_STANDARD.encode(accept);
        let date = date::imf(self.clock_ms + now_ms);
        let response = format!(
            "HTTP/1.1 101 Switching Protocols\r\nDate: {date}\r\nUpgrade: websocket\r\n\
             Connection: Upgrade\r\nSec-WebSocket-Accept: {accept}\r\n\r\n"
        );
        self.connections.get_mut(&link.0).expect("open").upgraded = true;
        let mut bytes = response.into_bytes();
        bytes.append(&mut self.behind_upgrade);
        self.raw(link, bytes);
    }

    fn read_frames(&mut self, link: Link, now_ms: u64) {
        let Some(connection) = self.connections.get_mut(&link.0) else { return };
        let frames = take_frames(&mut connection.received);
        connection.frames.extend(frames.clone());
        for frame in frames {
            match frame.opcode {
                1 => {
                    let text = String::from_utf8(frame.payload).expect("text is UTF-8");
                    self.messages.push(Message { link, at_ms: now_ms, text });
                }
                8 if self.closes => {
                    self.frame(link, 8, &frame.payload);
                    self.outbox.push_back((link, None));
                }
                9 if self.pongs => self.frame(link, 10, &frame.payload),
                8..=10 => {}
                other => panic!("opcode {other} is not the client's to send"),
            }
        }
    }
}
