//! Waits between the attempts of create and fetch (spec §5.5).

mod usual;

use core::ptr;
use std::time::Duration;

use crate::abi::structs::{ClientInfo, RetryStrategy, RetryStrategyCallbacks};
use crate::abi::{Status, status};

/// Attempts after the first, unless the program says otherwise.
const RETRIES: u32 = 7;

/// How often, and with whose waits.
#[derive(Clone, Copy)]
pub(super) struct RetryPlan {
    pub(super) retries: u32,
    callbacks: RetryStrategyCallbacks,
}

impl RetryPlan {
    pub(super) fn of(client: &ClientInfo) -> Self {
        let asked = client.creation_max_retry_attempts;
        let callbacks = if is_whole(&client.retry) { client.retry } else { usual::CALLBACKS };
        Self { retries: u32::try_from(asked).unwrap_or(RETRIES), callbacks }
    }

    /// Begins to count attempts.
    pub(super) fn begin(self) -> Retry {
        let strategy =
            RetryStrategy { strategy: ptr::null_mut(), config: ptr::null_mut(), kind: 0 };
        let mut retry = Retry { plan: self, strategy: Box::new(strategy), built: false, done: 0 };
        if let Some(create) = self.callbacks.create {
            // SAFETY: the strategy's function, with a strategy that lives as long as `retry`.
            retry.built = unsafe { create(&raw mut *retry.strategy) } == status::SUCCESS;
        }
        retry
    }
}

/// The usual functions, where a program gave none or not all: the SDK leaves its own there, and a
/// program may call them.
pub(crate) fn complete(callbacks: &mut RetryStrategyCallbacks) {
    if !is_whole(callbacks) {
        *callbacks = usual::CALLBACKS;
    }
}

fn is_whole(given: &RetryStrategyCallbacks) -> bool {
    given.create.is_some() && given.free.is_some() && given.execute.is_some()
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
        self.done += 1;
        let execute = self.plan.callbacks.execute.filter(|_| self.built)?;
        let mut wait = 0_u64;
        // SAFETY: as in `begin`.
        let result = unsafe { execute(&raw mut *self.strategy, &raw mut wait) };
        (result == status::SUCCESS).then(|| Duration::from_nanos(wait.saturating_mul(100)))
    }
}

impl Drop for Retry {
    fn drop(&mut self) {
        if let Some(free) = self.plan.callbacks.free.filter(|_| self.built) {
            // SAFETY: as in `begin`; freed once.
            let _ = unsafe { free(&raw mut *self.strategy) };
        }
    }
}

/// What another attempt cannot mend. The SDK tries again after these too.
fn is_final(failed: Status) -> bool {
    matches!(failed, status::INVALID_OPERATION | status::INVALID_STREAM_STATE)
}
