//! How long to wait before the next attempt.

use crate::config::Policy;
use crate::entropy::Entropy;
use crate::time::Instant;

/// Exponential back-off with jitter added, not multiplied (decision 4, the C SDK's rule of spec
/// §5.5): w = min(cap, base·2ⁿ), wait = w + uniform [0, w). The lower bound is what protects the
/// service; AWS's "full jitter" would allow a wait of nothing.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Backoff {
    failures: u32,
}

/// One wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Wait {
    /// 0-based number of the attempt that failed.
    pub(crate) attempt: u32,
    pub(crate) base_ms: u32,
    pub(crate) wait_ms: u32,
}

impl Backoff {
    /// Attempts that failed since the last stable connection.
    pub(crate) const fn failures(self) -> u32 {
        self.failures
    }

    /// The wait after one more failure.
    pub(crate) fn fail(&mut self, policy: &Policy, entropy: &mut Entropy) -> Wait {
        let attempt = self.failures;
        self.failures = attempt.saturating_add(1);
        let base_ms = window_ms(policy, attempt);
        let wait_ms = base_ms.saturating_add(entropy.below(base_ms));
        Wait { attempt, base_ms, wait_ms }
    }

    /// A connection ended that had stood since `connected`: only a stable one starts over. The C SDK
    /// goes by the time since the last wait instead, and so a service that accepts and drops at once
    /// is called ever again at the first rate.
    pub(crate) fn ended(&mut self, connected: Instant, now: Instant, policy: &Policy) {
        if now.since(connected) >= u64::from(policy.stable_ms) {
            self.reset();
        }
    }

    pub(crate) fn reset(&mut self) {
        self.failures = 0;
    }
}

fn window_ms(policy: &Policy, attempt: u32) -> u32 {
    // Shifts beyond 31 would wrap; long before that the cap holds.
    let grown = u64::from(policy.backoff_base_ms) << attempt.min(31);
    u32::try_from(grown).unwrap_or(u32::MAX).min(policy.backoff_cap_ms)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_up_to_the_cap_and_stay_inside_their_window() {
        let mut entropy = Entropy::new([7; 32]);
        let mut backoff = Backoff::default();
        let expected = [100, 200, 400, 800, 1_600, 3_200, 6_400, 10_000, 10_000];
        for (attempt, base_ms) in expected.into_iter().enumerate() {
            let wait = backoff.fail(&Policy::DEFAULT, &mut entropy);
            assert_eq!((wait.attempt, wait.base_ms), (attempt as u32, base_ms));
            assert!((base_ms..2 * base_ms).contains(&wait.wait_ms), "{wait:?}");
        }
    }

    #[test]
    fn jitter_fills_its_window() {
        let mut entropy = Entropy::new([1; 32]);
        let waits = core::array::from_fn::<u32, 400, _>(|_| {
            Backoff::default().fail(&Policy::DEFAULT, &mut entropy).wait_ms
        });
        let quarter = |from: u32| waits.iter().filter(|w| (from..from + 25).contains(w)).count();
        for from in [100, 125, 150, 175] {
            assert!((60..=140).contains(&quarter(from)), "{} in {from}..", quarter(from));
        }
    }

    #[test]
    fn an_attempt_number_beyond_any_shift_waits_the_cap() {
        assert_eq!(window_ms(&Policy::DEFAULT, u32::MAX), 10_000);
    }

    #[test]
    fn a_short_connection_keeps_the_back_off_growing() {
        let (mut backoff, mut entropy) = (Backoff::default(), Entropy::new([2; 32]));
        backoff.fail(&Policy::DEFAULT, &mut entropy);
        backoff.ended(Instant(1_000), Instant(30_999), &Policy::DEFAULT);
        assert_eq!(backoff.failures(), 1);
        backoff.ended(Instant(1_000), Instant(31_000), &Policy::DEFAULT);
        assert_eq!(backoff.failures(), 0);
    }
}
