//! The demo application: a master that answers every offer, and leaves the media to others.
//!
//! An answer mirrors the offer's media sections, so that a browser accepts it, and is followed by
//! three candidates on 127.0.0.1. Nothing listens there: this shows signaling, not media.

mod answer;
mod json;
mod offer;

use kvs_signaling::ResourceError;
use kvs_signaling::event::{Event, Message, MessageKind, OnLoss, PeerId, Ticket};
use sha2::{Digest, Sha256};

use crate::app::{App, Outgoing};
use crate::text::Text;
use offer::Offer;

/// Candidates that follow each answer.
const CANDIDATES: u8 = 3;
/// `answer-` and 16 hex digits.
const CORRELATION_MAX: usize = 23;

/// Answers offers. `OFFERS` is how many may wait for room in the session's queue; with it full the
/// oldest gives way, for its viewer has waited longest and will have asked again.
pub struct Demo<const OFFERS: usize = 16> {
    seed: [u8; 32],
    waiting: [Option<Waiting>; OFFERS],
    arrived: u64,
    correlation_id: Text<CORRELATION_MAX>,
}

/// An offer that is not answered in full yet.
struct Waiting {
    from: PeerId,
    offer: Offer,
    /// Everything random in the answer; differs for each (seed, viewer, offer).
    random: [u8; 32],
    arrived: u64,
    /// Messages handed over: the answer, then the candidates.
    done: u8,
}

impl<const OFFERS: usize> Demo<OFFERS> {
    /// The same `seed` gives the same answer to the same offer.
    pub fn new(seed: [u8; 32]) -> Self {
        Self { seed, waiting: [const { None }; OFFERS], arrived: 0, correlation_id: Text::EMPTY }
    }

    fn offered(&mut self, from: PeerId, sender: &str, payload: &[u8]) {
        let Some(offer) = Offer::parse(payload) else { return };
        let random = Sha256::new()
            .chain_update(self.seed)
            .chain_update(sender)
            .chain_update([0])
            .chain_update(payload)
            .finalize()
            .into();
        self.arrived += 1;
        let waiting = Waiting { from, offer, random, arrived: self.arrived, done: 0 };
        if let Some(slot) = self.place(from) {
            *slot = Some(waiting);
        }
    }

    /// A viewer's new offer replaces its old one, as it does at the service.
    fn place(&mut self, from: PeerId) -> Option<&mut Option<Waiting>> {
        let rank = |slot: &Option<Waiting>| match slot {
            Some(waiting) if waiting.from == from => (0, 0),
            None => (1, 0),
            Some(waiting) => (2, waiting.arrived),
        };
        self.waiting.iter_mut().min_by_key(|slot| rank(slot))
    }

    fn oldest(&mut self) -> Option<&mut Option<Waiting>> {
        self.waiting
            .iter_mut()
            .filter(|slot| slot.is_some())
            .min_by_key(|slot| slot.as_ref().map(|waiting| waiting.arrived))
    }
}

impl<const OFFERS: usize> App for Demo<OFFERS> {
    fn event(&mut self, event: &Event<'_>) {
        if let Event::Message { from, sender, kind: MessageKind::SdpOffer, payload, .. } = *event {
            self.offered(from, sender, payload);
        }
    }

    fn next<'a>(&'a mut self, room: &'a mut [u8]) -> Option<Outgoing<'a>> {
        let slot = self.oldest()?;
        let waiting = slot.as_ref()?;
        let (to, done, random) = (waiting.from, waiting.done, waiting.random);
        let written = match done {
            0 => answer::write(&waiting.offer, &random, room),
            nth => answer::write_candidate(&waiting.offer, &random, nth - 1, room),
        };
        let Some(len) = written else {
            // The room is smaller than this answer: the next try would find it no larger.
            *slot = None;
            return None;
        };
        let kind = if done == 0 { MessageKind::SdpAnswer } else { MessageKind::IceCandidate };
        // Only an answer is worth a STATUS_RESPONSE: without it a candidate is of no use either.
        self.correlation_id = if done == 0 { correlation_id(&random) } else { Text::EMPTY };
        let message = Message {
            kind,
            payload: room.get(..len)?,
            correlation_id: self.correlation_id.as_str(),
            on_loss: OnLoss::Retry,
        };
        Some(Outgoing { to, message })
    }

    fn sent(&mut self, result: Result<Ticket, ResourceError>) {
        let Some(slot) = self.oldest() else { return };
        let Some(waiting) = slot else { return };
        match result {
            Ok(_) if waiting.done < CANDIDATES => waiting.done += 1,
            Ok(_) => *slot = None,
            Err(ResourceError::QueueFull) => {}
            // That viewer is gone or cannot be written to; the next one must not wait for it.
            Err(_) => *slot = None,
        }
    }
}

fn correlation_id(random: &[u8; 32]) -> Text<CORRELATION_MAX> {
    let (_, last) = random.split_at(24);
    let number = last.iter().fold(0_u64, |number, byte| (number << 8) | u64::from(*byte));
    Text::cut(format_args!("answer-{number:016x}"))
}
