//! The faults there are. What each takes is in `facts`.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::spec::{Field, Toward};

/// Where a fault acts.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum Layer {
    /// On the bytes under TLS, of every connection of the actor.
    Link,
    /// On the TLS handshake of a new connection; connections in memory have none.
    Tls,
    /// On the answer to an HTTPS call or to the WebSocket upgrade.
    Http,
    /// On frames of the signaling WebSocket.
    Websocket,
    /// On the service's own clock.
    Clock,
    /// On the answers of the name service, where it is ours ([`crate::names`]).
    Dns,
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
    /// The certificate ended a day ago, by the service's clock.
    TlsExpired,
    /// The certificate begins in a day, by the service's clock.
    TlsNotYetValid,
    /// The certificate names another host.
    TlsWrongName,
    /// The certificate comes from an authority nobody knows.
    TlsUnknownCa,
    /// The chain has `bytes` (default 16KiB) of certificates beside those it needs.
    TlsLargeChain,
    /// Whatever version the client offers is refused, with the alert `protocol_version`.
    TlsVersion,
    /// h2 is offered in ALPN, and preferred. A client that takes it and then speaks HTTP/1.1 gets an
    /// HTML 400, as from AWS's own endpoints.
    TlsH2,
    /// The handshake stops after the client's hello: nothing more comes.
    TlsStall,
    /// The handshake is answered `delay` later.
    TlsSlow,
    /// A call is answered with `status` and the AWS error type `error`, as JSON. One of the two is
    /// enough: the other is what the models have.
    HttpError,
    /// The answer to a call comes `delay` later.
    HttpDelay,
    /// A call is answered with an HTML error page of `status` (default 503), as proxies do.
    HtmlError,
    /// The answer's body comes in pieces of `bytes`, `delay` apart.
    SplitBody,
    /// The answer's body comes with chunked transfer coding instead of a Content-Length.
    Chunked,
    /// The answer has neither Content-Length nor chunks: its body ends with the connection.
    NoLength,
    /// A call is answered with `status` (default 302) to another place (`message`), as a captive
    /// portal does.
    Redirect,
    /// The answer is `bytes` long (default 64KiB), and still right.
    Oversize,
    /// The answer's JSON breaks off in the middle, or is `body`.
    BadJson,
    /// Every object of the answer has members that no model knows.
    ExtraFields,
    /// The answer lacks the member `message`, at any depth; without it, all of them.
    MissingFields,
    /// `Date` is off by `offset`, and nothing else is.
    WrongDate,
    /// The WebSocket upgrade is refused with `status` and `error`.
    UpgradeError,
    /// The service says GO_AWAY over the socket: finish, fetch a new endpoint, reconnect.
    GoAway,
    /// The service says RECONNECT_ICE_SERVER over the socket.
    ReconnectIce,
    /// The service closes the WebSocket with `code` and `reason`.
    CloseCode,
    /// The WebSocket ends without a close frame.
    AbruptEnd,
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
    /// A message's payload is null.
    NullPayload,
    /// A message's payload is not base64.
    BadBase64,
    /// A message's payload has `bytes` characters (default 19000B): more than AWS's C SDK can hold.
    OversizeMessage,
    /// A message leaves behind the next one; without a next, after a second.
    Reorder,
    /// A message leaves `delay` later, and others overtake it.
    MessageDelay,
    /// The service sends `times` pings, `delay` apart.
    PingFlood,
    /// The service does not answer pings.
    PongMute,
    /// The service's clock, and with it every `Date` and every signature check, is off by `offset`.
    DateSkew,
    /// The service's names do not exist, says the name service.
    DnsNxdomain,
    /// The name service has failed, it says.
    DnsServfail,
    /// The name service does not answer.
    DnsTimeout,
    /// The service's names have another address: `message` (default 192.0.2.1, where nobody is).
    DnsAddress,
}

/// What a fault takes: fields that it needs, and fields that may be given.
#[derive(Debug, Clone, Copy)]
pub(super) struct Takes {
    pub needs: &'static [Field],
    pub may: &'static [Field],
}

impl FaultKind {
    /// Every fault, in the order of the reference.
    pub const ALL: [Self; 55] = [
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
        Self::TlsExpired,
        Self::TlsNotYetValid,
        Self::TlsWrongName,
        Self::TlsUnknownCa,
        Self::TlsLargeChain,
        Self::TlsVersion,
        Self::TlsH2,
        Self::TlsStall,
        Self::TlsSlow,
        Self::HttpError,
        Self::HttpDelay,
        Self::HtmlError,
        Self::SplitBody,
        Self::Chunked,
        Self::NoLength,
        Self::Redirect,
        Self::Oversize,
        Self::BadJson,
        Self::ExtraFields,
        Self::MissingFields,
        Self::WrongDate,
        Self::UpgradeError,
        Self::GoAway,
        Self::ReconnectIce,
        Self::CloseCode,
        Self::AbruptEnd,
        Self::StatusResponse,
        Self::Duplicate,
        Self::Drop,
        Self::UnknownType,
        Self::Binary,
        Self::Fragmented,
        Self::NullPayload,
        Self::BadBase64,
        Self::OversizeMessage,
        Self::Reorder,
        Self::MessageDelay,
        Self::PingFlood,
        Self::PongMute,
        Self::DateSkew,
        Self::DnsNxdomain,
        Self::DnsServfail,
        Self::DnsTimeout,
        Self::DnsAddress,
    ];

    /// The fault's word in scenario files and in the admin API.
    #[must_use]
    pub const fn word(self) -> &'static str {
        self.facts().word
    }

    /// The layer the fault acts on.
    #[must_use]
    pub const fn layer(self) -> Layer {
        self.facts().layer
    }

    /// The fields this fault takes besides those every fault takes, the needed ones first.
    #[must_use]
    pub fn allowed_fields(self) -> Vec<Field> {
        let takes = self.takes();
        takes.needs.iter().chain(takes.may).copied().collect()
    }

    /// The fields without which it cannot be injected.
    #[must_use]
    pub const fn needed_fields(self) -> &'static [Field] {
        self.facts().takes.needs
    }

    /// The direction meant when `toward` is not given: both for conditions, else the device's.
    #[must_use]
    pub const fn default_toward(self) -> Toward {
        self.facts().toward
    }

    pub(super) const fn takes(self) -> Takes {
        self.facts().takes
    }
}

impl std::fmt::Display for FaultKind {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.word())
    }
}
