//! Messages on their way out: from `send` until the service has them or will never have them.
//!
//! The lent bytes hold whole masked frames in the order of their tickets; the lent slots say what is
//! to become of each. A frame that goes out again (its link died half-way, or it is an answer whose
//! offer came again) gets a fresh mask key in place.

use crate::event::{Link, MessageKind, OnLoss, SendFailure, Ticket};
use crate::time::Instant;
use crate::wire::span::Span;
use crate::wire::websocket;

/// One message on its way out.
#[derive(Clone, Copy, Debug)]
pub struct OutboundSlot {
    ticket: Ticket,
    kind: MessageKind,
    on_loss: OnLoss,
    recipient: u64,
    /// Stands for the correlation id; 0 for none.
    correlation: u64,
    frame: Span,
    expires: Instant,
    stage: Stage,
    /// The link it was written to, and whether the application has heard so.
    written: Option<Link>,
    tell_written: bool,
    /// An answer lost for good while its offer is still remembered.
    forget_offer: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    /// No byte of it is written.
    Queued,
    /// Some of it is written.
    Writing { sent: usize },
    /// All of it is written; the pong of this ping will confirm it.
    Written { ping: Option<u32> },
    /// An answer that was written to a link that died: sent again if its offer comes again.
    Kept,
    /// The service has it; the application has not heard so yet.
    Confirmed,
    /// The application has heard so; a STATUS_RESPONSE may still refuse it.
    Accepted,
    /// It failed; the application has not heard so yet.
    Failed(SendFailure),
}

impl OutboundSlot {
    /// An unused slot. What it says means nothing; it is all zeros, so that memory full of them
    /// takes no flash.
    pub const EMPTY: Self = Self {
        ticket: Ticket(0),
        kind: MessageKind::SdpOffer,
        on_loss: OnLoss::Retry,
        recipient: 0,
        correlation: 0,
        frame: Span::EMPTY,
        expires: Instant(0),
        stage: Stage::Written { ping: None },
        written: None,
        tell_written: false,
        forget_offer: false,
    };

    fn is_answer(&self) -> bool {
        self.kind == MessageKind::SdpAnswer
    }

    fn fail(&mut self, why: SendFailure) {
        self.stage = Stage::Failed(why);
        self.frame = Span::EMPTY;
    }

    fn confirm(&mut self) {
        self.stage = Stage::Confirmed;
        self.frame = Span::EMPTY;
    }
}

/// A message to queue, without its payload.
pub(crate) struct Entry {
    pub(crate) kind: MessageKind,
    pub(crate) on_loss: OnLoss,
    pub(crate) recipient: u64,
    pub(crate) correlation: u64,
    pub(crate) expires: Instant,
}

/// Why a message was not queued.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NotQueued {
    /// It would not fit into the empty buffer either.
    TooLarge,
    /// It may fit later.
    Full,
}

/// What the application is told of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Report {
    Written(Ticket, Link),
    Confirmed(Ticket, Link),
    Failed {
        ticket: Ticket,
        why: SendFailure,
        /// The recipient whose offer is to be new when it comes again.
        forget_offer: Option<u64>,
    },
}

/// The queue. The first `used` slots are in the order of their tickets.
pub(crate) struct Outbound<'buf> {
    bytes: &'buf mut [u8],
    slots: &'buf mut [OutboundSlot],
    used: usize,
    last_ticket: u32,
    reports: bool,
}

impl<'buf> Outbound<'buf> {
    pub(crate) fn new(bytes: &'buf mut [u8], slots: &'buf mut [OutboundSlot]) -> Self {
        Self { bytes, slots, used: 0, last_ticket: 0, reports: false }
    }

    /// Queues a message; `write` puts its text into the room it is given.
    pub(crate) fn push(
        &mut self,
        entry: &Entry,
        mask_key: [u8; 4],
        write: impl Fn(&mut [u8]) -> Option<usize>,
    ) -> Result<Ticket, NotQueued> {
        if entry.kind == MessageKind::SdpAnswer {
            self.drop_kept(entry.recipient);
        }
        let frame = loop {
            self.compact();
            let start = self.end();
            let room = self.bytes.get_mut(start..).unwrap_or_default();
            let frame = websocket::write_text(room, mask_key, &write);
            match frame {
                Some(len) if self.used < self.slots.len() => break Span::new(start, start + len),
                Some(_) if self.evict_accepted() => {}
                Some(_) | None if self.evict_kept() => {}
                None if start == 0 => return Err(NotQueued::TooLarge),
                Some(_) | None => return Err(NotQueued::Full),
            }
        };
        self.last_ticket = self.last_ticket.wrapping_add(1);
        let slot = self.slots.get_mut(self.used).ok_or(NotQueued::Full)?;
        *slot = OutboundSlot {
            ticket: Ticket(self.last_ticket),
            kind: entry.kind,
            on_loss: entry.on_loss,
            recipient: entry.recipient,
            correlation: entry.correlation,
            frame,
            expires: entry.expires,
            stage: Stage::Queued,
            ..OutboundSlot::EMPTY
        };
        self.used += 1;
        Ok(Ticket(self.last_ticket))
    }

    /// The message whose frame is partly written.
    pub(crate) fn writing(&self) -> Option<&[u8]> {
        self.live().iter().find_map(|slot| match slot.stage {
            Stage::Writing { sent } => slot.frame.bytes(self.bytes).get(sent..),
            Stage::Queued
            | Stage::Written { .. }
            | Stage::Kept
            | Stage::Confirmed
            | Stage::Accepted
            | Stage::Failed(_) => None,
        })
    }

    /// Kind of the message that is next to be written.
    pub(crate) fn next_kind(&self) -> Option<MessageKind> {
        self.live().iter().find(|slot| slot.stage == Stage::Queued).map(|slot| slot.kind)
    }

    /// Begins the next message; [`Self::writing`] then has its bytes.
    pub(crate) fn begin(&mut self) {
        if let Some(slot) = self.live_mut().iter_mut().find(|slot| slot.stage == Stage::Queued) {
            slot.stage = Stage::Writing { sent: 0 };
        }
    }

    /// So many bytes of [`Self::writing`] are written to `link`. Returns the kind of the message
    /// that this completed.
    pub(crate) fn sent(&mut self, n: usize, link: Link) -> Option<MessageKind> {
        let used = self.used;
        let slots = self.slots.get_mut(..used).unwrap_or_default();
        let slot = slots.iter_mut().find(|slot| matches!(slot.stage, Stage::Writing { .. }))?;
        let Stage::Writing { sent } = slot.stage else { return None };
        let sent = sent.saturating_add(n);
        if sent < slot.frame.len() {
            slot.stage = Stage::Writing { sent };
            return None;
        }
        slot.stage = Stage::Written { ping: None };
        slot.written = Some(link);
        slot.tell_written = true;
        if !slot.is_answer() {
            slot.frame = Span::EMPTY;
        }
        self.reports = true;
        Some(slot.kind)
    }

    /// A message is written and no ping is on its way behind it.
    pub(crate) fn wants_ping(&self) -> bool {
        self.live().iter().any(|slot| slot.stage == Stage::Written { ping: None })
    }

    /// A ping goes out behind everything written so far.
    pub(crate) fn pinged(&mut self, counter: u32) {
        for slot in self.live_mut() {
            if slot.stage == (Stage::Written { ping: None }) {
                slot.stage = Stage::Written { ping: Some(counter) };
            }
        }
    }

    /// The pong of that ping came: the service has read everything before it.
    pub(crate) fn ponged(&mut self, counter: u32) {
        self.confirm(|ping| ping == Some(counter));
    }

    /// The service answered our close frame: it has read everything.
    pub(crate) fn confirm_written(&mut self) {
        self.confirm(|_| true);
    }

    fn confirm(&mut self, covers: impl Fn(Option<u32>) -> bool) {
        for slot in self.live_mut() {
            if matches!(slot.stage, Stage::Written { ping } if covers(ping)) {
                slot.confirm();
            }
        }
        self.reports = true;
    }

    /// The link died.
    pub(crate) fn link_lost(&mut self, mut mask_key: impl FnMut() -> [u8; 4]) {
        let used = self.used;
        for slot in self.slots.get_mut(..used).unwrap_or_default() {
            match slot.stage {
                Stage::Queued | Stage::Writing { .. } if slot.goes_out_again() => {
                    if slot.stage != Stage::Queued {
                        remask(slot.frame.bytes_mut(self.bytes), mask_key());
                    }
                    slot.stage = Stage::Queued;
                }
                Stage::Queued | Stage::Writing { .. } => slot.fail(SendFailure::LinkLost),
                Stage::Written { .. } if slot.is_answer() => slot.stage = Stage::Kept,
                Stage::Written { .. } => slot.fail(SendFailure::Unconfirmed),
                Stage::Kept | Stage::Confirmed | Stage::Accepted | Stage::Failed(_) => {}
            }
        }
        self.reports = true;
    }

    /// The session stops: nothing more is begun. What is half-written stays until its link ends.
    pub(crate) fn stop(&mut self) {
        self.end_all(|stage| matches!(stage, Stage::Queued | Stage::Kept));
    }

    /// The session has stopped.
    pub(crate) fn stopped(&mut self) {
        self.end_all(|_| true);
    }

    fn end_all(&mut self, which: impl Fn(Stage) -> bool) {
        for slot in self.live_mut().iter_mut().filter(|slot| which(slot.stage)) {
            match slot.stage {
                Stage::Queued | Stage::Writing { .. } => slot.fail(SendFailure::Stopped),
                Stage::Written { .. } | Stage::Kept => slot.fail(SendFailure::Unconfirmed),
                Stage::Confirmed | Stage::Accepted | Stage::Failed(_) => {}
            }
        }
        self.reports = true;
    }

    /// When the first message gets too old.
    pub(crate) fn expiry(&self) -> Option<Instant> {
        self.live().iter().filter(|slot| slot.can_expire()).map(|slot| slot.expires).min()
    }

    /// Ends what got too old. A frame that is being written is finished: half a frame ends a link.
    pub(crate) fn expire(&mut self, now: Instant) {
        for slot in self.live_mut() {
            if slot.expires > now || !slot.can_expire() {
                continue;
            }
            match slot.stage {
                Stage::Queued => slot.fail(SendFailure::Expired),
                Stage::Written { .. } | Stage::Kept => slot.fail(SendFailure::Unconfirmed),
                Stage::Accepted => slot.correlation = 0,
                Stage::Writing { .. } | Stage::Confirmed | Stage::Failed(_) => {}
            }
        }
        self.reports = true;
    }

    /// An offer came again: its answer goes out again if it may have been lost with its link.
    pub(crate) fn resend_answer(&mut self, recipient: u64, mask_key: [u8; 4]) {
        let used = self.used;
        let mut slots = self.slots.get_mut(..used).unwrap_or_default().iter_mut();
        let kept =
            |slot: &&mut OutboundSlot| slot.stage == Stage::Kept && slot.recipient == recipient;
        if let Some(slot) = slots.find(kept) {
            remask(slot.frame.bytes_mut(self.bytes), mask_key);
            slot.stage = Stage::Queued;
        }
    }

    /// A new offer or a new answer: the answer kept for the old offer is of no more use.
    pub(crate) fn drop_kept(&mut self, recipient: u64) {
        for slot in self.live_mut() {
            if slot.stage == Stage::Kept && slot.recipient == recipient {
                slot.fail(SendFailure::Unconfirmed);
            }
        }
        self.reports = true;
    }

    /// The session that these were for is over: replies to it must not reach the next one. What is
    /// half-written is finished, for half a frame ends a link.
    pub(crate) fn drop_session(&mut self, recipient: u64) {
        let used = self.used;
        for slot in self.slots.get_mut(..used).unwrap_or_default() {
            let is_reply = matches!(slot.kind, MessageKind::SdpAnswer | MessageKind::IceCandidate);
            match slot.stage {
                Stage::Queued if is_reply && slot.recipient == recipient => {
                    slot.fail(SendFailure::LinkLost);
                }
                Stage::Kept if slot.recipient == recipient => slot.fail(SendFailure::Unconfirmed),
                Stage::Queued
                | Stage::Writing { .. }
                | Stage::Written { .. }
                | Stage::Kept
                | Stage::Confirmed
                | Stage::Accepted
                | Stage::Failed(_) => {}
            }
        }
        self.reports = true;
    }

    /// STATUS_RESPONSE to that correlation id. Returns the ticket it was, while it is known.
    pub(crate) fn status(&mut self, correlation: u64, refused: bool) -> Option<Ticket> {
        let used = self.used;
        let mut slots = self.slots.get_mut(..used).unwrap_or_default().iter_mut();
        let slot = slots.find(|slot| slot.correlation == correlation)?;
        let ticket = slot.ticket;
        if refused && !matches!(slot.stage, Stage::Queued | Stage::Failed(_)) {
            slot.fail(SendFailure::Rejected);
            slot.forget_offer = slot.is_answer();
        } else if matches!(slot.stage, Stage::Written { .. } | Stage::Kept) {
            slot.confirm();
        }
        self.reports = true;
        Some(ticket)
    }

    /// The next thing to tell the application, oldest ticket first.
    pub(crate) fn report(&mut self) -> Option<Report> {
        if !self.reports {
            return None;
        }
        let used = self.used;
        let slots = self.slots.get_mut(..used).unwrap_or_default();
        for (at, slot) in slots.iter_mut().enumerate() {
            let (ticket, link) = (slot.ticket, slot.written);
            if core::mem::take(&mut slot.tell_written)
                && let Some(link) = link
                && !matches!(slot.stage, Stage::Failed(_))
            {
                return Some(Report::Written(ticket, link));
            }
            match (slot.stage, link) {
                (Stage::Failed(why), _) => {
                    let forget_offer = slot.forget_offer.then_some(slot.recipient);
                    self.remove(at);
                    return Some(Report::Failed { ticket, why, forget_offer });
                }
                (Stage::Confirmed, Some(link)) if slot.correlation == 0 => {
                    self.remove(at);
                    return Some(Report::Confirmed(ticket, link));
                }
                (Stage::Confirmed, Some(link)) => {
                    slot.stage = Stage::Accepted;
                    return Some(Report::Confirmed(ticket, link));
                }
                (
                    Stage::Queued
                    | Stage::Writing { .. }
                    | Stage::Written { .. }
                    | Stage::Kept
                    | Stage::Confirmed
                    | Stage::Accepted,
                    _,
                ) => {}
            }
        }
        self.reports = false;
        None
    }

    fn live(&self) -> &[OutboundSlot] {
        self.slots.get(..self.used).unwrap_or_default()
    }

    fn live_mut(&mut self) -> &mut [OutboundSlot] {
        self.slots.get_mut(..self.used).unwrap_or_default()
    }

    fn remove(&mut self, at: usize) {
        if let Some(from) = self.slots.get_mut(at..self.used) {
            from.rotate_left(1);
            self.used -= 1;
        }
    }

    /// First byte behind the last frame.
    fn end(&self) -> usize {
        self.live().iter().map(|slot| slot.frame.range().end).max().unwrap_or(0)
    }

    /// Closes the gaps that ended messages left. Frames lie in the order of their slots.
    fn compact(&mut self) {
        let used = self.used;
        let mut end = 0;
        for slot in self.slots.get_mut(..used).unwrap_or_default() {
            let old = slot.frame.range();
            if old.start > end && !slot.frame.is_empty() {
                self.bytes.copy_within(old.clone(), end);
                slot.frame = Span::new(end, end + old.len());
            }
            end = end.max(slot.frame.range().end);
        }
        // A confirmed message past its time can hear no STATUS_RESPONSE any more.
        while let Some(at) = self.position(|s| s.stage == Stage::Accepted && s.correlation == 0) {
            self.remove(at);
        }
    }

    fn evict_accepted(&mut self) -> bool {
        let oldest = self.position(|slot| slot.stage == Stage::Accepted);
        oldest.inspect(|at| self.remove(*at)).is_some()
    }

    fn evict_kept(&mut self) -> bool {
        let Some(at) = self.position(|slot| slot.stage == Stage::Kept) else { return false };
        self.reports = true;
        if let Some(slot) = self.slots.get_mut(at) {
            slot.forget_offer = true;
            slot.fail(SendFailure::Unconfirmed);
        }
        true
    }

    fn position(&self, which: impl Fn(&OutboundSlot) -> bool) -> Option<usize> {
        self.live().iter().position(which)
    }
}

impl OutboundSlot {
    /// An answer is never dropped with its link, whatever its policy: its offer would not be
    /// delivered a second time.
    fn goes_out_again(&self) -> bool {
        self.on_loss == OnLoss::Retry || self.is_answer()
    }

    fn can_expire(&self) -> bool {
        match self.stage {
            Stage::Queued | Stage::Written { .. } | Stage::Kept => true,
            Stage::Accepted => self.correlation != 0,
            Stage::Writing { .. } | Stage::Confirmed | Stage::Failed(_) => false,
        }
    }
}

/// Gives a masked frame another key.
fn remask(frame: &mut [u8], fresh: [u8; 4]) {
    let header = match frame.get(1).map(|byte| byte & 0x7f) {
        Some(0..=125) | None => websocket::header_len(0),
        Some(126) => websocket::header_len(126),
        Some(_) => websocket::HEADER_MAX,
    };
    let Some((head, payload)) = frame.split_at_mut_checked(header) else { return };
    let Some(key) = head.last_chunk_mut::<4>() else { return };
    let both = core::array::from_fn(|at| key.get(at).zip(fresh.get(at)).map_or(0, |(a, b)| a ^ b));
    *key = fresh;
    websocket::mask(payload, both, 0);
}
