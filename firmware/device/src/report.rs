//! Events of the session and of the pump as trace lines.

use core::cell::{Cell, RefCell};

use kvs_signaling::event::{CloseReason, Endpoint, LinkKind};
use kvs_signaling::{Error, Event, Link, Message, MessageKind, ResourceError, Ticket};
use kvs_trace::{Event as Trace, LineBuf};
use sha2::{Digest, Sha256};

use crate::port::Port;
use crate::text::Text;

/// Longest of the core's error texts.
const WHAT_MAX: usize = 96;

/// Numbers the lines since boot.
pub(crate) struct Report<'p, P> {
    port: &'p P,
    seq: Cell<u32>,
    line: RefCell<LineBuf>,
}

impl<'p, P: Port> Report<'p, P> {
    /// Nothing said yet.
    pub(crate) const fn new(port: &'p P) -> Self {
        Self { port, seq: Cell::new(0), line: RefCell::new(LineBuf::new()) }
    }

    /// One line.
    pub(crate) fn line(&self, event: Trace<'_>) {
        let (seq, now) = (self.seq.get(), self.port.now().0);
        self.port.write_line(event.write(seq, now, &mut self.line.borrow_mut()));
        self.seq.set(seq.wrapping_add(1));
    }

    /// Who this is.
    pub(crate) fn hello(&self) {
        let me = self.port.identity();
        let (image, board, reset, mac) = (me.image, me.board, me.reset, me.mac);
        self.line(Trace::Hello { proto: kvs_trace::PROTOCOL, image, board, reset, mac });
    }

    pub(crate) fn need_credentials(&self) {
        self.line(Trace::NeedCredentials {});
    }

    pub(crate) fn open(&self, link: Link, to: &Endpoint<'_>, attempt: u32) {
        let kind = to.kind.as_str();
        let open = Trace::Open { link: link.0, kind, host: to.host, port: to.port.into(), attempt };
        self.line(open);
    }

    pub(crate) fn up(&self, link: Link, kind: LinkKind, took_ms: u64) {
        self.line(Trace::Up { link: link.0, kind: kind.as_str(), took_ms });
    }

    pub(crate) fn closed(&self, link: Link, kind: LinkKind, why: CloseReason) {
        let (kind, why) = (kind.as_str(), why.as_str());
        self.line(Trace::Closed { link: link.0, kind, why });
    }

    /// The session took a message.
    pub(crate) fn out(&self, ticket: Ticket, to: &str, message: &Message<'_>) {
        let (kind, size) = (message.kind.as_str(), size(message.payload));
        let sha = Sha::of(message.payload);
        self.line(Trace::Out { ticket: ticket.0, to, kind, size, sha: sha.as_str() });
    }

    /// The session did not take a message.
    pub(crate) fn refused(&self, to: &str, kind: MessageKind, error: ResourceError) {
        self.line(Trace::Refused { to, kind: kind.as_str(), why: refusal(error) });
    }

    /// Something for whoever looks after the device.
    pub(crate) fn error(&self, error: Error) {
        let who = match error {
            Error::Config(_) => "config",
            Error::Peer(_) => "peer",
            Error::Resource(_) => "resource",
        };
        let what = Text::<WHAT_MAX>::cut(format_args!("{error}"));
        let remedy = error.remedy().as_str();
        self.line(Trace::Error { who, what: what.as_str(), remedy });
    }

    /// One line for every event of the session, two for the end of a stop.
    pub(crate) fn event(&self, event: &Event<'_>) {
        let line = match *event {
            Event::State { from, to, cause } => {
                let (from, why) = (from.as_str(), cause.as_str());
                self.line(Trace::State { from, to: to.as_str(), why });
                if to == kvs_signaling::State::Stopped {
                    self.line(Trace::Stopped {});
                }
                return;
            }
            Event::Message { link, sender, kind, payload, .. } => {
                let (kind, sha) = (kind.as_str(), Sha::of(payload));
                let (size, sha) = (size(payload), sha.as_str());
                return self.line(Trace::In { link: link.0, from: sender, kind, size, sha });
            }
            Event::Duplicate { link, sender, kind, payload, .. } => {
                let (kind, sha) = (kind.as_str(), Sha::of(payload));
                let sha = sha.as_str();
                return self.line(Trace::Duplicate { link: link.0, from: sender, kind, sha });
            }
            Event::Error(error) => return self.error(error),
            Event::ClockLearned { offset_ms } => Trace::Clock { offset_ms },
            Event::CredentialsTaken { left_s } => Trace::Credentials { left_s },
            Event::CallDone { link, api, status, error, took_ms } => {
                let error = if error.is_empty() { "none" } else { error };
                let (api, status) = (api.as_str(), status.into());
                Trace::Call { link: link.0, api, status, error, took_ms }
            }
            Event::Retry { attempt, wait_ms, base_ms, cause } => {
                Trace::Retry { attempt, wait_ms, base_ms, why: cause.as_str() }
            }
            Event::Connected { link, attempt } => Trace::Connected { link: link.0, attempt },
            Event::Written { ticket, link } => Trace::Written { ticket: ticket.0, link: link.0 },
            Event::Confirmed { ticket, link } => {
                Trace::Confirmed { ticket: ticket.0, link: link.0 }
            }
            Event::SendFailed { ticket, why } => {
                Trace::SendFailed { ticket: ticket.0, why: why.as_str() }
            }
            Event::Status { correlation_id, code, error, .. } => {
                Trace::Status { corr: correlation_id, code: code.into(), error }
            }
            Event::StorageJoined { link, took_ms } => {
                Trace::StorageJoined { link: link.0, took_ms }
            }
            Event::GoAway { link } => Trace::GoAway { link: link.0 },
            Event::ReconnectIce { link } => Trace::ReconnectIce { link: link.0 },
            Event::IceServers { count, ttl_s } => Trace::Ice { servers: count.into(), ttl_s },
            Event::Ping { link } => Trace::Ping { link: link.0 },
            Event::Pong { link, took_ms } => Trace::Pong { link: link.0, took_ms },
            Event::HalfOpen { link, silent_ms } => Trace::HalfOpen { link: link.0, silent_ms },
        };
        self.line(line);
    }
}

/// The word for a refused message.
pub(crate) const fn refusal(error: ResourceError) -> &'static str {
    match error {
        ResourceError::SendTooLarge => "too_large",
        ResourceError::QueueFull => "queue_full",
        ResourceError::UnknownPeer => "unknown_peer",
        ResourceError::NotSendable => "not_sendable",
        ResourceError::CorrelationId => "correlation_id",
        ResourceError::MessageTooLarge
        | ResourceError::ResponseTooLarge
        | ResourceError::RequestTooLarge
        | ResourceError::CredentialsTooLarge
        | ResourceError::IceTooLarge => "other",
    }
}

fn size(payload: &[u8]) -> u32 {
    u32::try_from(payload.len()).unwrap_or(u32::MAX)
}

/// How every record names a payload: the first 16 hex digits of its SHA-256.
pub(crate) struct Sha(Text<16>);

impl Sha {
    pub(crate) fn of(payload: &[u8]) -> Self {
        let digest = Sha256::digest(payload);
        let (first, _) = digest.split_at(8);
        let number = first.iter().fold(0_u64, |number, byte| (number << 8) | u64::from(*byte));
        Self(Text::cut(format_args!("{number:016x}")))
    }

    pub(crate) fn as_str(&self) -> &str {
        self.0.as_str()
    }
}
