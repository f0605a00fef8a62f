//! The service's limits on what one WebSocket may send.

use crate::event::MessageKind;
use crate::time::Instant;

/// Offers and answers a second and connection (spec §1.5).
const SDP_PER_WINDOW: usize = 5;
/// ICE candidates a second and connection (spec §1.5).
const ICE_PER_WINDOW: usize = 20;
/// The quota's second and a tenth more: what leaves here evenly can arrive bunched.
const WINDOW_MS: u64 = 1_100;

/// When the last messages left on one WebSocket. A log of them, not a token bucket: a bucket of
/// five that refills at five a second lets ten through in its first second.
pub(crate) struct Quota {
    sdp: Log<SDP_PER_WINDOW>,
    ice: Log<ICE_PER_WINDOW>,
}

impl Quota {
    pub(crate) const fn new() -> Self {
        Self { sdp: Log::NEW, ice: Log::NEW }
    }

    /// When the next message of that kind may leave.
    pub(crate) fn free_at(&self, kind: MessageKind) -> Instant {
        match kind {
            MessageKind::SdpOffer | MessageKind::SdpAnswer => self.sdp.free_at(),
            MessageKind::IceCandidate => self.ice.free_at(),
            MessageKind::Unknown => Instant(0),
        }
    }

    pub(crate) fn sent(&mut self, kind: MessageKind, now: Instant) {
        match kind {
            MessageKind::SdpOffer | MessageKind::SdpAnswer => self.sdp.push(now),
            MessageKind::IceCandidate => self.ice.push(now),
            MessageKind::Unknown => {}
        }
    }
}

/// A ring of moments, the oldest at `next`.
struct Log<const N: usize> {
    free: [Instant; N],
    next: usize,
}

impl<const N: usize> Log<N> {
    const NEW: Self = Self { free: [Instant(0); N], next: 0 };

    fn free_at(&self) -> Instant {
        self.free.get(self.next).copied().unwrap_or_default()
    }

    fn push(&mut self, now: Instant) {
        if let Some(oldest) = self.free.get_mut(self.next) {
            *oldest = now.plus(WINDOW_MS);
        }
        self.next = (self.next + 1) % N;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_second_sees_more_than_the_quota() {
        for (kind, limit) in [(MessageKind::SdpAnswer, 5), (MessageKind::IceCandidate, 20)] {
            let mut quota = Quota::new();
            let mut now = Instant(10_000);
            let times = core::array::from_fn::<Instant, 100, _>(|at| {
                // Bursts and pauses of no particular rhythm.
                now = now.plus((at as u64 * 37) % 90).max(quota.free_at(kind));
                quota.sent(kind, now);
                now
            });
            for from in times {
                let within = times.iter().filter(|at| **at >= from && at.since(from) < 1_000);
                assert!(within.count() <= limit, "{kind:?} from {from:?}");
            }
        }
    }

    #[test]
    fn candidates_do_not_use_up_what_answers_need() {
        let mut quota = Quota::new();
        for _ in 0..20 {
            quota.sent(MessageKind::IceCandidate, Instant(1));
        }
        assert!(quota.free_at(MessageKind::IceCandidate) > Instant(1));
        assert_eq!(quota.free_at(MessageKind::SdpAnswer), Instant(0));
    }
}
