//! What a provider gave out, and until when it is good.

use std::sync::{Mutex, MutexGuard, PoisonError};

use super::credentials::Owned;
use crate::abi::structs::AwsCredentials;
use crate::abi::{PER_S, Time};

/// Credentials are renewed when less of their life is left. The SDK's providers wait until 38 s; but a
/// client signs nothing with keys of less than 60 s, and would ask in vain for the time between.
const GRACE: Time = (60 + 38) * PER_S;

/// Behind one lock: a provider may serve several clients, each with its own threads.
#[derive(Default)]
pub(super) struct Shelf(Mutex<Kept>);

/// The newest credentials, and the ones before: a pointer to those may just be read on another thread.
/// The SDK frees them at once.
#[derive(Default)]
pub(super) struct Kept {
    current: Option<(Owned, Time)>,
    previous: Option<Owned>,
}

impl Shelf {
    /// What is kept. A panic leaves nothing half done here.
    pub(super) fn lock(&self) -> MutexGuard<'_, Kept> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Kept {
    /// What need not be renewed yet.
    pub(super) fn good(&self, now: Time) -> Option<*mut AwsCredentials> {
        let (credentials, until) = self.current.as_ref()?;
        (now.saturating_add(GRACE) < *until).then(|| credentials.as_ptr())
    }

    /// Whoever signed with them was refused, or will be soon: they are not given out again.
    pub(super) fn distrust(&mut self) {
        if let Some((_, until)) = &mut self.current {
            *until = 0;
        }
    }

    /// Takes over new ones, which are to be renewed before `until`.
    pub(super) fn renew(&mut self, fresh: Owned, until: Time) -> *mut AwsCredentials {
        let at = fresh.as_ptr();
        self.previous = self.current.replace((fresh, until)).map(|(old, _)| old);
        at
    }
}
