//! The one place that reads the wall clock: for the name of a run folder, for run.json, to sign
//! what is sent to AWS, and for when an entry of a baseline ends.

use std::time::{SystemTime, UNIX_EPOCH};

use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;
use time::macros::format_description;

/// A moment on the wall clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Wall(OffsetDateTime);

impl Wall {
    /// Now.
    #[expect(
        clippy::disallowed_methods,
        reason = "names, manifest, signatures of `probe`, and when a known failure counts again"
    )]
    pub fn now() -> Self {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let seconds = i64::try_from(since.as_secs()).unwrap_or(0);
        Self(OffsetDateTime::from_unix_timestamp(seconds).unwrap_or(OffsetDateTime::UNIX_EPOCH))
    }

    /// Of seconds since 1970.
    pub fn from_unix(seconds: i64) -> Self {
        Self(OffsetDateTime::from_unix_timestamp(seconds).unwrap_or(OffsetDateTime::UNIX_EPOCH))
    }

    /// `20260301T120000Z`, as a file name.
    pub fn compact(self) -> String {
        let shape = format_description!("[year][month][day]T[hour][minute][second]Z");
        self.0.format(&shape).unwrap_or_default()
    }

    /// Milliseconds since 1970, in whole seconds.
    pub fn unix_ms(self) -> u64 {
        u64::try_from(self.0.unix_timestamp()).unwrap_or(0) * 1000
    }

    /// `2026-03-01T12:00:00Z`.
    pub fn rfc3339(self) -> String {
        self.0.format(&Rfc3339).unwrap_or_default()
    }
}
