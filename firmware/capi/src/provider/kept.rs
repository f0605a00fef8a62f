//! What a provider gave out, and until when it is good.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::credentials::Owned;
use crate::abi::structs::{AwsCredentialProvider, AwsCredentials};
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

/// The shelves of the providers in use, by their addresses. The struct that C knows has no room to say whose
/// a provider is, and its function does not tell: a compiler may merge functions, or make several of one.
static SHELVES: Mutex<BTreeMap<usize, Arc<Shelf>>> = Mutex::new(BTreeMap::new());

fn shelves() -> MutexGuard<'static, BTreeMap<usize, Arc<Shelf>>> {
    SHELVES.lock().unwrap_or_else(PoisonError::into_inner)
}

/// From now on the provider at `at` has that shelf.
pub(super) fn put_up(at: *mut AwsCredentialProvider, shelf: Arc<Shelf>) {
    shelves().insert(at.addr(), shelf);
}

/// Before the provider at `at` is freed: another may stand there later.
pub(super) fn take_down(at: *mut AwsCredentialProvider) {
    shelves().remove(&at.addr());
}

/// The shelf of the provider at `at`; `None` when it is not one of ours that keep something.
pub(super) fn shelf(at: *mut AwsCredentialProvider) -> Option<Arc<Shelf>> {
    shelves().get(&at.addr()).cloned()
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
