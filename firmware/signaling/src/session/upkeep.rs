//! What goes on beside a live socket: credentials and ICE servers before they expire, and the
//! preparation of the next connection after GO_AWAY.

use super::Session;
use super::chain::Need;
use super::notes::Note;
use super::socket::After;
use crate::clock::difference;
use crate::error::ResourceError;
use crate::event::{Api, Credentials};
use crate::state::{Cause, State};
use crate::time::{Instant, UnixTime, WallTime};
use crate::wire::websocket::close;

/// The provider was asked.
#[derive(Clone, Copy, Debug)]
pub(super) struct Asked {
    pub(super) since: Instant,
    /// The caller has heard it.
    pub(super) announced: bool,
}

impl Session<'_> {
    /// Asks the provider, once at a time.
    pub(super) fn ask_for_credentials(&mut self) {
        if self.calls_provider() {
            return self.call_provider();
        }
        if self.asked.is_none() {
            self.asked = Some(Asked { since: self.now.mono, announced: false });
            let unix_ms = self.unix_ms();
            self.counters.credentials_asked(unix_ms);
        }
    }

    pub(super) fn credentials(&mut self, set: &Credentials<'_>) {
        let asked = self.asked.take();
        if let Some(asked) = asked {
            let unix_ms = self.unix_ms();
            self.counters.credentials_came(self.now.mono.since(asked.since), unix_ms);
        }
        if !self.keyring.take(set) {
            self.notes.push(Note::Error(ResourceError::CredentialsTooLarge.into()));
            if asked.is_some() {
                self.provider_failed(Cause::CredentialsFailed);
            }
            return;
        }
        let time = self.clock.time(self.now);
        let left_ms = set.expires.zip(time).map(|(end, time)| difference(end, time));
        self.notes
            .push(Note::CredentialsTaken { left_s: left_ms.map_or(i64::MAX, |ms| ms / 1_000) });
        let grace_ms = self.config.policy.credentials_grace_ms;
        if self.keyring.usable(time, grace_ms).is_some() {
            self.provider.reset();
            self.provider_retry_at = None;
        } else if asked.is_some() && !self.doubt_clock() {
            // Too little of their life is left to sign anything with them.
            self.provider_failed(Cause::CredentialsFailed);
        }
    }

    /// Credentials that were just given and seem to have expired: it may be our clock that is wrong,
    /// and nobody would say so while nothing can be signed. So the service is asked for the time,
    /// once.
    fn doubt_clock(&mut self) -> bool {
        let own = matches!(self.clock.wall(self.now), WallTime::Trusted(_));
        let doubt = own && self.state == State::Credentials && !self.tried.clock_doubted;
        self.tried.clock_doubted |= doubt;
        self.clock_doubted = doubt;
        doubt
    }

    pub(super) fn credentials_failed(&mut self, cause: Cause) {
        if self.asked.take().is_some() {
            self.provider_failed(cause);
        }
    }

    pub(super) fn provider_failed(&mut self, cause: Cause) {
        match self.state {
            State::Credentials => self.fail(cause),
            State::Connected | State::Leaving => {
                let wait = self.provider.fail(&self.config.policy, &mut self.entropy);
                self.provider_retry_at = Some(self.now.mono.plus(u64::from(wait.wait_ms)));
            }
            State::Idle
            | State::TimeSync
            | State::Describe
            | State::Create
            | State::MediaStorage
            | State::Endpoint
            | State::IceConfig
            | State::Ready
            | State::Connecting
            | State::Deleting
            | State::Waiting
            | State::Closing
            | State::Stopped => {}
        }
    }

    /// When to ask for other credentials, beside a socket. The C SDK notices that they expired when
    /// something fails (spec §5.6).
    pub(super) fn credentials_due(&self) -> Option<Instant> {
        let beside_a_socket = matches!(self.state, State::Connected | State::Leaving);
        if self.asked.is_some() || !beside_a_socket || self.socket_is_closing() {
            return None;
        }
        let due = if self.calls_provider() {
            self.provider_due()?
        } else if self.keyring.usable(None, 0).is_none() {
            Instant(0)
        } else {
            self.on_monotonic_clock(self.keyring.expires()?)?
        };
        Some(self.provider_retry_at.map_or(due, |retry| due.max(retry)))
    }

    /// When to fetch ICE servers, beside a socket.
    pub(super) fn ice_due(&self) -> Option<Instant> {
        let idle = self.state == State::Connected && self.https.is_none();
        if !idle || self.socket_is_closing() || self.needs_credentials() {
            return None;
        }
        let due = self.ice.due(&self.config.policy);
        Some(self.side_retry_at.map_or(due, |retry| due.max(retry)))
    }

    /// Connected: the socket stays as it is, whatever becomes of this.
    pub(super) fn keep_fresh(&mut self) {
        let now = self.now.mono;
        if self.https.as_ref().is_some_and(|https| https.call.is_none()) {
            self.close_https();
        }
        if self.credentials_due().is_some_and(|due| due <= now) {
            self.ask_for_credentials();
        }
        if self.join_due().is_some_and(|due| due <= now) {
            self.call_for_join();
        }
        if self.ice_due().is_some_and(|due| due <= now) {
            self.ensure_call(Api::IceConfig);
        }
    }

    /// Begins to prepare the next connection while this one still works.
    pub(super) fn leave(&mut self, cause: Cause) {
        let grace_ms = u64::from(self.config.policy.go_away_grace_ms);
        self.leave_by = Some(self.now.mono.plus(grace_ms));
        self.side_retry_at = None;
        self.storage.part();
        self.storage.doubt();
        self.go(cause);
    }

    /// Leaving: fetches what is missing, then closes the socket.
    pub(super) fn prepare_to_leave(&mut self) {
        let now = self.now.mono;
        if self.socket_is_closing() {
            return;
        }
        if self.leave_by.is_some_and(|by| by <= now) {
            return self.leave_now();
        }
        self.side_retry_at = self.side_retry_at.filter(|at| *at > now);
        let calling = self.https.as_ref().is_some_and(|https| https.call.is_some());
        match self.missing() {
            Need::Nothing => self.leave_now(),
            Need::Credentials => {
                if self.credentials_due().is_some_and(|due| due <= now) {
                    self.ask_for_credentials();
                }
            }
            need @ (Need::Time
            | Need::Channel
            | Need::Create
            | Need::Storage
            | Need::Endpoint
            | Need::Ice
            | Need::Delete) => {
                if let Some(api) = need.api().filter(|_| !calling && self.side_retry_at.is_none()) {
                    self.ensure_call(api);
                }
            }
        }
    }

    fn leave_now(&mut self) {
        self.close_https();
        self.start_close(close::NORMAL, After::Reconnect, true);
    }

    pub(super) fn needs_credentials(&self) -> bool {
        let grace_ms = self.config.policy.credentials_grace_ms;
        self.keyring.usable(self.clock.time(self.now), grace_ms).is_none()
    }

    /// The moment at which a set that ends at `end` may sign nothing any more.
    pub(super) fn on_monotonic_clock(&self, end: UnixTime) -> Option<Instant> {
        let time = self.clock.time(self.now)?;
        let grace_ms = u64::from(self.config.policy.credentials_grace_ms);
        Some(self.now.mono.plus(end.0.saturating_sub(time.0).saturating_sub(grace_ms)))
    }
}
