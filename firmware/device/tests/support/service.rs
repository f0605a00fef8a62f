//! Just enough of the service to get a master connected: canned answers and WebSocket frames.

use base64ct::{Base64, Encoding};
use serde_json::{Value, json};
use sha1::{Digest, Sha1};

use super::board::{Board, Wire};

/// The canned service.
#[derive(Default)]
pub struct Service {
    conversations: Vec<Conversation>,
    /// Text frames of the device, parsed, by the wire they came over.
    pub received: Vec<(usize, Value)>,
    /// HTTP requests as `METHOD path`, by wire.
    pub requests: Vec<(usize, String)>,
    /// Pings are left unanswered.
    pub mute: bool,
}

/// What was understood of one wire so far.
#[derive(Default)]
struct Conversation {
    read: usize,
    upgraded: bool,
}

impl Service {
    /// Answers whatever has arrived.
    pub fn turn(&mut self, board: &Board) {
        for (index, wire) in board.wires().iter().enumerate() {
            if self.conversations.len() <= index {
                self.conversations.push(Conversation::default());
            }
            while wire.is_live() && self.understand(index, wire) {}
        }
    }

    /// Whether that wire is a WebSocket by now.
    pub fn upgraded(&self, wire: usize) -> bool {
        self.conversations.get(wire).is_some_and(|conversation| conversation.upgraded)
    }

    /// A message for the device, as the service frames it.
    pub fn message(kind: &str, from: &str, payload: &[u8]) -> Vec<u8> {
        let text = json!({
            "messageType": kind,
            "senderClientId": from,
            "messagePayload": Base64::encode_string(payload),
        });
        frame(1, text.to_string().as_bytes())
    }

    /// The messages of `action` the device sent to `to`, decoded.
    pub fn messages(&self, action: &str, to: &str) -> Vec<Vec<u8>> {
        self.received
            .iter()
            .filter(|(_, text)| text["action"] == action && text["recipientClientId"] == to)
            .map(|(_, text)| {
                let payload = text["messagePayload"].as_str().expect("a payload");
                Base64::decode_vec(payload).expect("base64")
            })
            .collect()
    }

    fn understand(&mut self, index: usize, wire: &Wire) -> bool {
        let bytes = wire.outbox.borrow()[self.conversations[index].read..].to_vec();
        let taken = if self.conversations[index].upgraded {
            self.frame(index, wire, &bytes)
        } else {
            self.request(index, wire, &bytes)
        };
        self.conversations[index].read += taken.unwrap_or(0);
        taken.is_some()
    }

    fn request(&mut self, index: usize, wire: &Wire, bytes: &[u8]) -> Option<usize> {
        let end = bytes.windows(4).position(|window| window == b"\r\n\r\n")? + 4;
        let head = String::from_utf8(bytes[..end].to_vec()).expect("ASCII head");
        let length = header(&head, "content-length").map_or(0, |text| text.parse().expect("n"));
        bytes.get(end..end + length)?;
        let mut words = head.split(' ');
        let (method, path) = (words.next().expect("method"), words.next().expect("path"));
        let path = path.split('?').next().expect("path");
        self.requests.push((index, format!("{method} {path}")));
        match header(&head, "sec-websocket-key") {
            Some(key) => {
                self.conversations[index].upgraded = true;
                wire.give(upgrade(&key).as_bytes());
            }
            None => wire.give(canned(path).as_bytes()),
        }
        Some(end + length)
    }

    fn frame(&mut self, index: usize, wire: &Wire, bytes: &[u8]) -> Option<usize> {
        let opcode = bytes.first()? & 0x0f;
        let (length, head) = match bytes.get(1)? & 0x7f {
            126 => (usize::from(u16::from_be_bytes([*bytes.get(2)?, *bytes.get(3)?])), 4),
            127 => panic!("no message of a device is that long"),
            short => (usize::from(short), 2),
        };
        let mask = bytes.get(head..head + 4)?.to_vec();
        let end = head + 4 + length;
        let payload: Vec<u8> = bytes
            .get(head + 4..end)?
            .iter()
            .zip(mask.iter().cycle())
            .map(|(byte, mask)| byte ^ mask)
            .collect();
        match opcode {
            1 => {
                let text = serde_json::from_slice(&payload).expect("JSON from the device");
                self.received.push((index, text));
            }
            8 => wire.give(&frame(8, &payload)),
            9 if !self.mute => wire.give(&frame(10, &payload)),
            _ => {}
        }
        Some(end)
    }
}

fn header(head: &str, name: &str) -> Option<String> {
    head.lines().find_map(|line| {
        let (key, value) = line.split_once(':')?;
        key.eq_ignore_ascii_case(name).then(|| value.trim().to_owned())
    })
}

fn upgrade(key: &str) -> String {
    let accept = Sha1::new()
        .chain_update(key)
        .chain_update("258EAFA5-E914-47DA-95CA-C5AB0DC85B11")
        .finalize();
    format!(
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
         Sec-WebSocket-Accept: {}\r\n\r\n",
        Base64::encode_string(&accept),
    )
}

fn canned(path: &str) -> String {
    let body = match path {
        "/describeSignalingChannel" => json!({ "ChannelInfo": {
            "ChannelARN": "arn:aws:kinesisvideo:us-west-2:123456789012:channel/demo/1700000000000",
            "ChannelName": "demo",
            "ChannelStatus": "ACTIVE",
            "ChannelType": "SINGLE_MASTER",
            "SingleMasterConfiguration": { "MessageTtlSeconds": 60 },
            "CreationTime": 1_700_000_000.0,
            "Version": "abc",
        }}),
        "/getSignalingChannelEndpoint" => json!({ "ResourceEndpointList": [
            { "Protocol": "HTTPS", "ResourceEndpoint": "https://r-1.kinesisvideo.us-west-2.amazonaws.com" },
            { "Protocol": "WSS", "ResourceEndpoint": "wss://m-1.kinesisvideo.us-west-2.amazonaws.com" },
        ]}),
        "/v1/get-ice-server-config" => json!({ "IceServerList": [{
            "Uris": ["turns:1-2-3-4.t-1.kinesisvideo.us-west-2.amazonaws.com:443?transport=udp"],
            "Username": "user", "Password": "pass", "Ttl": 300,
        }]}),
        other => panic!("the device asked for {other}"),
    };
    let body = body.to_string();
    format!(
        "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
        body.len(),
    )
}

/// An unmasked frame, as servers send them.
pub fn frame(opcode: u8, payload: &[u8]) -> Vec<u8> {
    let mut bytes = vec![0x80 | opcode];
    match u8::try_from(payload.len()) {
        Ok(short) if short < 126 => bytes.push(short),
        Ok(_) | Err(_) => {
            bytes.push(126);
            bytes.extend(u16::try_from(payload.len()).expect("short enough").to_be_bytes());
        }
    }
    bytes.extend(payload);
    bytes
}
