//! The JSON of the signaling WebSocket (spec §3.2, §3.3): frames in, frames out.

use std::borrow::Cow;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;

use crate::digest::Sha;
use crate::fault::Payload;
use crate::journal::Text;

/// The types of messages the service handles.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum MessageType {
    /// An SDP offer.
    SdpOffer,
    /// An SDP answer.
    SdpAnswer,
    /// An ICE candidate.
    IceCandidate,
    /// Reconnect soon.
    GoAway,
    /// Fetch ICE servers again.
    ReconnectIceServer,
    /// A send went wrong.
    StatusResponse,
}

impl MessageType {
    /// The word on the wire.
    pub const fn name(self) -> &'static str {
        match self {
            Self::SdpOffer => "SDP_OFFER",
            Self::SdpAnswer => "SDP_ANSWER",
            Self::IceCandidate => "ICE_CANDIDATE",
            Self::GoAway => "GO_AWAY",
            Self::ReconnectIceServer => "RECONNECT_ICE_SERVER",
            Self::StatusResponse => "STATUS_RESPONSE",
        }
    }

    /// The type of a client's `action`: only these three may be sent.
    fn of_action(action: &str) -> Option<Self> {
        [Self::SdpOffer, Self::SdpAnswer, Self::IceCandidate]
            .into_iter()
            .find(|kind| kind.name() == action)
    }
}

/// A client's frame, parsed but not yet judged.
#[derive(Clone, Debug, PartialEq)]
pub struct Inbound<'a> {
    /// The action; none when it is unknown.
    pub kind: Option<MessageType>,
    /// `recipientClientId`; empty counts as absent.
    pub recipient: Option<Cow<'a, str>>,
    /// `messagePayload`, base64.
    pub payload: Cow<'a, str>,
    /// `correlationId`; empty counts as absent.
    pub correlation_id: Option<Cow<'a, str>>,
    /// `IceServerList`, relayed as it is.
    pub ice_servers: Option<serde_json::Value>,
}

/// Both casings are in production: camelCase in AWS's documentation and JavaScript SDK, PascalCase
/// in its C SDKs. A key given in both is malformed.
#[derive(Deserialize)]
struct Envelope<'a> {
    #[serde(borrow, alias = "Action")]
    action: Cow<'a, str>,
    #[serde(borrow, default, rename = "recipientClientId", alias = "RecipientClientId")]
    recipient: Option<Cow<'a, str>>,
    #[serde(borrow, default, rename = "messagePayload", alias = "MessagePayload")]
    payload: Option<Cow<'a, str>>,
    #[serde(borrow, default, rename = "correlationId", alias = "CorrelationId")]
    correlation_id: Option<Cow<'a, str>>,
    #[serde(default, rename = "IceServerList", alias = "iceServerList")]
    ice_servers: Option<serde_json::Value>,
}

impl<'a> Inbound<'a> {
    /// Parses a client's text frame.
    ///
    /// # Errors
    /// What is wrong with it: no JSON object, a missing `action`, a member of a wrong type.
    pub fn parse(text: &'a str) -> Result<Self, String> {
        let envelope: Envelope<'a> =
            serde_json::from_str(text).map_err(|error| error.to_string())?;
        Ok(Self {
            kind: MessageType::of_action(&envelope.action),
            recipient: envelope.recipient.filter(|id| !id.is_empty()),
            payload: envelope.payload.unwrap_or_default(),
            correlation_id: envelope.correlation_id.filter(|id| !id.is_empty()),
            ice_servers: envelope.ice_servers,
        })
    }

    /// Size and digest of the decoded payload; `None` when it is not base64.
    pub fn measure(&self) -> Option<(u64, Sha)> {
        let decoded = STANDARD.decode(self.payload.as_bytes()).ok()?;
        Some((decoded.len() as u64, Sha::of(&decoded)))
    }
}

/// What `bad-base64` puts in a payload's place.
const NO_BASE64: &str = "this is %no base64%";

/// A frame for a client, and what the journal says about it.
#[derive(Clone, Debug, PartialEq)]
pub struct Message {
    /// Its type.
    pub kind: MessageType,
    /// The sending viewer's id or `master`; none for the service's own messages.
    pub from: Option<Text>,
    /// The JSON.
    pub text: String,
    /// Decoded payload bytes.
    pub size: u64,
    /// Digest of the decoded payload.
    pub sha: Sha,
}

impl Message {
    /// What a client sent, as its recipient gets it. Only messages from a viewer name their sender
    /// (spec §3.3).
    pub fn relayed(
        kind: MessageType,
        sender: Option<&Text>,
        inbound: &Inbound<'_>,
        (size, sha): (u64, Sha),
    ) -> Self {
        // Ids are `[a-zA-Z0-9_.-]` and the payload decoded as base64: nothing needs escaping.
        let mut text = String::with_capacity(inbound.payload.len() + 128);
        text.push_str("{\"messageType\":\"");
        text.push_str(kind.name());
        if let Some(sender) = sender {
            text.push_str("\",\"senderClientId\":\"");
            text.push_str(sender);
        }
        text.push_str("\",\"messagePayload\":\"");
        text.push_str(&inbound.payload);
        text.push('"');
        if let Some(ice_servers) = &inbound.ice_servers {
            text.push_str(",\"IceServerList\":");
            text.push_str(&ice_servers.to_string());
        }
        text.push('}');
        let from = sender.cloned().unwrap_or_else(|| Text::from("master"));
        Self { kind, from: Some(from), text, size, sha }
    }

    /// The same with what a fault puts in place of the payload.
    pub(crate) fn with_payload(self, payload: Payload) -> Self {
        let Ok(mut frame) = serde_json::from_str::<serde_json::Value>(&self.text) else {
            return self;
        };
        let own = frame["messagePayload"].as_str().unwrap_or_default();
        let (member, bytes) = match payload {
            Payload::Null => (serde_json::Value::Null, Vec::new()),
            Payload::NoBase64 => (NO_BASE64.into(), NO_BASE64.into()),
            Payload::Oversize { chars } => {
                let mut bytes = STANDARD.decode(own).unwrap_or_default();
                bytes.resize(bytes.len().max(chars / 4 * 3), b' ');
                (STANDARD.encode(&bytes).into(), bytes)
            }
        };
        frame["messagePayload"] = member;
        let (size, sha) = (bytes.len() as u64, Sha::of(&bytes));
        Self { text: frame.to_string(), size, sha, ..self }
    }

    /// GO_AWAY or RECONNECT_ICE_SERVER: no payload.
    pub fn notice(kind: MessageType) -> Self {
        let text = format!("{{\"messageType\":\"{}\",\"messagePayload\":\"\"}}", kind.name());
        Self { kind, from: None, text, size: 0, sha: Sha::of(b"") }
    }

    /// STATUS_RESPONSE; the status code is a string of digits (spec §3.3).
    pub fn status_response(correlation_id: &str, error: &str, status: u16, why: &str) -> Self {
        let text = serde_json::json!({
            "messageType": MessageType::StatusResponse.name(),
            "messagePayload": "",
            "statusResponse": {
                "correlationId": correlation_id,
                "errorType": error,
                "statusCode": status.to_string(),
                "description": why,
            },
        })
        .to_string();
        let kind = MessageType::StatusResponse;
        Self { kind, from: None, text, size: 0, sha: Sha::of(b"") }
    }
}
