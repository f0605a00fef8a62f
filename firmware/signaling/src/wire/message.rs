//! Signaling messages: the JSON in a text frame (spec §3.2, §3.3).

use super::arn::is_channel_name;
use super::base64;
use super::json::{self, Text, Value, Writer};
use super::span::Span;
use crate::error::PeerError;

/// Longest sender and correlation id (service model).
const ID_MAX: usize = 256;

/// What the service sends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// `SDP_OFFER`
    SdpOffer,
    /// `SDP_ANSWER`
    SdpAnswer,
    /// `ICE_CANDIDATE`
    IceCandidate,
    /// `GO_AWAY`
    GoAway,
    /// `RECONNECT_ICE_SERVER`
    ReconnectIceServer,
    /// `STATUS_RESPONSE`
    StatusResponse,
    /// Any other word.
    Unknown,
}

/// A received message, by its places in the buffer it was parsed in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Envelope {
    /// What it is.
    pub kind: Kind,
    /// `messageType` as it came.
    pub type_name: Span,
    /// The viewer's client id; empty when the master or the service sent it.
    pub sender: Span,
    /// The payload, decoded. Not empty for an offer, an answer or a candidate; may be for an unknown
    /// type; always for the service's own types, whose payload says nothing.
    pub payload: Span,
    /// What STATUS_RESPONSE says; all empty on other messages.
    pub status: Status,
}

/// The service's answer to a message that had a correlation id and could not be taken.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Status {
    /// The message's.
    pub correlation_id: Span,
    /// Such as `InvalidArgumentException`.
    pub error_type: Span,
    /// Such as 400; 0 when not given.
    pub code: u16,
    /// For people.
    pub description: Span,
}

/// Parses a text message and decodes its parts where they lie. The caller ignores empty text messages,
/// as the C SDK does, before it comes here.
///
/// Keys begin with either case (both are in use, spec §3.2), and count in the object they belong to
/// only; others are ignored at any size, among them the `IceServerList` that C SDK peers append. `null`
/// is absent. `statusCode` is a number or a string of digits.
///
/// [`PeerError::Json`]: not JSON. [`PeerError::Message`]: no type, a part of the wrong kind, an id
/// above 256 bytes, broken base64, no payload where there must be one.
pub fn parse(buf: &mut [u8]) -> Result<Envelope, PeerError> {
    let fields = Fields::find(json::parse(buf).map_err(|_| PeerError::Json)?)?;
    let type_name = take(buf, fields.type_name)?;
    if type_name.is_empty() {
        return Err(PeerError::Message);
    }
    let kind = kind_of(type_name.text(buf));
    let sender = id(buf, fields.sender)?;
    let payload = match kind {
        Kind::SdpOffer | Kind::SdpAnswer | Kind::IceCandidate => {
            Some(payload(buf, fields.payload)?).filter(|payload| !payload.is_empty())
        }
        Kind::Unknown => Some(payload(buf, fields.payload)?),
        Kind::GoAway | Kind::ReconnectIceServer | Kind::StatusResponse => Some(Span::EMPTY),
    };
    let status = match kind {
        Kind::StatusResponse => status(buf, &fields)?,
        Kind::SdpOffer
        | Kind::SdpAnswer
        | Kind::IceCandidate
        | Kind::GoAway
        | Kind::ReconnectIceServer
        | Kind::Unknown => Status::default(),
    };
    let payload = payload.ok_or(PeerError::Message)?;
    Ok(Envelope { kind, type_name, sender, payload, status })
}

/// A message to send.
#[derive(Clone, Copy, Debug)]
pub struct Outgoing<'a> {
    /// `SDP_OFFER`, `SDP_ANSWER` or `ICE_CANDIDATE`.
    pub action: &'a str,
    /// The viewer's client id; empty from a viewer, whose messages all go to the master.
    pub recipient: &'a str,
    /// Before base64.
    pub payload: &'a [u8],
    /// 1–256 of `[a-zA-Z0-9_.-]`, or empty for none.
    pub correlation_id: &'a str,
}

/// Writes a message with the documented keys, in camelCase; empty ids are left out. `more` adds members
/// behind them. The whole length; `None` when it does not fit.
pub fn write(
    buf: &mut [u8],
    message: &Outgoing<'_>,
    more: impl FnOnce(&mut Writer<'_>),
) -> Option<usize> {
    let mut json = Writer::new(buf);
    json.begin_object();
    json.key("action");
    json.string(message.action);
    if !message.recipient.is_empty() {
        json.key("recipientClientId");
        json.string(message.recipient);
    }
    json.key("messagePayload");
    json.base64(message.payload);
    if !message.correlation_id.is_empty() {
        json.key("correlationId");
        json.string(message.correlation_id);
    }
    more(&mut json);
    json.end_object();
    json.finish()
}

/// 1–256 of `[a-zA-Z0-9_.-]`: a legal correlation id or client id.
pub fn is_id(id: &str) -> bool {
    // The model gives all three names one alphabet and one length.
    is_channel_name(id)
}

/// A part of the message, before its escapes are taken out: places only, because the document is
/// about to be changed.
#[derive(Clone, Copy, Default)]
struct Fields {
    type_name: Option<Part>,
    sender: Option<Part>,
    payload: Option<Part>,
    correlation_id: Option<Part>,
    error_type: Option<Part>,
    code: Option<Part>,
    description: Option<Part>,
}

#[derive(Clone, Copy)]
enum Part {
    Text(Span),
    Number(u64),
    Other,
}

impl Fields {
    fn find(message: Value<'_>) -> Result<Self, PeerError> {
        (message.kind() == json::Kind::Object).then_some(()).ok_or(PeerError::Message)?;
        let mut fields = Self::default();
        let mut response = None;
        for (key, value) in message.members() {
            if key.is_either_case("messageType") {
                fields.type_name = part(value);
            } else if key.is_either_case("senderClientId") {
                fields.sender = part(value);
            } else if key.is_either_case("messagePayload") {
                fields.payload = part(value);
            } else if key.is_either_case("statusResponse") {
                response = Some(value);
            }
        }
        for (key, value) in response.into_iter().flat_map(Value::members) {
            if key.is_either_case("correlationId") {
                fields.correlation_id = part(value);
            } else if key.is_either_case("errorType") {
                fields.error_type = part(value);
            } else if key.is_either_case("statusCode") {
                fields.code = part(value);
            } else if key.is_either_case("description") {
                fields.description = part(value);
            }
        }
        Ok(fields)
    }
}

/// `None` for `null`.
fn part(value: Value<'_>) -> Option<Part> {
    (!value.is_null()).then(|| match (value.text().map(Text::span), value.unsigned()) {
        (Some(span), _) => Part::Text(span),
        (None, Some(number)) => Part::Number(number),
        (None, None) => Part::Other,
    })
}

/// The text of a part that must be a string; empty when absent.
fn take(buf: &mut [u8], part: Option<Part>) -> Result<Span, PeerError> {
    match part {
        None => Ok(Span::EMPTY),
        Some(Part::Text(span)) => {
            json::unescape_in_place(buf, span).map_err(|_| PeerError::Message)
        }
        Some(Part::Number(_) | Part::Other) => Err(PeerError::Message),
    }
}

fn id(buf: &mut [u8], part: Option<Part>) -> Result<Span, PeerError> {
    let span = take(buf, part)?;
    if span.len() <= ID_MAX { Ok(span) } else { Err(PeerError::Message) }
}

fn payload(buf: &mut [u8], part: Option<Part>) -> Result<Span, PeerError> {
    // Escapes come first: some writers put `\/` for the `/` of base64.
    let text = take(buf, part)?;
    let len = base64::decode_in_place(text.bytes_mut(buf)).map_err(|_| PeerError::Message)?;
    Ok(text.shortened(len))
}

fn status(buf: &mut [u8], fields: &Fields) -> Result<Status, PeerError> {
    let code = match fields.code {
        None => Some(0),
        Some(Part::Number(number)) => u16::try_from(number).ok(),
        Some(Part::Text(_)) => digits(take(buf, fields.code)?.text(buf)),
        Some(Part::Other) => None,
    };
    Ok(Status {
        correlation_id: id(buf, fields.correlation_id)?,
        error_type: take(buf, fields.error_type)?,
        code: code.ok_or(PeerError::Message)?,
        description: take(buf, fields.description)?,
    })
}

fn digits(text: &str) -> Option<u16> {
    // `parse` alone would take a leading `+`.
    text.bytes().all(|byte| byte.is_ascii_digit()).then_some(())?;
    if text.is_empty() { Some(0) } else { text.parse().ok() }
}

/// Exact names: the C SDK compares as far as the received text goes, so that `S` is an offer (spec
/// §3.3).
fn kind_of(name: &str) -> Kind {
    match name {
        "SDP_OFFER" => Kind::SdpOffer,
        "SDP_ANSWER" => Kind::SdpAnswer,
        "ICE_CANDIDATE" => Kind::IceCandidate,
        "GO_AWAY" => Kind::GoAway,
        "RECONNECT_ICE_SERVER" => Kind::ReconnectIceServer,
        "STATUS_RESPONSE" => Kind::StatusResponse,
        _ => Kind::Unknown,
    }
}
