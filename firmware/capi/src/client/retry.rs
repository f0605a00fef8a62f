//! Waits between the attempts of create and fetch (spec §5.5).

use core::ptr;
use std::time::Duration;

use crate::abi::structs::{ClientInfo, RetryStrategy, RetryStrategyCallbacks};
use crate::abi::{Status, status};
use crate::platform;

/// Attempts after the first, unless the program says otherwise.
const RETRIES: u32 = 7;
/// First wait.
const FACTOR_MS: u64 = 1_000;
/// Largest wait before jitter.
const CAP_MS: u64 = 16_000;

/// How often, and with whose waits.
#[derive(Clone, Copy)]
pub(super) struct RetryPlan {
    pub(super) retries: u32,
    own: Option<RetryStrategyCallbacks>,
}

impl RetryPlan {
    pub(super) fn of(client: &ClientInfo) -> Self {
        let asked = client.creation_max_retry_attempts;
        let given = client.retry;
        let whole = given.create.is_some() && given.free.is_some() && given.execute.is_some();
        Self { retries: u32::try_from(asked).unwrap_or(RETRIES), own: whole.then_some(given) }
    }

    /// Begins to count attempts.
    pub(super) fn begin(self) -> Retry {
        let strategy =
            RetryStrategy { strategy: ptr::null_mut(), config: ptr::null_mut(), kind: 0 };
        let mut retry = Retry { plan: self, strategy: Box::new(strategy), built: false, done: 0 };
        if let Some(create) = self.own.and_then(|own| own.create) {
            // SAFETY: the application's function, with a strategy that lives as long as `retry`.
            retry.built = unsafe { create(&raw mut *retry.strategy) } == status::SUCCESS;
        }
        retry
    }
}

/// Attempts so far.
pub(super) struct Retry {
    plan: RetryPlan,
    strategy: Box<RetryStrategy>,
    built: bool,
    pub(super) done: u32,
}

impl Retry {
    /// The wait before the next attempt; `None` after the last.
    pub(super) fn next(&mut self, failed: Status) -> Option<Duration> {
        let again = self.done < self.plan.retries && !is_final(failed);
        if !again {
            return None;
        }
        let attempt = self.done;
        self.done += 1;
        if let Some(execute) = self.plan.own.and_then(|own| own.execute).filter(|_| self.built) {
            let mut wait = 0;
            // SAFETY: as in `begin`.
            let result = unsafe { execute(&raw mut *self.strategy, &raw mut wait) };
            return (result == status::SUCCESS).then(|| Duration::from_nanos(wait * 100));
        }
        let base = FACTOR_MS.checked_shl(attempt).unwrap_or(CAP_MS).min(CAP_MS);
        let mut random = [0; 8];
        platform::fill(&mut random);
        Some(Duration::from_millis(base + u64::from_le_bytes(random) % base))
    }
}

impl Drop for Retry {
    fn drop(&mut self) {
        if let Some(free) = self.plan.own.and_then(|own| own.free).filter(|_| self.built) {
            // SAFETY: as in `begin`; freed once.
            let _ = unsafe { free(&raw mut *self.strategy) };
        }
    }
}

/// What another attempt cannot mend. The SDK tries again after these too.
fn is_final(failed: Status) -> bool {
    matches!(failed, status::INVALID_OPERATION | status::INVALID_STREAM_STATE)
}
