//! What can be done to one connection.

use std::fmt;
use std::sync::Arc;

use super::condition::{Condition, Direction, Standing, Tag, Toward};
use super::conn::Wire;
use super::core::Core;
use super::cut::{Counts, Cut, End, MessageCut, Then, Trip};
use super::links::Inner;
use crate::fault::units::Percent;
use tokio::time::Instant;

/// One connection under a link. Cheap to clone; does not keep the connection open.
#[derive(Clone)]
pub struct LinkHandle {
    number: u64,
    wire: Arc<dyn Wire>,
    links: Arc<Inner>,
}

impl LinkHandle {
    pub(super) fn new(number: u64, wire: Arc<dyn Wire>, links: Arc<Inner>) -> Self {
        Self { number, wire, links }
    }

    /// The connection's number, counted from 1 per listener.
    #[must_use]
    pub const fn conn(&self) -> u64 {
        self.number
    }

    /// Whether the connection is neither ended nor dropped by the service.
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.read(|core| core.over.is_none() && !core.released)
    }

    /// The bytes so far.
    #[must_use]
    pub fn counts(&self) -> Counts {
        self.read(|core| core.counts)
    }

    /// FIN toward the device, in order after the bytes under way; the service reads the end of the
    /// stream.
    pub fn close(&self, tag: Tag) {
        self.end(tag, End::Close);
    }

    /// RST, after the bytes under way were acknowledged by the device (a stall's bytes are
    /// dropped); the service reads `ConnectionReset`.
    pub fn reset(&self, tag: Tag) {
        self.end(tag, End::Reset);
    }

    /// Ends the connection in either way.
    pub fn end(&self, tag: Tag, end: End) {
        self.edit(|core| core.end(&self.links, Some(tag), Direction::Device, end));
    }

    /// RST for a reason of the service's own, which no rule is told of.
    pub fn abort(&self) {
        self.edit(|core| core.end(&self.links, None, Direction::Device, End::Reset));
    }

    /// Puts a condition on this connection alone, until the rule is healed.
    pub fn set(&self, tag: Tag, toward: Toward, condition: Condition) {
        self.edit(|core| {
            core.set_own(&self.links, Standing::new(Some(tag), toward, condition.clone()))
        });
    }

    /// Both directions are swallowed for the rest of the connection's life; healing does not bring
    /// it back.
    pub fn silence(&self) {
        self.edit(|core| {
            core.set_own(&self.links, Standing::new(None, Toward::Both, Condition::BlackHole))
        });
    }

    /// Arms a cut after so many bytes: toward the service since the last complete message
    /// ([`message_boundary`](Self::message_boundary)), toward the device from now on. Exactly so
    /// many arrive.
    pub fn cut_after(&self, tag: Tag, direction: Direction, after: u64, then: Then) {
        self.edit(|core| {
            let shaped = core.shaped_mut(&self.links);
            shaped.trips.push(Trip { tag, direction, after, then: then.clone() });
            if direction == Direction::Device && after == 0 {
                let cut = Cut { tag: Some(tag), direction, message: None, then: then.clone() };
                shaped.trips.pop();
                shaped.out.push_cut(Instant::now(), cut);
            }
        });
    }

    /// Arms a cut inside the next marked message: exactly this part of its bytes on the wire
    /// arrives (0 % none, 100 % all), then it falls.
    pub fn cut_message(&self, tag: Tag, at: Percent, then: Then) {
        self.edit(|core| {
            core.shaped_mut(&self.links).armed = Some(MessageCut { tag, at, then: then.clone() });
        });
    }

    /// What is written from here on is one message, until [`end_message`](Self::end_message). Costs
    /// nothing unless a cut is armed.
    pub fn begin_message(&self) {
        if !self.read(|core| core.shaped.as_ref().is_some_and(|shaped| shaped.armed.is_some())) {
            return;
        }
        self.edit(|core| {
            let shaped = core.shaped_mut(&self.links);
            shaped.message.get_or_insert_default();
        });
    }

    /// The message is complete and flushed down to the link: an armed cut falls in it.
    pub fn end_message(&self) {
        if self.read(|core| core.shaped.as_ref().is_some_and(|shaped| shaped.message.is_some())) {
            self.edit(Core::cut_the_message);
        }
    }

    /// A message from the device was read completely.
    pub fn message_boundary(&self) {
        let mut wire = |core: &mut Core| core.boundary = core.counts.received;
        self.wire.read_core(&mut wire);
    }

    /// A handshake is over that took so many round trips; `asked`: the peer waits for more already.
    pub fn shook_hands(&self, round_trips: u64, asked: bool) {
        let mut wire = |core: &mut Core| core.counts.begin(round_trips, asked);
        self.wire.read_core(&mut wire);
    }

    pub(super) fn heal(&self, tag: Option<Tag>) {
        self.edit(|core| core.heal(&self.links, tag));
    }

    /// Something changed for all connections.
    pub(super) fn look_again(&self) {
        // A plain connection has nothing to let go of; it sees the change when it next moves a
        // byte.
        if self.read(|core| core.shaped.is_some()) {
            self.edit(|core| core.refresh(&self.links));
        }
    }

    fn edit(&self, change: impl Fn(&mut Core)) {
        self.wire.clone().edit(&mut |core| change(core));
    }

    fn read<R: Default>(&self, look: impl Fn(&Core) -> R) -> R {
        let mut result = R::default();
        self.wire.read_core(&mut |core| result = look(core));
        result
    }
}

impl fmt::Debug for LinkHandle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LinkHandle").field("conn", &self.number).finish_non_exhaustive()
    }
}
