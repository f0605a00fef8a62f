//! What a fault does, in the terms of the layer it acts on.

use std::net::Ipv4Addr;
use std::time::Duration;

use super::spec::{FaultKind, FaultSpec};

/// What a rule does when it acts.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Plan {
    /// The fault's condition stands on every connection of the actor from arming to healing.
    Standing,
    /// It stands from arming to healing, or from a trigger on, on one connection.
    StandingOrCut,
    /// A connection ends, at once or at a trigger.
    Cut,
    /// New connections that match are never answered.
    Silence,
    /// Changes how a new connection shakes hands.
    Handshake(Handshake),
    /// Changes the answer to a call.
    Answer(Answer),
    /// The service says something over the socket of its own accord.
    Notice(Notice),
    /// Decides what becomes of a message.
    Fate(Fate),
    /// The service does not answer pings.
    PongMute,
    /// The service's clock is off, by milliseconds.
    Clock(i64),
    /// The name service answers this instead.
    Name(NameAnswer),
}

/// What the name service says of the service's names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NameAnswer {
    /// They do not exist.
    NoSuchName,
    /// It has failed.
    Failure,
    /// Nothing.
    Silence,
    /// This is their address.
    Address(Ipv4Addr),
}

/// What happens to the answer to a call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Answer {
    /// It comes later. Delays of several rules add up, and do not end the search for a match.
    Delay(Duration),
    /// It is this error instead.
    Error { status: u16, error: Option<String>, message: Option<String> },
    /// It is this page instead.
    Html { status: u16, body: Option<String> },
    /// It sends the client elsewhere.
    Redirect { status: u16, to: String },
    /// Its body comes in another form.
    Body(Body),
    /// Its body says something else.
    Edit(Edit),
    /// Its `Date` is off, by milliseconds.
    Date(i64),
}

/// What a body says in place of what is right.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Edit {
    /// The same, in this many bytes.
    Oversize { bytes: usize },
    /// Half of it, or this.
    Bad { body: Option<String> },
    /// More members.
    Extra,
    /// It lacks this member, or all.
    Missing { member: Option<String> },
}

/// What is wrong with a handshake.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Handshake {
    /// The certificate is.
    Certificate(Certificate),
    /// No version will do.
    Version,
    /// h2 is preferred.
    H2,
    /// It is never answered.
    Stall,
    /// It is answered this much later.
    Slow(Duration),
}

/// What is wrong with a certificate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Certificate {
    /// It is over.
    Expired,
    /// It has not begun.
    NotYetValid,
    /// It is somebody else's.
    WrongName,
    /// Nobody knows who signed it.
    UnknownCa,
    /// It comes with this many bytes of others.
    LargeChain { bytes: usize },
}

/// How a body is sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Body {
    /// In pieces with a Content-Length.
    Split { bytes: usize, apart: Duration },
    /// With chunked transfer coding.
    Chunked { bytes: Option<usize> },
    /// Until the connection ends.
    NoLength,
}

/// What the service says of its own accord.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Notice {
    /// GO_AWAY, and the cut after the grace.
    GoAway,
    /// RECONNECT_ICE_SERVER.
    ReconnectIce,
    /// A close frame.
    Close { code: u16, reason: String },
    /// The end, without a close frame.
    End,
    /// A message of this type.
    Unknown { kind: String, payload: String },
    /// Pings.
    Pings { count: u32, apart: Duration },
}

/// What becomes of a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Fate {
    /// It is lost.
    Drop,
    /// It is delivered twice.
    Duplicate,
    /// It is answered with STATUS_RESPONSE and goes no further.
    StatusResponse { status: u16, error: Option<String>, message: Option<String> },
    /// It leaves as a binary frame.
    Binary,
    /// It leaves in fragments.
    Fragmented { bytes: usize },
    /// It leaves with another payload.
    Payload(Payload),
    /// It leaves this much later, or behind the next message if that comes sooner.
    Late { by: Duration, behind_next: bool },
}

/// What stands in place of a message's payload.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Payload {
    /// `null`.
    Null,
    /// Text that is no base64.
    NoBase64,
    /// The same, and blanks up to this many base64 characters.
    Oversize { chars: usize },
}

impl Plan {
    /// The plan of a valid fault.
    pub(super) fn of(spec: &FaultSpec) -> Self {
        match spec.fault {
            FaultKind::Latency
            | FaultKind::Jitter
            | FaultKind::Bandwidth
            | FaultKind::Slice
            | FaultKind::Corrupt
            | FaultKind::Refuse => Self::Standing,
            FaultKind::Stall | FaultKind::BlackHole => Self::StandingOrCut,
            FaultKind::Close | FaultKind::Reset => Self::Cut,
            FaultKind::AcceptSilence => super::accept_silence::plan(spec),
            FaultKind::TlsExpired => super::certificate::plan(Certificate::Expired),
            FaultKind::TlsNotYetValid => super::certificate::plan(Certificate::NotYetValid),
            FaultKind::TlsWrongName => super::certificate::plan(Certificate::WrongName),
            FaultKind::TlsUnknownCa => super::certificate::plan(Certificate::UnknownCa),
            FaultKind::TlsLargeChain => super::certificate::large_chain(spec),
            FaultKind::TlsVersion => Self::Handshake(Handshake::Version),
            FaultKind::TlsH2 => Self::Handshake(Handshake::H2),
            FaultKind::TlsStall => Self::Handshake(Handshake::Stall),
            FaultKind::TlsSlow => super::tls_slow::plan(spec),
            FaultKind::HttpError => super::http_error::plan(spec),
            FaultKind::HttpDelay => super::http_delay::plan(spec),
            FaultKind::HtmlError => super::html_error::plan(spec),
            FaultKind::SplitBody => super::split_body::plan(spec),
            FaultKind::Chunked => super::chunked::plan(spec),
            FaultKind::NoLength => Self::Answer(Answer::Body(Body::NoLength)),
            FaultKind::Redirect => super::redirect::plan(spec),
            FaultKind::Oversize => super::edit::oversize(spec),
            FaultKind::BadJson => super::edit::bad_json(spec),
            FaultKind::ExtraFields => super::edit::extra_fields(),
            FaultKind::MissingFields => super::edit::missing_fields(spec),
            FaultKind::WrongDate => super::wrong_date::plan(spec),
            FaultKind::UpgradeError => super::upgrade_error::plan(spec),
            FaultKind::GoAway => super::go_away::plan(),
            FaultKind::ReconnectIce => super::reconnect_ice::plan(),
            FaultKind::CloseCode => super::close_code::plan(spec),
            FaultKind::AbruptEnd => Self::Notice(Notice::End),
            FaultKind::StatusResponse => super::status_response::plan(spec),
            FaultKind::Duplicate => super::duplicate::plan(),
            FaultKind::Drop => super::drop::plan(),
            FaultKind::UnknownType => super::unknown_type::plan(spec),
            FaultKind::Binary => super::binary::plan(),
            FaultKind::Fragmented => super::fragmented::plan(spec),
            FaultKind::NullPayload => Self::Fate(Fate::Payload(Payload::Null)),
            FaultKind::BadBase64 => Self::Fate(Fate::Payload(Payload::NoBase64)),
            FaultKind::OversizeMessage => super::oversize_message::plan(spec),
            FaultKind::Reorder | FaultKind::MessageDelay => super::late::plan(spec),
            FaultKind::PingFlood => super::ping_flood::plan(spec),
            FaultKind::PongMute => super::pong_mute::plan(),
            FaultKind::DateSkew => super::date_skew::plan(spec),
            FaultKind::DnsNxdomain => Self::Name(NameAnswer::NoSuchName),
            FaultKind::DnsServfail => Self::Name(NameAnswer::Failure),
            FaultKind::DnsTimeout => Self::Name(NameAnswer::Silence),
            FaultKind::DnsAddress => super::dns_address::plan(spec),
        }
    }

    /// How often it may act when the fault does not say: an answer changes until healed, an
    /// accident happens once.
    pub(super) const fn default_times(&self) -> Option<u32> {
        match self {
            Self::Standing
            | Self::Silence
            | Self::Handshake(_)
            | Self::Answer(_)
            | Self::PongMute
            | Self::Clock(_)
            | Self::Name(_) => None,
            Self::StandingOrCut | Self::Cut | Self::Notice(_) | Self::Fate(_) => Some(1),
        }
    }
}

/// A size as a count in memory.
pub(super) fn count(size: u64) -> usize {
    usize::try_from(size).unwrap_or(usize::MAX)
}
