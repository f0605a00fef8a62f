//! Cuts: what happens to a connection at a byte position, and what happened.

use super::condition::{Condition, Direction, Tag, Toward};
use crate::fault::units::Percent;

/// How a connection ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum End {
    /// FIN, in order after all bytes before it.
    Close,
    /// RST, after the bytes let through were acknowledged by the peer.
    Reset,
}

/// What happens where a cut falls.
#[derive(Debug, Clone, PartialEq)]
pub enum Then {
    /// The connection ends.
    End(End),
    /// A condition stands on this connection from there on.
    Set(Toward, Condition),
}

/// What a link reports, in the order in which it happened on the connection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LinkEvent {
    /// The rule that it belongs to.
    pub tag: Tag,
    /// The connection; None for what concerns the listener.
    pub conn: Option<u64>,
    /// The bytes that had passed by then.
    pub counts: Counts,
    /// What happened.
    pub what: Happened,
}

/// What happened to a connection or a listener.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Happened {
    /// A standing condition had its first effect.
    Affected(Direction),
    /// New connections are refused from now on.
    Refusing,
    /// A client was refused, where the service can see it (in memory, or reset at accept).
    Refused,
    /// A new connection will never be answered.
    Silenced,
    /// The refusing port could not be taken back: the text says why. The listener keeps trying.
    PortLost(std::io::ErrorKind),
    /// A cut fell.
    Cut(CutAt),
}

/// Where a cut fell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CutAt {
    /// The direction whose bytes were counted.
    pub direction: Direction,
    /// How the connection ended; None where a condition stands from here on.
    pub end: Option<End>,
    /// Of a message cut: bytes of the message let through, and its length on the wire.
    pub message: Option<(u64, u64)>,
}

/// The bytes of one connection so far.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counts {
    /// Bytes handed to the peer's side.
    pub sent: u64,
    /// Bytes handed to the service.
    pub received: u64,
    /// Bytes toward the peer that were swallowed or dropped by a cut.
    pub sent_lost: u64,
    /// Bytes toward the service that were swallowed.
    pub received_lost: u64,
    /// How often the peer waited for us: what it had sent was answered.
    pub answered: u64,
    /// It has sent something since we last did.
    waits: bool,
}

impl Counts {
    /// So many bytes were handed to the service.
    pub(super) fn received(&mut self, bytes: u64) {
        self.received += bytes;
        self.waits |= bytes > 0;
    }

    /// Counts answers from here on, after `answered` so far.
    pub(super) fn begin(&mut self, answered: u64, waits: bool) {
        (self.answered, self.waits) = (answered, waits);
    }

    /// So many bytes were handed to the peer's side.
    pub(super) fn sent(&mut self, bytes: u64) {
        self.sent += bytes;
        if bytes > 0 && core::mem::take(&mut self.waits) {
            self.answered += 1;
        }
    }
}

/// A cut waiting in a lane, or armed for a message.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Cut {
    pub tag: Option<Tag>,
    pub direction: Direction,
    pub message: Option<(u64, u64)>,
    pub then: Then,
}

/// A cut armed for the next marked message.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct MessageCut {
    pub tag: Tag,
    pub at: Percent,
    pub then: Then,
}

/// A cut armed for a byte position.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Trip {
    pub tag: Tag,
    pub direction: Direction,
    /// Toward the service: since the last message boundary. Toward the device: still to come.
    pub after: u64,
    pub then: Then,
}
