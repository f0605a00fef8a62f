//! Every deadline, and what happens when one passes.

use super::Session;
use super::https::Phase;
use super::notes::Note;
use super::socket::Stage;
use crate::event::{CloseReason, Wake};
use crate::state::{Cause, State};
use crate::time::Instant;

impl Session<'_> {
    /// The next deadline. Those that have passed have been dealt with, so that this is ahead.
    pub(super) fn next_wake(&self) -> (Instant, Wake) {
        let deadlines = [
            (self.retry_due(), Wake::Retry),
            (self.https_due(), self.https_wake()),
            (self.socket_due(), Wake::ConnectTimeout),
            (self.asked_due(), Wake::CredentialsTimeout),
            (self.ping_due(), Wake::Ping),
            (self.pong_due(), Wake::PongTimeout),
            (self.ice_due(), Wake::IceRefresh),
            (self.credentials_due(), Wake::CredentialRefresh),
            (self.quota_due(), Wake::Quota),
            (self.outbound.expiry(), Wake::MessageExpiry),
            (self.close_due(), Wake::CloseTimeout),
            (self.leave_due(), Wake::GoAwayGrace),
            (self.join_due(), Wake::StorageJoin),
            (self.storage_offer_due(), Wake::StorageOffer),
        ];
        let earliest = deadlines
            .into_iter()
            .filter_map(|(at, why)| at.map(|at| (at, why)))
            .min_by_key(|(at, _)| *at);
        earliest.unwrap_or((Instant(u64::MAX), Wake::Never))
    }

    /// Deals with the deadlines that have passed; those that begin something are `drive`'s.
    pub(super) fn expire(&mut self) {
        let now = self.now.mono;
        let passed = |due: Option<Instant>| due.is_some_and(|due| due <= now);
        if passed(self.asked_due()) {
            self.credentials_failed(Cause::CredentialsTimeout);
        }
        if passed(self.https_due()) {
            self.https_timed_out();
        }
        if passed(self.socket_due()) {
            self.socket_timed_out();
        }
        if passed(self.close_due()) {
            self.socket_failed(Cause::LinkLost);
        }
        if passed(self.storage_offer_due()) {
            self.storage_offer_missing();
        }
        if passed(self.pong_due()) {
            self.half_open();
        }
        if passed(self.ping_due())
            && let Some(socket) = &mut self.socket
        {
            socket.heartbeat.ask(now);
        }
        // Last: a link that just died gave back messages that had been on their way.
        if passed(self.outbound.expiry()) {
            self.outbound.expire(now);
        }
    }

    fn https_timed_out(&mut self) {
        let cause = match self.https.as_ref().map(|https| https.phase) {
            Some(Phase::Up | Phase::Gone) => Cause::CallTimeout,
            Some(Phase::Wanted | Phase::Opening { .. }) | None => Cause::OpenTimeout,
        };
        self.call_unanswered(cause);
    }

    fn socket_timed_out(&mut self) {
        let cause = match self.socket.as_ref().map(|socket| socket.phase) {
            Some(Phase::Up | Phase::Gone) => Cause::CallTimeout,
            Some(Phase::Wanted | Phase::Opening { .. }) | None => {
                Phase::Wanted.lost(CloseReason::Timeout)
            }
        };
        self.socket_failed(cause);
    }

    fn half_open(&mut self) {
        let Some(socket) = &self.socket else { return };
        let silent_ms = self.now.mono.since(socket.heartbeat.heard);
        self.notes.push(Note::HalfOpen { link: socket.link, silent_ms });
        self.socket_failed(Cause::HalfOpen);
    }

    fn retry_due(&self) -> Option<Instant> {
        match self.state {
            State::Waiting => self.retry_at,
            State::Leaving if self.socket_is_closing() => None,
            State::Leaving => self.side_retry_at.filter(|_| self.https.is_none()),
            State::Idle
            | State::Credentials
            | State::TimeSync
            | State::Describe
            | State::Create
            | State::MediaStorage
            | State::Endpoint
            | State::IceConfig
            | State::Ready
            | State::Connecting
            | State::Connected
            | State::Deleting
            | State::Closing
            | State::Stopped => None,
        }
    }

    fn https_due(&self) -> Option<Instant> {
        let https = self.https.as_ref()?;
        let call = https.call.as_ref()?;
        let policy = &self.config.policy;
        match https.phase {
            Phase::Opening { since } => Some(since.plus(u64::from(policy.open_timeout_ms))),
            Phase::Up => Some(call.started.plus(u64::from(policy.call_timeout_ms))),
            Phase::Wanted | Phase::Gone => None,
        }
    }

    fn https_wake(&self) -> Wake {
        match self.https.as_ref().map(|https| https.phase) {
            Some(Phase::Wanted | Phase::Opening { .. }) => Wake::ConnectTimeout,
            Some(Phase::Up | Phase::Gone) | None => Wake::CallTimeout,
        }
    }

    fn socket_due(&self) -> Option<Instant> {
        let socket = self.socket.as_ref()?;
        let policy = &self.config.policy;
        match (socket.phase, &socket.stage) {
            (Phase::Opening { since }, _) => Some(since.plus(u64::from(policy.open_timeout_ms))),
            (Phase::Up, Stage::Upgrade(upgrade)) => {
                Some(upgrade.started.plus(u64::from(policy.upgrade_timeout_ms)))
            }
            (Phase::Up, Stage::Open) | (Phase::Wanted | Phase::Gone, _) => None,
        }
    }

    /// The provider's time runs only while a session does.
    fn asked_due(&self) -> Option<Instant> {
        let runs = !matches!(self.state, State::Idle | State::Stopped);
        let timeout_ms = u64::from(self.config.policy.credentials_timeout_ms);
        self.asked.filter(|_| runs).map(|asked| asked.since.plus(timeout_ms))
    }

    fn ping_due(&self) -> Option<Instant> {
        let socket = self.socket.as_ref().filter(|socket| socket.is_open())?;
        let due = socket.heartbeat.ping_due(&self.config.policy);
        due.filter(|_| socket.closing.is_none())
    }

    fn pong_due(&self) -> Option<Instant> {
        let socket = self.socket.as_ref().filter(|socket| socket.is_open())?;
        let due = socket.heartbeat.pong_due(&self.config.policy);
        due.filter(|_| socket.closing.is_none())
    }

    fn quota_due(&self) -> Option<Instant> {
        self.next_message_at().filter(|at| *at > self.now.mono)
    }

    fn close_due(&self) -> Option<Instant> {
        self.socket.as_ref()?.closing.map(|closing| closing.until)
    }

    fn leave_due(&self) -> Option<Instant> {
        let leaving = self.state == State::Leaving && !self.socket_is_closing();
        self.leave_by.filter(|_| leaving)
    }

    pub(super) fn socket_is_closing(&self) -> bool {
        self.socket.as_ref().is_some_and(|socket| socket.closing.is_some())
    }
}
