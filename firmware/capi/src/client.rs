//! One client: what C holds a handle of.

mod application;
mod calls;
mod commands;
mod dispatch;
mod gate;
mod ice;
mod lifecycle;
mod metrics;
mod plan;
mod pump;
mod retry;
mod send;
mod shared;
mod storage;
mod translate;

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;

use application::Application;
use commands::Commands;
use ice::IceMemory;
use plan::Plan;
use shared::Shared;

pub(crate) use plan::Given;
pub(crate) use pump::serve;
pub(crate) use retry::complete as complete_retry;

/// 2025-01-01T00:00:00Z: no image of this source is older (decision 3).
pub(crate) const BUILD_UNIX_MS: u64 = 1_735_689_600_000;

/// A client, shared by its two threads and by every call that is under way.
pub(crate) struct Client {
    plan: Plan,
    application: Application,
    commands: Commands,
    shared: Mutex<Shared>,
    /// Something in `shared` changed.
    changed: Condvar,
    ice: Mutex<IceMemory>,
    /// What the cache file holds of this channel, in the core's form.
    cache: Mutex<Vec<u8>>,
    threads: Mutex<Vec<JoinHandle<()>>>,
}

impl Client {
    /// What is shared. A panic of another thread leaves nothing half done that matters here.
    fn lock(&self) -> MutexGuard<'_, Shared> {
        self.shared.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// As `signalingClientGetCurrentState` says it.
    pub(crate) fn state(&self) -> u32 {
        self.lock().state
    }

    /// The application's clock, or the system's.
    pub(crate) fn unix_ms(&self) -> u64 {
        self.application.unix_ms().unwrap_or_else(crate::platform::unix_ms)
    }

    /// What is trusted.
    pub(crate) fn trusted(&self) -> crate::platform::Trusted {
        self.plan.trusted.clone()
    }

    /// One line for people, when the application asked for this much.
    pub(crate) fn log(&self, line: &str) {
        if self.plan.verbose {
            crate::platform::log(line);
        }
    }
}

/// A copy on the heap. `Box::new` makes its value on the stack first, of which an ESP32's task has little.
fn boxed<T: Copy>(value: &'static T) -> Box<T> {
    let mut room = Box::<T>::new_uninit();
    // SAFETY: both are one T, and the place is new.
    unsafe { core::ptr::copy_nonoverlapping(value, room.as_mut_ptr(), 1) };
    // SAFETY: written just now.
    unsafe { room.assume_init() }
}

/// Locks what a panicking thread may have left: nothing here is left half done.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
