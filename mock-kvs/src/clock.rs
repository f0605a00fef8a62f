//! The service's clock: tokio's, so that `sim` can pause it, plus a wall-clock start.

use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use tokio::time::Instant;

/// One moment, on both clocks. The service takes it as an argument and never asks for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Now {
    /// Microseconds since the mock was made.
    pub us: u64,
    /// The service's wall clock, in milliseconds since 1970.
    pub wall_ms: u64,
}

impl Now {
    /// The monotonic moment `after` from now.
    pub fn plus(&self, after: Duration) -> u64 {
        self.us.saturating_add(micros(after))
    }
}

/// Microseconds of a duration, capped instead of wrapping.
pub fn micros(duration: Duration) -> u64 {
    u64::try_from(duration.as_micros()).unwrap_or(u64::MAX)
}

/// Milliseconds of a duration, capped instead of wrapping.
pub fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

#[derive(Debug)]
pub(crate) struct Clock {
    start: Instant,
    wall_start_ms: u64,
    skew_ms: AtomicI64,
}

impl Clock {
    pub(crate) fn new(wall_start_ms: Option<u64>) -> Self {
        Self {
            start: Instant::now(),
            wall_start_ms: wall_start_ms.unwrap_or_else(system_wall_ms),
            skew_ms: AtomicI64::new(0),
        }
    }

    pub(crate) fn now(&self) -> Now {
        let elapsed = self.start.elapsed();
        Now {
            us: micros(elapsed),
            wall_ms: self
                .wall_start_ms
                .saturating_add(millis(elapsed))
                .saturating_add_signed(self.skew_ms.load(Ordering::Relaxed)),
        }
    }

    /// The instant to sleep until for a monotonic moment of [`Now::us`].
    pub(crate) fn instant(&self, us: u64) -> Instant {
        // A century is "never" to a timer, and cannot overflow it.
        self.start + Duration::from_micros(us.min(100 * 365 * 86_400 * 1_000_000))
    }

    /// Moves the whole service clock: `Date`, signature windows, expiries.
    pub(crate) fn set_skew_ms(&self, skew_ms: i64) {
        self.skew_ms.store(skew_ms, Ordering::Relaxed);
    }
}

/// The only reading of the machine's wall clock in this crate, once per mock.
#[allow(clippy::disallowed_methods)] // a standalone mock starts at the real time
fn system_wall_ms() -> u64 {
    std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).map_or(0, millis)
}
