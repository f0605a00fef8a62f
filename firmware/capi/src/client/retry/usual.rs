//! The usual strategy, as functions that C can call too: exponential, with full jitter on top.

use core::ptr;

use crate::abi::structs::{RetryStrategy, RetryStrategyCallbacks};
use crate::abi::{PER_MS, Status, status};
use crate::{api, platform};

/// First wait.
const FACTOR_MS: u64 = 1_000;
/// Largest wait before jitter.
const CAP_MS: u64 = 16_000;
/// `KVS_RETRY_STRATEGY_EXPONENTIAL_BACKOFF_WAIT`.
const EXPONENTIAL: u32 = 1;

/// All four.
pub(super) const CALLBACKS: RetryStrategyCallbacks = RetryStrategyCallbacks {
    create: Some(create),
    attempt: Some(attempt),
    free: Some(free),
    execute: Some(execute),
};

/// Behind `KvsRetryStrategy.pRetryStrategy`.
struct Backoff {
    waits: u32,
}

/// # Safety
/// `strategy` is NULL or points to a strategy, made by `create` or with NULL in it.
unsafe fn backoff<'s>(strategy: *mut RetryStrategy) -> Result<&'s mut Backoff, Status> {
    // SAFETY: as the caller says.
    let strategy = unsafe { strategy.as_ref() }.ok_or(status::NULL_ARG)?;
    // SAFETY: only `create` puts something there, and it is a `Backoff`.
    let backoff = unsafe { strategy.strategy.cast::<Backoff>().as_mut() };
    backoff.ok_or(status::EXPONENTIAL_BACKOFF_INVALID_STATE)
}

unsafe extern "C" fn create(strategy: *mut RetryStrategy) -> Status {
    api::guarded(|| {
        // SAFETY: the function's contract in the SDK: NULL, or a strategy to be filled in.
        let strategy = unsafe { strategy.as_mut() }.ok_or(status::NULL_ARG)?;
        strategy.strategy = Box::into_raw(Box::new(Backoff { waits: 0 })).cast();
        strategy.kind = EXPONENTIAL;
        Ok(())
    })
}

unsafe extern "C" fn attempt(strategy: *mut RetryStrategy, number: *mut u32) -> Status {
    api::guarded(|| {
        // SAFETY: as `backoff`, and `number` is NULL or can be written.
        let (backoff, number) = unsafe { (backoff(strategy)?, number.as_mut()) };
        *number.ok_or(status::NULL_ARG)? = backoff.waits;
        Ok(())
    })
}

unsafe extern "C" fn execute(strategy: *mut RetryStrategy, wait: *mut u64) -> Status {
    api::guarded(|| {
        // SAFETY: as `backoff`, and `wait` is NULL or can be written.
        let (backoff, wait) = unsafe { (backoff(strategy)?, wait.as_mut()) };
        let wait = wait.ok_or(status::NULL_ARG)?;
        let doubled = FACTOR_MS.checked_shl(backoff.waits.min(32)).unwrap_or(CAP_MS);
        let base_ms = doubled.min(CAP_MS);
        backoff.waits = backoff.waits.saturating_add(1);
        let mut random = [0; 8];
        platform::fill(&mut random);
        *wait = (base_ms + u64::from_le_bytes(random) % base_ms) * PER_MS;
        Ok(())
    })
}

unsafe extern "C" fn free(strategy: *mut RetryStrategy) -> Status {
    api::guarded(|| {
        // SAFETY: the function's contract in the SDK: NULL, or a strategy.
        let strategy = unsafe { strategy.as_mut() }.ok_or(status::NULL_ARG)?;
        let made = core::mem::replace(&mut strategy.strategy, ptr::null_mut()).cast::<Backoff>();
        if !made.is_null() {
            // SAFETY: made by `create`, and taken out just now.
            drop(unsafe { Box::from_raw(made) });
        }
        Ok(())
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::abi::PER_S;

    #[test]
    fn waits_double_up_to_the_cap_and_are_spread() {
        let mut strategy =
            RetryStrategy { strategy: ptr::null_mut(), config: ptr::null_mut(), kind: 0 };
        let at = &raw mut strategy;
        let mut wait = 0;
        let mut number = 9;
        // SAFETY: a strategy of this very function, and numbers that can be written.
        unsafe {
            assert_eq!(execute(at, &raw mut wait), 0x4000_002a);
            assert_eq!(create(at), status::SUCCESS);
            for seconds in [1, 2, 4, 8, 16, 16, 16] {
                assert_eq!(execute(at, &raw mut wait), status::SUCCESS);
                assert!((seconds * PER_S..2 * seconds * PER_S).contains(&wait), "{wait}");
            }
            assert_eq!(attempt(at, &raw mut number), status::SUCCESS);
            assert_eq!(number, 7);
            assert_eq!(execute(at, ptr::null_mut()), status::NULL_ARG);
            assert_eq!(free(at), status::SUCCESS);
            assert_eq!(free(at), status::SUCCESS);
        }
    }
}
