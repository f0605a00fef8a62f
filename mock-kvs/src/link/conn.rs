//! One connection: its core, and the stream below, under one lock.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::runtime::Handle;

use super::core::Core;
use super::courier;
use super::links::Inner;
use super::transport::Transport;

pub(super) struct Conn<S> {
    pub links: Arc<Inner>,
    runtime: Handle,
    number: u64,
    state: Mutex<State<S>>,
}

pub(super) struct State<S> {
    pub core: Core,
    /// The stream below; None once the connection is over.
    pub io: Option<S>,
}

/// A connection, whatever its stream below is.
pub(super) trait Wire: Send + Sync {
    /// Changes the core; then whoever has to act on the change does.
    fn edit(self: Arc<Self>, change: &mut dyn FnMut(&mut Core));

    /// Looks at the core, or changes what nobody waits for.
    fn read_core(&self, look: &mut dyn FnMut(&mut Core));
}

impl<S: Transport> Conn<S> {
    pub(super) fn new(links: Arc<Inner>, number: u64, io: S) -> Arc<Self> {
        let state = Mutex::new(State { core: Core::new(number), io: Some(io) });
        Arc::new(Self { links, runtime: Handle::current(), number, state })
    }

    /// Runs with the connection locked, then reports what happened and delivers what has to be
    /// delivered.
    pub(super) fn with<R>(self: &Arc<Self>, run: impl FnOnce(&mut State<S>) -> R) -> R {
        let mut state = self.lock();
        let result = run(&mut state);
        if state.core.hire_courier() {
            self.runtime.spawn(courier::deliver(self.clone()));
        }
        let events = std::mem::take(&mut state.core.outbox);
        drop(state);
        for event in events {
            self.links.report(event);
        }
        result
    }

    pub(super) fn lock(&self) -> MutexGuard<'_, State<S>> {
        // A panic while the lock was held is reported where it happened; the bytes are still in
        // order.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<S: Transport> Wire for Conn<S> {
    fn edit(self: Arc<Self>, change: &mut dyn FnMut(&mut Core)) {
        self.with(|state| {
            if state.core.over.is_none() {
                change(&mut state.core);
                state.core.wake_all();
            }
        });
    }

    fn read_core(&self, look: &mut dyn FnMut(&mut Core)) {
        look(&mut self.lock().core);
    }
}

impl<S> Drop for Conn<S> {
    fn drop(&mut self) {
        self.links.forget(self.number);
    }
}

impl<S> fmt::Debug for Conn<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Conn").field("number", &self.number).finish_non_exhaustive()
    }
}
