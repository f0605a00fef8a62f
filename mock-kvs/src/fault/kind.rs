//! The faults there are, the layer each acts on, and the fields each takes.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::spec::{Field, Toward};
use Field::Toward as TowardField;
use Field::{
    After, At, Body, Bytes, Call, Code, Delay, Distribution, Error, Every, Jitter, Message, Nth,
    Offset, On, P, Rate, Reason, Status, Times,
};

/// Where a fault acts.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum Layer {
    /// On the bytes under TLS, of every connection of the actor.
    Link,
    /// On the answer to an HTTPS call or to the WebSocket upgrade.
    Http,
    /// On frames of the signaling WebSocket.
    Websocket,
    /// On the service's own clock.
    Clock,
}

/// The word that names a fault.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum FaultKind {
    /// Each byte arrives `delay` later (± `jitter`), in order. Bytes already under way keep their
    /// time.
    Latency,
    /// Latency that varies: `delay` is the centre (default 0s) and `jitter` the spread.
    Jitter,
    /// At most `rate` bytes per second pass, in small pieces; what does not fit backs up to the
    /// sender.
    Bandwidth,
    /// Bytes arrive in pieces of at most `bytes`, `delay` apart (default 0s).
    Slice,
    /// One bit of a byte is flipped with probability `p` per byte (default 0.001), at most `times`.
    Corrupt,
    /// Bytes are held, and none is lost: healing releases them. With `on`+`at` or `after`, from
    /// there on.
    Stall,
    /// Bytes are swallowed while the kernel still acknowledges them: the sender sees a healthy
    /// socket. Healing lets later bytes through; the swallowed ones stay lost.
    BlackHole,
    /// New connections are refused (ECONNREFUSED); live ones go on.
    Refuse,
    /// New connections are accepted and never answered, for all their life; live ones go on.
    AcceptSilence,
    /// FIN in order: the peer reads everything before it, then the end of the stream.
    Close,
    /// True TCP RST: what was let through is delivered first, then the peer reads ECONNRESET.
    Reset,
    /// A call is answered with `status` and the AWS error type `error`, as JSON.
    HttpError,
    /// The answer to a call comes `delay` later.
    HttpDelay,
    /// A call is answered with an HTML error page of `status` (default 503), as proxies do.
    HtmlError,
    /// The answer's body comes in pieces of `bytes`, `delay` apart.
    SplitBody,
    /// The answer's body comes with chunked transfer coding instead of a Content-Length.
    Chunked,
    /// The WebSocket upgrade is refused with `status` and `error`.
    UpgradeError,
    /// The service says GO_AWAY over the socket: finish, fetch a new endpoint, reconnect.
    GoAway,
    /// The service says RECONNECT_ICE_SERVER over the socket.
    ReconnectIce,
    /// The service closes the WebSocket with `code` and `reason`.
    CloseCode,
    /// A message from the device is answered with STATUS_RESPONSE `status` and `error`.
    StatusResponse,
    /// A message is delivered twice.
    Duplicate,
    /// A message is lost inside the service.
    Drop,
    /// The service sends a message of a type no client knows (`message`, default `SOMETHING_NEW`).
    UnknownType,
    /// The service sends a message as a binary frame.
    Binary,
    /// The service sends a message in fragments of `bytes`.
    Fragmented,
    /// The service sends `times` pings, `delay` apart.
    PingFlood,
    /// The service does not answer pings.
    PongMute,
    /// The service's clock, and with it every `Date` and every signature check, is off by `offset`.
    DateSkew,
}

/// What a fault takes: fields that it needs, and fields that may be given.
#[derive(Debug, Clone, Copy)]
pub(super) struct Takes {
    pub needs: &'static [Field],
    pub may: &'static [Field],
}

impl FaultKind {
    /// Every fault, in the order of the reference.
    pub const ALL: [Self; 29] = [
        Self::Latency,
        Self::Jitter,
        Self::Bandwidth,
        Self::Slice,
        Self::Corrupt,
        Self::Stall,
        Self::BlackHole,
        Self::Refuse,
        Self::AcceptSilence,
        Self::Close,
        Self::Reset,
        Self::HttpError,
        Self::HttpDelay,
        Self::HtmlError,
        Self::SplitBody,
        Self::Chunked,
        Self::UpgradeError,
        Self::GoAway,
        Self::ReconnectIce,
        Self::CloseCode,
        Self::StatusResponse,
        Self::Duplicate,
        Self::Drop,
        Self::UnknownType,
        Self::Binary,
        Self::Fragmented,
        Self::PingFlood,
        Self::PongMute,
        Self::DateSkew,
    ];

    /// The fault's word in scenario files and in the admin API.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Latency => "latency",
            Self::Jitter => "jitter",
            Self::Bandwidth => "bandwidth",
            Self::Slice => "slice",
            Self::Corrupt => "corrupt",
            Self::Stall => "stall",
            Self::BlackHole => "black-hole",
            Self::Refuse => "refuse",
            Self::AcceptSilence => "accept-silence",
            Self::Close => "close",
            Self::Reset => "reset",
            Self::HttpError => "http-error",
            Self::HttpDelay => "http-delay",
            Self::HtmlError => "html-error",
            Self::SplitBody => "split-body",
            Self::Chunked => "chunked",
            Self::UpgradeError => "upgrade-error",
            Self::GoAway => "go-away",
            Self::ReconnectIce => "reconnect-ice",
            Self::CloseCode => "close-code",
            Self::StatusResponse => "status-response",
            Self::Duplicate => "duplicate",
            Self::Drop => "drop",
            Self::UnknownType => "unknown-type",
            Self::Binary => "binary",
            Self::Fragmented => "fragmented",
            Self::PingFlood => "ping-flood",
            Self::PongMute => "pong-mute",
            Self::DateSkew => "date-skew",
        }
    }

    /// The layer the fault acts on.
    #[must_use]
    pub const fn layer(self) -> Layer {
        match self {
            Self::Latency
            | Self::Jitter
            | Self::Bandwidth
            | Self::Slice
            | Self::Corrupt
            | Self::Stall
            | Self::BlackHole
            | Self::Refuse
            | Self::AcceptSilence
            | Self::Close
            | Self::Reset => Layer::Link,
            Self::HttpError
            | Self::HttpDelay
            | Self::HtmlError
            | Self::SplitBody
            | Self::Chunked
            | Self::UpgradeError => Layer::Http,
            Self::GoAway
            | Self::ReconnectIce
            | Self::CloseCode
            | Self::StatusResponse
            | Self::Duplicate
            | Self::Drop
            | Self::UnknownType
            | Self::Binary
            | Self::Fragmented
            | Self::PingFlood
            | Self::PongMute => Layer::Websocket,
            Self::DateSkew => Layer::Clock,
        }
    }

    /// The fields this fault takes besides `fault`, `as` and `actor`, the needed ones first.
    #[must_use]
    pub fn allowed_fields(self) -> Vec<Field> {
        let takes = self.takes();
        takes.needs.iter().chain(takes.may).copied().collect()
    }

    /// The direction meant when `toward` is not given.
    #[must_use]
    pub const fn default_toward(self) -> Toward {
        match self {
            Self::Latency
            | Self::Jitter
            | Self::Bandwidth
            | Self::Slice
            | Self::Corrupt
            | Self::Stall
            | Self::BlackHole => Toward::Both,
            Self::Refuse
            | Self::AcceptSilence
            | Self::Close
            | Self::Reset
            | Self::HttpError
            | Self::HttpDelay
            | Self::HtmlError
            | Self::SplitBody
            | Self::Chunked
            | Self::UpgradeError
            | Self::GoAway
            | Self::ReconnectIce
            | Self::CloseCode
            | Self::StatusResponse
            | Self::Duplicate
            | Self::Drop
            | Self::UnknownType
            | Self::Binary
            | Self::Fragmented
            | Self::PingFlood
            | Self::PongMute
            | Self::DateSkew => Toward::Device,
        }
    }

    pub(super) const fn takes(self) -> Takes {
        const CUT: &[Field] = &[TowardField, On, Call, At, After, Nth, Every, Times, P];
        const fn takes(needs: &'static [Field], may: &'static [Field]) -> Takes {
            Takes { needs, may }
        }
        match self {
            Self::Latency => takes(&[Delay], &[TowardField, Jitter, Distribution]),
            Self::Jitter => takes(&[Jitter], &[TowardField, Delay, Distribution]),
            Self::Bandwidth => takes(&[Rate], &[TowardField]),
            Self::Slice => takes(&[Bytes], &[TowardField, Delay]),
            Self::Corrupt => takes(&[], &[TowardField, P, Times]),
            Self::Stall | Self::BlackHole | Self::Close | Self::Reset => takes(&[], CUT),
            Self::Refuse => takes(&[], &[]),
            Self::AcceptSilence => takes(&[], &[Nth, Every, Times, P]),
            Self::HttpError => takes(&[Status], &[Error, Message, Call, Nth, Every, Times, P]),
            Self::HttpDelay => takes(&[Delay], &[Call, Nth, Every, Times, P]),
            Self::HtmlError => takes(&[], &[Status, Body, Call, Nth, Every, Times, P]),
            Self::SplitBody => takes(&[Bytes], &[Delay, Call, Nth, Every, Times, P]),
            Self::Chunked => takes(&[], &[Bytes, Call, Nth, Every, Times, P]),
            Self::UpgradeError => takes(&[Status], &[Error, Message, Nth, Every, Times, P]),
            Self::GoAway | Self::ReconnectIce => takes(&[], &[On, Nth, Every, Times, P]),
            Self::CloseCode => takes(&[Code], &[Reason, On, Nth, Every, Times, P]),
            Self::StatusResponse => takes(&[Status], &[Error, Message, On, Nth, Every, Times, P]),
            Self::Duplicate | Self::Drop => takes(&[], &[TowardField, On, Nth, Every, Times, P]),
            Self::UnknownType => takes(&[], &[Message, Body, On, Nth, Every, Times, P]),
            Self::Binary => takes(&[], &[On, Nth, Every, Times, P]),
            Self::Fragmented => takes(&[Bytes], &[On, Nth, Every, Times, P]),
            Self::PingFlood => takes(&[], &[Times, Delay]),
            Self::PongMute => takes(&[], &[]),
            Self::DateSkew => takes(&[Offset], &[]),
        }
    }
}

impl std::fmt::Display for FaultKind {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.word())
    }
}
