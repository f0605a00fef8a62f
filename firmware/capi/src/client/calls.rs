//! Fetch, connect, disconnect, delete: calls that move the session and wait (spec §5.2).

use std::time::Duration;

use kvs_signaling::State;
use kvs_signaling::event::Known;

use super::Client;
use super::application::{Application, Keys};
use super::commands::Command;
use super::shared::{Failed, Shared};
use crate::abi::status::signaling as code;
use crate::abi::{Status, state, status};
use crate::platform;

/// Fetch (each attempt), connect and disconnect.
pub(super) const STEP_BUDGET: Duration = Duration::from_secs(15);
/// Delete.
const DELETE_BUDGET: Duration = Duration::from_secs(5);
/// Our close frame, and its answer.
const STOP_BUDGET: Duration = Duration::from_secs(5);
/// Executions of a step that may fail in a row (spec §5.1).
const EXECUTIONS: u32 = 2;

impl Client {
    /// `signalingClientFetchSync`.
    pub(crate) fn fetch(&self) -> Result<(), Status> {
        let _inside = self.enter()?;
        let begun = platform::now();
        let result = self.take_wheel().and_then(|_driving| {
            let mut retry = self.plan.retry.begin();
            loop {
                let failed = match self.fetch_once() {
                    Ok(()) => return Ok(()),
                    Err(failed) => failed,
                };
                let Some(wait) = retry.next(failed) else { return Err(failed) };
                self.pause(wait)?;
            }
        });
        self.lock().counted.fetch_ms = elapsed_ms(begun);
        self.count(result)
    }

    fn fetch_once(&self) -> Result<(), Status> {
        if self.lock().finished {
            return Err(status::INVALID_STREAM_STATE);
        }
        self.stop_quietly()?;
        if !self.plan.cache.keeps {
            self.command(Command::Forget(Known::Channel));
        }
        if !self.plan.cache.keeps_storage {
            self.command(Command::Forget(Known::MediaStorage));
        }
        self.command(Command::Forget(Known::IceServers));
        // Whatever state it was, READY is entered again.
        self.lock().state = state::GET_CREDENTIALS;
        self.prepare(STEP_BUDGET)
    }

    /// Fetches what is missing, until READY.
    pub(super) fn prepare(&self, budget: Duration) -> Result<(), Status> {
        self.begin();
        let order = self.command(Command::Prepare);
        let result = self.drive(budget, |shared| {
            if let Some(failed) = self.given_up(shared) {
                return Some(Err(failed));
            }
            let ready = shared.obeyed >= order && shared.session == State::Ready;
            ready.then_some(Ok(()))
        });
        let result = result.and_then(|result| result);
        if result.is_err() {
            // Not in the background: the caller was told that it failed.
            let _ = self.stop_quietly();
        }
        result
    }

    /// `signalingClientConnectSync`.
    pub(crate) fn connect(&self) -> Result<(), Status> {
        let _inside = self.enter()?;
        let begun = platform::now();
        let result = self.take_wheel().and_then(|_driving| self.connect_once());
        if result.is_ok() {
            self.lock().counted.connect_ms = elapsed_ms(begun);
        }
        self.count(result)
    }

    fn connect_once(&self) -> Result<(), Status> {
        self.begin();
        let reconnecting = {
            let shared = self.lock();
            if shared.is_connected() {
                return Ok(());
            }
            match shared.session {
                State::Ready | State::Idle | State::Stopped if shared.state == state::READY => {
                    false
                }
                State::Idle | State::Ready | State::Stopped | State::Closing => {
                    return Err(status::INVALID_STREAM_STATE);
                }
                State::Credentials
                | State::TimeSync
                | State::Describe
                | State::Create
                | State::MediaStorage
                | State::Endpoint
                | State::IceConfig
                | State::Connecting
                | State::Connected
                | State::Leaving
                | State::Deleting
                | State::Waiting => true,
            }
        };
        if !reconnecting {
            self.command(Command::Start);
        }
        let result = self.drive(STEP_BUDGET, |shared| {
            if shared.is_connected() {
                return Some(Ok(()));
            }
            let failed = self.given_up(shared).filter(|_| !reconnecting)?;
            Some(Err(failed))
        });
        let result = result.and_then(|result| result);
        if result.is_err() && !reconnecting {
            // Back to where it was: the caller decides when to try again.
            let _ = self.stop_quietly();
            let mut shared = self.lock();
            if !shared.finished {
                shared.state = state::READY;
            }
        }
        result
    }

    /// `signalingClientDisconnectSync`.
    pub(crate) fn disconnect(&self) -> Result<(), Status> {
        let _inside = self.enter()?;
        let result = self.take_wheel().and_then(|_driving| {
            if at_rest(self.lock().session) {
                return Ok(());
            }
            self.command(Command::Stop);
            self.drive(STEP_BUDGET, |shared| at_rest(shared.session).then_some(()))
        });
        self.count(result)
    }

    /// `signalingClientDeleteSync`.
    pub(crate) fn delete(&self) -> Result<(), Status> {
        let _inside = self.enter()?;
        let result = self.take_wheel().and_then(|_driving| {
            if self.lock().state == state::DELETED {
                return Ok(());
            }
            self.stop_quietly()?;
            self.begin();
            {
                let mut shared = self.lock();
                // Whatever comes of it, nothing follows (spec §5.12).
                shared.finished = true;
            }
            self.command(Command::Delete);
            let result = self.drive(DELETE_BUDGET, |shared| {
                if shared.state == state::DELETED {
                    return Some(Ok(()));
                }
                self.given_up(shared).map(Err)
            });
            let result = result.and_then(|result| result);
            if result.is_err() {
                let _ = self.stop_quietly();
            }
            result
        });
        self.count(result)
    }

    /// A new wait: failures of before do not count.
    pub(super) fn begin(&self) {
        let mut shared = self.lock();
        shared.failed = Failed::default();
        shared.refused = None;
        shared.no_keys = None;
    }

    /// Stops the session and tells nobody.
    pub(super) fn stop_quietly(&self) -> Result<(), Status> {
        if at_rest(self.lock().session) {
            return Ok(());
        }
        self.lock().quiet = true;
        self.command(Command::Stop);
        let stopped = self.drive(STOP_BUDGET, |shared| at_rest(shared.session).then_some(()));
        self.lock().quiet = false;
        stopped
    }

    /// Why a wait is over before its time: a callback refused, or a step failed too often in a row.
    fn given_up(&self, shared: &mut Shared) -> Option<Status> {
        if let Some(refused) = shared.refused.take() {
            return Some(refused);
        }
        let most = if self.plan.retry_steps { EXECUTIONS } else { 1 };
        let Failed { state, times } = shared.failed;
        // Connecting is tried until the time is up, as the SDK does.
        let ends = times >= most && (state != state::CONNECTING || !self.plan.retry_steps);
        ends.then(|| failure_of(state))
    }

    /// Asks the provider by one of [`Application`]'s functions, and keeps the SDK's records of that.
    pub(super) fn ask_provider(
        &self,
        ask: fn(&Application) -> Result<Keys, Status>,
    ) -> Result<Keys, Status> {
        let (begun, start_ms) = (platform::now(), self.unix_ms());
        let keys = ask(&self.application).and_then(|keys| {
            let late = keys.expires.is_some_and(|expires| expires.0 <= start_ms);
            if late { Err(code::GET_TOKEN_CALL_FAILED) } else { Ok(keys) }
        });
        let mut shared = self.lock();
        shared.counted.token_start_ms = start_ms;
        shared.counted.token_end_ms = self.unix_ms();
        shared.counted.token_ms = elapsed_ms(begun);
        shared.no_keys = keys.as_ref().err().copied();
        keys
    }

    /// Hands the pump a wish; it is done when `obeyed` has this number.
    pub(super) fn command(&self, command: Command) -> u64 {
        let order = {
            let mut shared = self.lock();
            shared.issued += 1;
            shared.issued
        };
        self.commands.push(command);
        order
    }

    /// Waits, unless the client is freed meanwhile.
    pub(super) fn pause(&self, wait: Duration) -> Result<(), Status> {
        match self.drive(wait, |_| None::<()>) {
            Err(status::OPERATION_TIMED_OUT) | Ok(()) => Ok(()),
            Err(other) => Err(other),
        }
    }

    /// Counts what the SDK counts as an error.
    pub(super) fn count<T>(&self, result: Result<T, Status>) -> Result<T, Status> {
        if result.is_err() {
            self.lock().counted.errors += 1;
        }
        result
    }
}

fn at_rest(session: State) -> bool {
    matches!(session, State::Idle | State::Ready | State::Stopped)
}

pub(super) fn elapsed_ms(begun: std::time::Instant) -> u64 {
    let elapsed = platform::now().saturating_duration_since(begun);
    u64::try_from(elapsed.as_millis()).unwrap_or(u64::MAX)
}

/// What a call returns when that state's step fails for good.
fn failure_of(state: u32) -> Status {
    match state {
        state::GET_CREDENTIALS => code::GET_TOKEN_CALL_FAILED,
        state::DESCRIBE => code::DESCRIBE_CALL_FAILED,
        state::CREATE => code::CREATE_CALL_FAILED,
        state::GET_ENDPOINT => code::GET_ENDPOINT_CALL_FAILED,
        state::GET_ICE_CONFIG => code::GET_ICE_CONFIG_CALL_FAILED,
        state::CONNECTING => code::CONNECT_CALL_FAILED,
        state::DELETE => code::DELETE_CALL_FAILED,
        state::DESCRIBE_MEDIA => code::DESCRIBE_MEDIA_CALL_FAILED,
        state::JOIN_SESSION => code::JOIN_SESSION_CALL_FAILED,
        _ => code::INVALID_READY_STATE,
    }
}
