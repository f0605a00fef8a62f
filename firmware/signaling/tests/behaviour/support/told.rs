//! What a session gave, owned.

use kvs_signaling::event::{Api, CertificateTime, CloseReason, LinkKind, SendFailure};
use kvs_signaling::{Cause, Error, Event, Link, MessageKind, PeerId, State, Ticket};

/// An output or event without borrowed parts.
#[derive(Clone, Debug, PartialEq)]
pub enum Told {
    Open {
        link: Link,
        host: String,
        port: u16,
        kind: LinkKind,
        time: CertificateTime,
        shows_certificate: bool,
    },
    Close(Link),
    Need,
    Store(Vec<u8>),
    State {
        from: State,
        to: State,
        cause: Cause,
    },
    Clock(i64),
    Credentials(i64),
    Call {
        link: Link,
        api: Api,
        status: u16,
        error: String,
    },
    Retry {
        attempt: u32,
        wait_ms: u64,
        base_ms: u64,
        cause: Cause,
    },
    Connected {
        link: Link,
        attempt: u32,
    },
    Message {
        from: PeerId,
        sender: String,
        kind: MessageKind,
        payload: Vec<u8>,
    },
    Duplicate {
        from: PeerId,
        sender: String,
        kind: MessageKind,
        payload: Vec<u8>,
    },
    Written(Ticket, Link),
    Confirmed(Ticket, Link),
    Failed(Ticket, SendFailure),
    Status {
        ticket: Option<Ticket>,
        correlation_id: String,
        code: u16,
        error: String,
    },
    StorageJoined,
    GoAway,
    ReconnectIce,
    Ice {
        count: u8,
        ttl_s: u32,
    },
    Ping,
    Pong(u64),
    HalfOpen(u64),
    Error(Error),
    /// Not the session's: the rig ended a link.
    Ended(Link, CloseReason),
}

impl Told {
    /// Of an `Open`: the host, and whether the device's certificate may be shown to it.
    pub fn shows_certificate(&self) -> Option<(&str, bool)> {
        match self {
            Self::Open { host, shows_certificate, .. } => Some((host, *shows_certificate)),
            _ => None,
        }
    }
}

impl From<Event<'_>> for Told {
    fn from(event: Event<'_>) -> Self {
        match event {
            Event::State { from, to, cause } => Self::State { from, to, cause },
            Event::ClockLearned { offset_ms } => Self::Clock(offset_ms),
            Event::CredentialsTaken { left_s } => Self::Credentials(left_s),
            Event::CallDone { link, api, status, error, .. } => {
                Self::Call { link, api, status, error: error.into() }
            }
            Event::Retry { attempt, wait_ms, base_ms, cause } => {
                Self::Retry { attempt, wait_ms, base_ms, cause }
            }
            Event::Connected { link, attempt } => Self::Connected { link, attempt },
            Event::Message { from, sender, kind, payload, .. } => {
                Self::Message { from, sender: sender.into(), kind, payload: payload.into() }
            }
            Event::Duplicate { from, sender, kind, payload, .. } => {
                Self::Duplicate { from, sender: sender.into(), kind, payload: payload.into() }
            }
            Event::Written { ticket, link } => Self::Written(ticket, link),
            Event::Confirmed { ticket, link } => Self::Confirmed(ticket, link),
            Event::SendFailed { ticket, why } => Self::Failed(ticket, why),
            Event::Status { ticket, correlation_id, code, error, .. } => Self::Status {
                ticket,
                correlation_id: correlation_id.into(),
                code,
                error: error.into(),
            },
            Event::StorageJoined { .. } => Self::StorageJoined,
            Event::GoAway { .. } => Self::GoAway,
            Event::ReconnectIce { .. } => Self::ReconnectIce,
            Event::IceServers { count, ttl_s } => Self::Ice { count, ttl_s },
            Event::Ping { .. } => Self::Ping,
            Event::Pong { took_ms, .. } => Self::Pong(took_ms),
            Event::HalfOpen { silent_ms, .. } => Self::HalfOpen(silent_ms),
            Event::Error(error) => Self::Error(error),
        }
    }
}
