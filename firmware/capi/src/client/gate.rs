//! Calls: who is inside, who drives the session, how they wait.

use std::time::{Duration, Instant};

use super::Client;
use super::application::Application;
use super::shared::{Job, Shared, me};
use crate::abi::{Status, status};
use crate::platform;

/// A call under way; the client is not taken apart before it is dropped.
pub(super) struct Inside<'c>(&'c Client);

/// A call that moves the session. One at a time; a callback's calls are part of the call that runs it.
pub(super) struct Driving<'c>(&'c Client);

impl Client {
    /// Enters a call. Refused once the client is being freed.
    pub(super) fn enter(&self) -> Result<Inside<'_>, Status> {
        let mut shared = self.lock();
        if shared.closing {
            return Err(status::INVALID_OPERATION);
        }
        shared.inside += 1;
        Ok(Inside(self))
    }

    /// Waits for its turn to move the session.
    pub(super) fn take_wheel(&self) -> Result<Driving<'_>, Status> {
        let me = me();
        let mut shared = self.lock();
        loop {
            if shared.closing {
                return Err(status::INVALID_OPERATION);
            }
            match shared.driver {
                None => {
                    shared.driver = Some((me, 1));
                    return Ok(Driving(self));
                }
                Some((driver, depth)) if driver == me || shared.busy == Some(me) => {
                    shared.driver = Some((driver, depth + 1));
                    return Ok(Driving(self));
                }
                Some(_) => shared = self.wait(shared, None),
            }
        }
    }

    /// Waits until `done` gives something, and runs what the application is to be told or asked
    /// meanwhile; everything that came before `done` is told before this returns.
    pub(super) fn drive<T>(
        &self,
        limit: Duration,
        mut done: impl FnMut(&mut Shared) -> Option<T>,
    ) -> Result<T, Status> {
        let me = me();
        let until = platform::now() + limit;
        let mut shared = self.lock();
        loop {
            let mine = shared.busy.is_none_or(|busy| busy == me);
            if mine && let Some(job) = shared.jobs.pop_front() {
                let before = shared.busy.replace(me);
                drop(shared);
                self.run(job);
                shared = self.lock();
                shared.busy = before;
                self.changed.notify_all();
                continue;
            }
            if shared.closing {
                return Err(status::INVALID_OPERATION);
            }
            if mine && let Some(value) = done(&mut shared) {
                return Ok(value);
            }
            if platform::now() >= until {
                return Err(status::OPERATION_TIMED_OUT);
            }
            shared = self.wait(shared, Some(until));
        }
    }

    /// Waits for a change, at most until then.
    pub(super) fn wait<'s>(
        &self,
        shared: std::sync::MutexGuard<'s, Shared>,
        until: Option<Instant>,
    ) -> std::sync::MutexGuard<'s, Shared> {
        match until {
            None => self.changed.wait(shared).unwrap_or_else(std::sync::PoisonError::into_inner),
            Some(until) => {
                let left = until.saturating_duration_since(platform::now());
                let waited = self.changed.wait_timeout(shared, left);
                waited.unwrap_or_else(std::sync::PoisonError::into_inner).0
            }
        }
    }

    /// Calls the application, without any lock held.
    pub(super) fn run(&self, job: Job) {
        match job {
            Job::State(state) => {
                let answer = self.application.state_changed(state);
                if answer != status::SUCCESS {
                    self.lock().refused.get_or_insert(answer);
                }
            }
            Job::Error(code, text) => self.application.error(code, &text),
            Job::Credentials => {
                // The session has some already, and they are of no more use.
                let keys = self.ask_provider(Application::other_keys);
                self.command(super::commands::Command::Credentials(keys.ok()));
            }
        }
    }

    /// Whether this thread is inside one of the application's functions that this client called, or
    /// moves the session.
    pub(super) fn is_own_thread(&self) -> bool {
        let me = Some(me());
        let shared = self.lock();
        shared.caller_thread == me
            || shared.busy == me
            || shared.driver.map(|(driver, _)| driver) == me
    }
}

impl Drop for Inside<'_> {
    fn drop(&mut self) {
        self.0.lock().inside -= 1;
        self.0.changed.notify_all();
    }
}

impl Drop for Driving<'_> {
    fn drop(&mut self) {
        let mut shared = self.0.lock();
        shared.driver = match shared.driver {
            Some((driver, depth)) if depth > 1 => Some((driver, depth - 1)),
            Some(_) | None => None,
        };
        drop(shared);
        self.0.changed.notify_all();
    }
}
