//! What was received lately, to recognise what comes twice (decision 5): the service may deliver a
//! message again on the next connection, and a viewer re-sends an offer that nobody answered.

use sha2::{Digest, Sha256};

use crate::event::MessageKind;
use crate::time::Instant;

/// Of SHA-256; chance collisions are out of the question, and a peer that makes one on purpose
/// only hides its own message.
const DIGEST: usize = 16;

/// One received message.
#[derive(Clone, Copy, Debug)]
pub struct DigestSlot {
    digest: [u8; DIGEST],
    sender: u64,
    offer: bool,
    /// The start of time marks an unused slot.
    expires: Instant,
}

impl DigestSlot {
    /// An unused slot.
    pub const EMPTY: Self =
        Self { digest: [0; DIGEST], sender: 0, offer: false, expires: Instant(0) };
}

/// The table; the oldest entry makes room.
pub(crate) struct Digests<'buf> {
    slots: &'buf mut [DigestSlot],
}

impl<'buf> Digests<'buf> {
    pub(crate) fn new(slots: &'buf mut [DigestSlot]) -> Self {
        slots.fill(DigestSlot::EMPTY);
        Self { slots }
    }

    /// Whether the same message came before, within its time to live. Remembers it if not.
    pub(crate) fn seen(
        &mut self,
        sender: u64,
        kind: MessageKind,
        payload: &[u8],
        now: Instant,
        ttl_ms: u64,
    ) -> bool {
        let digest = digest(sender, kind, payload);
        if self.slots.iter().any(|slot| slot.expires > now && slot.digest == digest) {
            return true;
        }
        let offer = kind == MessageKind::SdpOffer;
        if let Some(oldest) = self.slots.iter_mut().min_by_key(|slot| slot.expires) {
            *oldest = DigestSlot { digest, sender, offer, expires: now.plus(ttl_ms) };
        }
        false
    }

    /// The answer to that sender's offers is lost for good: should one come again, it is new.
    pub(crate) fn forget_offers(&mut self, sender: u64) {
        for slot in self.slots.iter_mut().filter(|slot| slot.offer && slot.sender == sender) {
            *slot = DigestSlot::EMPTY;
        }
    }
}

fn digest(sender: u64, kind: MessageKind, payload: &[u8]) -> [u8; DIGEST] {
    let full: [u8; 32] = Sha256::new()
        .chain_update(sender.to_le_bytes())
        .chain_update([kind as u8])
        .chain_update(payload)
        .finalize()
        .into();
    full.first_chunk().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use MessageKind::{IceCandidate, SdpAnswer, SdpOffer};

    const NOW: Instant = Instant(1_000);

    #[test]
    fn sender_type_and_payload_make_the_identity() {
        let mut slots = [DigestSlot::EMPTY; 8];
        let mut digests = Digests::new(&mut slots);
        let mut seen = |sender, kind, payload| digests.seen(sender, kind, payload, NOW, 60_000);
        assert!(!seen(1, SdpOffer, b"x"));
        assert!(!seen(2, SdpOffer, b"x"));
        assert!(!seen(1, SdpAnswer, b"x"));
        assert!(!seen(1, SdpOffer, b"y"));
        assert!(seen(1, SdpOffer, b"x"));
    }

    #[test]
    fn a_digest_ends_with_the_time_to_live() {
        let mut slots = [DigestSlot::EMPTY; 8];
        let mut digests = Digests::new(&mut slots);
        assert!(!digests.seen(1, SdpOffer, b"x", NOW, 60_000));
        assert!(digests.seen(1, SdpOffer, b"x", NOW.plus(59_999), 60_000));
        assert!(!digests.seen(1, SdpOffer, b"x", NOW.plus(60_000), 60_000));
    }

    #[test]
    fn the_oldest_makes_room() {
        let mut slots = [DigestSlot::EMPTY; 2];
        let mut digests = Digests::new(&mut slots);
        for (at, payload) in [b"a", b"b", b"c"].into_iter().enumerate() {
            assert!(!digests.seen(1, IceCandidate, payload, NOW.plus(at as u64), 60_000));
        }
        assert!(digests.seen(1, IceCandidate, b"b", NOW.plus(3), 60_000));
        assert!(!digests.seen(1, IceCandidate, b"a", NOW.plus(3), 60_000));
    }

    #[test]
    fn a_forgotten_offer_is_new_again_and_candidates_are_not() {
        let mut slots = [DigestSlot::EMPTY; 4];
        let mut digests = Digests::new(&mut slots);
        digests.seen(1, SdpOffer, b"x", NOW, 60_000);
        digests.seen(1, IceCandidate, b"x", NOW, 60_000);
        digests.forget_offers(1);
        assert!(!digests.seen(1, SdpOffer, b"x", NOW, 60_000));
        assert!(digests.seen(1, IceCandidate, b"x", NOW, 60_000));
    }
}
