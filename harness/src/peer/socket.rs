//! A peer's WebSocket: upgrade, frames out, frames in.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use futures_util::{SinkExt as _, StreamExt as _};
use serde_json::{Value, json};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::protocol::{CloseFrame, WebSocketConfig};
use tokio_tungstenite::tungstenite::{Error, Message as Frame};

use super::sign::Presign;
use super::{Outgoing, Role, Setup, Stream, sha};

/// Dial, TLS and upgrade together.
const OPEN_LIMIT: Duration = Duration::from_secs(15);
/// A closing handshake that the service does not finish.
const CLOSE_LIMIT: Duration = Duration::from_secs(2);
/// tungstenite's default of 128 KiB a socket is for servers of big messages.
const BUFFER: usize = 4 * 1024;

/// What became of an attempt to connect.
pub enum Upgrade {
    /// Messages flow.
    Open(Box<Socket>),
    /// Refused, by the service (status) or on the way (0).
    Refused {
        /// HTTP status; 0 without a response.
        status: u16,
        /// AWS error type, or what the network said.
        error: String,
    },
}

/// An open WebSocket.
pub struct Socket(WebSocketStream<Box<dyn Stream>>);

/// Connects as the setup says, with a signature made now.
pub async fn open(setup: &Setup) -> Upgrade {
    match tokio::time::timeout(OPEN_LIMIT, upgrade(setup)).await {
        Ok(upgrade) => upgrade,
        Err(_) => Upgrade::Refused { status: 0, error: "timeout".into() },
    }
}

async fn upgrade(setup: &Setup) -> Upgrade {
    let refused =
        |error: &dyn std::fmt::Display| Upgrade::Refused { status: 0, error: error.to_string() };
    let authority = setup.dial.authority(&setup.region);
    let stream = match setup.dial.connect().await {
        Ok(stream) => stream,
        Err(error) => return refused(&error),
    };
    let uri = Presign {
        authority: &authority,
        region: &setup.region,
        channel_arn: &setup.channel_arn,
        client_id: (setup.role == Role::Viewer).then_some(setup.client_id.as_str()),
        access_key_id: &setup.keys.access_key_id,
        secret_key: &setup.keys.secret_key,
        session_token: &setup.keys.session_token,
        at_unix_ms: setup.mock.wall_ms(),
    }
    .uri();
    let uri = match uri {
        Ok(uri) => uri,
        Err(error) => return refused(&error),
    };
    let config = WebSocketConfig::default().read_buffer_size(BUFFER).write_buffer_size(BUFFER);
    match tokio_tungstenite::client_async_with_config(uri, stream, Some(config)).await {
        Ok((socket, _)) => Upgrade::Open(Box::new(Socket(socket))),
        Err(Error::Http(response)) => Upgrade::Refused {
            status: response.status().as_u16(),
            error: error_type(response.headers()),
        },
        Err(error) => refused(&error),
    }
}

fn error_type(headers: &http::HeaderMap) -> String {
    let value = headers.get("x-amzn-errortype").and_then(|value| value.to_str().ok());
    let name = value.unwrap_or("none");
    name.split(':').next().unwrap_or(name).to_owned()
}

/// The next frame of an open socket; pending for ever without one.
pub async fn next(socket: &mut Option<Box<Socket>>) -> Result<Frame, String> {
    match socket {
        None => std::future::pending().await,
        Some(socket) => match socket.0.next().await {
            Some(Ok(frame)) => Ok(frame),
            Some(Err(error)) => Err(word(&error)),
            None => Err("fin".into()),
        },
    }
}

impl Socket {
    /// Sends one text frame.
    pub async fn send(&mut self, text: String) -> Result<(), String> {
        self.0.send(Frame::text(text)).await.map_err(|error| word(&error))
    }

    /// Says goodbye and waits a little for the answer.
    pub async fn close(mut self, code: u16) {
        let close = CloseFrame { code: code.into(), reason: "".into() };
        let goodbye = async {
            if self.0.close(Some(close)).await.is_ok() {
                while let Some(Ok(_)) = self.0.next().await {}
            }
        };
        // Whether the service answered changes nothing for a peer that leaves.
        let _ = tokio::time::timeout(CLOSE_LIMIT, goodbye).await;
    }
}

/// One word that does not depend on the board, for histories that are compared.
#[allow(clippy::wildcard_enum_match_arm)] // the standard library's and tungstenite's enums, not ours
fn word(error: &Error) -> String {
    use std::io::ErrorKind;
    match error {
        Error::ConnectionClosed | Error::AlreadyClosed => "fin".into(),
        Error::Io(io) => match io.kind() {
            ErrorKind::ConnectionReset | ErrorKind::ConnectionAborted => "reset".into(),
            ErrorKind::UnexpectedEof | ErrorKind::BrokenPipe => "fin".into(),
            kind => kind.to_string(),
        },
        Error::Protocol(
            tokio_tungstenite::tungstenite::error::ProtocolError::ResetWithoutClosingHandshake,
        ) => "fin".into(),
        other => other.to_string(),
    }
}

/// The client → service frame, keys as the JavaScript SDK writes them.
pub fn frame(message: &Outgoing, payload: &[u8]) -> String {
    let mut frame = json!({
        "action": message.kind,
        "messagePayload": STANDARD.encode(payload),
    });
    if let Some(to) = &message.to {
        frame["recipientClientId"] = json!(to);
    }
    if let Some(corr) = &message.corr {
        frame["correlationId"] = json!(corr);
    }
    frame.to_string()
}

/// The record fields of a service → client frame.
pub fn read(text: &str) -> Vec<(&'static str, Value)> {
    let Ok(frame) = serde_json::from_str::<Value>(text) else {
        return vec![("type", json!("MALFORMED")), ("size", json!(text.len()))];
    };
    let word = |key: &str| frame.get(key).and_then(Value::as_str).unwrap_or_default();
    let mut fields =
        vec![("type", json!(word("messageType"))), ("from", json!(word("senderClientId")))];
    let payload = STANDARD.decode(word("messagePayload")).unwrap_or_default();
    if !payload.is_empty() {
        fields.push(("size", json!(payload.len())));
        fields.push(("sha", json!(sha(&payload))));
    }
    if let Some(status) = frame.get("statusResponse") {
        for (from, to) in
            [("correlationId", "corr"), ("errorType", "error"), ("statusCode", "status")]
        {
            if let Some(value) = status.get(from) {
                fields.push((to, value.clone()));
            }
        }
    }
    fields
}

/// The viewer whose offer these fields show.
pub fn offered_by(fields: &[(&'static str, Value)]) -> Option<String> {
    let field = |name| {
        let value = fields.iter().find(|(key, _)| *key == name);
        value.and_then(|(_, value)| value.as_str())
    };
    (field("type") == Some("SDP_OFFER")).then(|| field("from").map(str::to_owned)).flatten()
}
