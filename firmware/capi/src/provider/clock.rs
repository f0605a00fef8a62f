//! The time as a provider sees it.

use crate::abi::structs::CurrentTime;
use crate::abi::{PER_MS, Time};
use crate::platform;

/// The application's clock with its data, or the system's.
#[derive(Clone, Copy)]
pub(super) struct Clock(Option<(CurrentTime, u64)>);

impl Clock {
    pub(super) fn new(function: Option<CurrentTime>, custom_data: u64) -> Self {
        Self(function.map(|function| (function, custom_data)))
    }

    pub(super) fn now(self) -> Time {
        match self.0 {
            // SAFETY: the application's function with the application's data.
            Some((function, data)) => unsafe { function(data) },
            None => platform::unix_ms() * PER_MS,
        }
    }
}
