//! The service's time, as far as it is known (decision 3).

use crate::time::{Instant, Now, UnixTime, WallTime};

/// Keeps what was learned from `Date` on the monotonic clock. One correction for everything: HTTPS
/// calls, the presigned URL and the expiry of credentials. The C SDK keeps one per API and leaves
/// the presigned URL out (spec §5.8), so that a wrong clock keeps it from connecting for good.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Clock {
    build_date: UnixTime,
    learned: Option<(Instant, UnixTime)>,
}

/// `Date` counts whole seconds, so that the service's clock stood anywhere in that second.
const HALF_SECOND_MS: u64 = 500;

impl Clock {
    pub(crate) const fn new(build_date: UnixTime) -> Self {
        Self { build_date, learned: None }
    }

    pub(crate) fn wall(&self, now: Now) -> WallTime {
        match self.learned {
            Some((at, time)) => {
                WallTime::Learned(UnixTime(time.0.saturating_add(now.mono.since(at))))
            }
            None if now.wall < self.build_date => WallTime::Unknown,
            None => WallTime::Trusted(now.wall),
        }
    }

    /// The time to sign with.
    pub(crate) fn time(&self, now: Now) -> Option<UnixTime> {
        match self.wall(now) {
            WallTime::Unknown => None,
            WallTime::Learned(time) | WallTime::Trusted(time) => Some(time),
        }
    }

    /// Takes a response's `Date` when it contradicts the clock by more than `tolerance_ms`. Returns
    /// service minus device wall clock when it did.
    pub(crate) fn observe(&mut self, date: UnixTime, now: Now, tolerance_ms: u32) -> Option<i64> {
        let service = UnixTime(date.0.saturating_add(HALF_SECOND_MS));
        let agrees = self
            .time(now)
            .is_some_and(|time| time.0.abs_diff(service.0) <= u64::from(tolerance_ms));
        if agrees {
            return None;
        }
        self.learned = Some((now.mono, service));
        Some(difference(service, now.wall))
    }
}

/// `a` minus `b` in ms, saturating.
pub(crate) fn difference(a: UnixTime, b: UnixTime) -> i64 {
    let magnitude = i64::try_from(a.0.abs_diff(b.0)).unwrap_or(i64::MAX);
    if a >= b { magnitude } else { -magnitude }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BUILT: UnixTime = UnixTime(1_700_000_000_000);

    fn now(mono: u64, wall: u64) -> Now {
        Now { mono: Instant(mono), wall: UnixTime(wall) }
    }

    #[test]
    fn a_clock_before_the_build_date_is_unknown_until_a_date_is_seen() {
        let mut clock = Clock::new(BUILT);
        assert_eq!(clock.wall(now(5_000, 5_000)), WallTime::Unknown);
        let offset = clock.observe(UnixTime(1_767_225_600_000), now(5_000, 5_000), 30_000);
        assert_eq!(offset, Some(1_767_225_600_500 - 5_000));
        let later = clock.wall(now(7_000, 7_000));
        assert_eq!(later, WallTime::Learned(UnixTime(1_767_225_602_500)));
    }

    #[test]
    fn a_small_difference_keeps_the_devices_own_clock() {
        let mut clock = Clock::new(BUILT);
        let wall = 1_767_225_600_000;
        assert_eq!(clock.observe(UnixTime(wall + 29_000), now(0, wall), 30_000), None);
        assert_eq!(clock.wall(now(0, wall)), WallTime::Trusted(UnixTime(wall)));
        assert_eq!(clock.observe(UnixTime(wall - 40_000), now(0, wall), 30_000), Some(-39_500));
    }

    #[test]
    fn what_was_learned_does_not_follow_the_devices_clock_any_more() {
        let mut clock = Clock::new(BUILT);
        clock.observe(UnixTime(1_767_225_600_000), now(0, 0), 30_000);
        let jumped = now(1_000, 2_000_000_000_000);
        assert_eq!(clock.time(jumped), Some(UnixTime(1_767_225_601_500)));
    }
}
