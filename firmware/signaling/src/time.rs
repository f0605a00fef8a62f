//! Time as the core sees it: arguments, never a clock.

/// Milliseconds of the device's monotonic clock, from any fixed start.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Instant(pub u64);

impl Instant {
    /// This instant plus `ms` milliseconds, saturating.
    #[must_use]
    pub const fn plus(self, ms: u64) -> Self {
        Self(self.0.saturating_add(ms))
    }

    /// Milliseconds since `earlier`; 0 when that lies ahead.
    pub const fn since(self, earlier: Self) -> u64 {
        self.0.saturating_sub(earlier.0)
    }
}

/// Milliseconds since 1970-01-01T00:00:00Z.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct UnixTime(pub u64);

/// What the port's two clocks say at the moment of a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Now {
    /// The monotonic clock: every deadline is on it.
    pub mono: Instant,
    /// The device's wall clock as it stands; may be wrong, may start at 1970. The core reads it
    /// only until it has learned the service's time, and then keeps that on the monotonic clock.
    pub wall: UnixTime,
}

/// How far wall time can be relied on (decision 3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WallTime {
    /// Before the image's build date, and nothing learned yet: nothing may be signed.
    Unknown,
    /// Learned from a `Date` header of the service.
    Learned(UnixTime),
    /// The device's own, plausible and not contradicted.
    Trusted(UnixTime),
}
