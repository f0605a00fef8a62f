//! The way to a connection: what is missing for one, and what happens when a step fails.

use super::Session;
use super::notes::Note;
use crate::error::Error;
use crate::event::Api;
use crate::state::{self, Cause, State};

/// What a connection needs next, in the order it is needed in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Need {
    Credentials,
    Time,
    Channel,
    Create,
    Storage,
    Endpoint,
    Ice,
    Delete,
    Nothing,
}

/// What the way leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Goal {
    /// A connection, and after it the next.
    Connect,
    /// All that a connection needs.
    Prepare,
    /// The channel's end.
    Delete,
}

/// What has been tried since it last helped, so that it is not tried for ever without a wait.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Tried {
    /// Credentials seemed to have expired, and the time was asked for.
    pub(super) clock_doubted: bool,
    /// A signature was refused, and the clock corrected.
    pub(super) clock_corrected: bool,
    /// Credentials were refused, and others asked for.
    pub(super) credentials_renewed: bool,
    /// A 404 had the channel looked up again.
    pub(super) looked_up_again: bool,
    /// Attempts that failed on the way to the WebSocket.
    pub(super) connects_failed: u8,
}

/// Failed connects after which the endpoint is looked up again: it may have moved. GO_AWAY and 404
/// say so at once.
const CONNECTS_PER_ENDPOINT: u8 = 3;

impl Need {
    pub(super) const fn cause(self) -> Cause {
        match self {
            Self::Credentials => Cause::NeedCredentials,
            Self::Time => Cause::NeedTime,
            Self::Channel => Cause::NeedChannel,
            Self::Create => Cause::NeedCreate,
            Self::Storage => Cause::NeedStorage,
            Self::Endpoint => Cause::NeedEndpoint,
            Self::Ice => Cause::NeedIce,
            Self::Delete => Cause::NeedDelete,
            Self::Nothing => Cause::Ready,
        }
    }

    /// The call that gets it, if it is a call's to get.
    pub(super) const fn api(self) -> Option<Api> {
        match self {
            Self::Time => Some(Api::TimeSync),
            Self::Channel => Some(Api::Describe),
            Self::Create => Some(Api::Create),
            Self::Storage => Some(Api::MediaStorage),
            Self::Endpoint => Some(Api::Endpoint),
            Self::Ice => Some(Api::IceConfig),
            Self::Delete => Some(Api::Delete),
            Self::Credentials | Self::Nothing => None,
        }
    }
}

impl Session<'_> {
    /// Moves to where `cause` leads; nothing happens where it leads nowhere.
    pub(super) fn go(&mut self, cause: Cause) {
        let from = self.state;
        if let Some(to) = state::next(from, cause) {
            self.state = to;
            if from != to {
                self.notes.push(Note::State { from, to, cause });
            }
        }
    }

    /// What the next connection needs first.
    pub(super) fn missing(&self) -> Need {
        let policy = &self.config.policy;
        let time = self.clock.time(self.now);
        // A certificate is shown only to who can be checked, dates included.
        if self.clock_doubted || (self.calls_provider() && time.is_none()) {
            Need::Time
        } else if self.keyring.usable(time, policy.credentials_grace_ms).is_none() {
            Need::Credentials
        } else if time.is_none() {
            Need::Time
        } else if self.directory.arn().is_none() {
            if self.channel_absent { Need::Create } else { Need::Channel }
        } else if self.goal == Goal::Delete {
            Need::Delete
        } else if self.storage.is_unknown() {
            Need::Storage
        } else if self.lacks_endpoint() {
            Need::Endpoint
        } else if self.ice.due(policy) <= self.now.mono {
            Need::Ice
        } else {
            Need::Nothing
        }
    }

    /// Does what the state and the facts ask for. Every input ends here.
    pub(super) fn drive(&mut self) {
        match self.state {
            State::Idle | State::Ready | State::Closing | State::Stopped => {}
            State::Waiting => {
                if self.retry_at.is_none_or(|at| at <= self.now.mono) {
                    self.step();
                }
            }
            State::Credentials if self.asked.is_some() => {}
            State::Credentials
            | State::TimeSync
            | State::Describe
            | State::Create
            | State::MediaStorage
            | State::Endpoint
            | State::IceConfig
            | State::Connecting
            | State::Deleting => {
                // A step under way is not given up because of what happens beside it.
                let calling = self.https.as_ref().is_some_and(|https| https.call.is_some());
                if !calling && self.socket.is_none() {
                    self.step();
                }
            }
            State::Connected => self.keep_fresh(),
            State::Leaving if self.socket.is_none() => self.step(),
            State::Leaving => self.prepare_to_leave(),
        }
        self.ask_for_confirmation();
    }

    /// Takes the next step towards a connection.
    pub(super) fn step(&mut self) {
        self.retry_at = None;
        self.side_retry_at = None;
        self.leave_by = None;
        if let Some(time) = self.clock.time(self.now) {
            self.directory.expire(time, self.config.policy.cache_period_s);
        }
        let need = self.missing();
        let prepared = need == Need::Nothing && self.goal == Goal::Prepare;
        self.go(if prepared { Cause::Prepared } else { need.cause() });
        match need.api() {
            Some(api) => self.ensure_call(api),
            None if need == Need::Credentials && self.calls_provider() => self.call_provider(),
            None if need == Need::Credentials => {
                self.close_https();
                self.ask_for_credentials();
            }
            None => {
                // One TLS session at a time: a small device has no memory for two handshakes.
                self.close_https();
                if !prepared {
                    self.open_socket();
                }
            }
        }
    }

    /// An attempt failed: everything is dropped, and the next one waits.
    pub(super) fn fail(&mut self, cause: Cause) {
        if state::next(self.state, cause) != Some(State::Waiting) {
            return;
        }
        match self.state {
            State::Connected => self.counters.connection_lost(),
            State::Connecting => self.connect_failed(),
            State::Idle
            | State::Credentials
            | State::TimeSync
            | State::Describe
            | State::Create
            | State::MediaStorage
            | State::Endpoint
            | State::IceConfig
            | State::Ready
            | State::Leaving
            | State::Deleting
            | State::Waiting
            | State::Closing
            | State::Stopped => self.counters.runtime_error(),
        }
        self.close_https();
        self.drop_socket();
        let wait = self.backoff.fail(&self.config.policy, &mut self.entropy);
        let (base_ms, wait_ms) = (u64::from(wait.base_ms), self.wait_ms(wait));
        self.retry_at = Some(self.now.mono.plus(wait_ms));
        self.go(cause);
        self.notes.push(Note::Retry { attempt: wait.attempt, wait_ms, base_ms, cause });
    }

    fn connect_failed(&mut self) {
        self.counters.runtime_error();
        self.tried.connects_failed += 1;
        if self.tried.connects_failed >= CONNECTS_PER_ENDPOINT {
            self.tried.connects_failed = 0;
            self.directory.forget_endpoints();
        }
    }

    /// A call failed. On the way to a connection that is a failed attempt; beside a socket only the
    /// call itself waits, and the socket stays.
    pub(super) fn call_failed(&mut self, cause: Cause) {
        if matches!(self.state, State::Connected | State::Leaving) {
            self.close_https();
            if self.last_call == Api::IotCredentials {
                return self.provider_call_failed(cause);
            }
            if self.storage.is_calling() {
                return self.join_failed();
            }
            self.counters.runtime_error();
            let wait = self.side.fail(&self.config.policy, &mut self.entropy);
            self.side_retry_at = Some(self.now.mono.plus(u64::from(wait.wait_ms)));
        } else {
            self.fail(cause);
        }
    }

    /// The same, with a word to the application.
    pub(super) fn call_failed_with(&mut self, cause: Cause, error: Error) {
        self.notes.push(Note::Error(error));
        self.call_failed(cause);
    }
}
