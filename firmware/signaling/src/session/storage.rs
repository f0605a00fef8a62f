//! The channel's storage session: joined after each connect, and then it is the service that offers.
//!
//! The C SDK joins inside its one connect call and goes back to the credentials when anything about
//! it fails (spec §5.3). Here it is a call beside the live socket, with a back-off of its own.

use super::Session;
use super::notes::Note;
use super::peers::client_key;
use crate::error::PeerError;
use crate::event::{Api, Link};
use crate::retry::Backoff;
use crate::state::State;
use crate::time::Instant;

/// Joins that failed after which the endpoint is looked up again.
const JOINS_PER_ENDPOINT: u32 = 3;

/// What is known of the channel's media storage, and how far its session is joined.
pub(super) struct Storage {
    wanted: bool,
    /// What the service said. Not kept over a boot, and asked again with each GO_AWAY: a cached
    /// "disabled" keeps a client out for good (C SDK #2241).
    enabled: Option<bool>,
    join: Join,
    backoff: Backoff,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Join {
    /// No socket to be offered over, or no storage.
    Off,
    /// To be asked for.
    Due(Instant),
    /// Asked for; the offer may overtake the call's answer.
    Calling { since: Instant, offered: bool },
    /// Granted: the offer is on its way.
    Granted { since: Instant, until: Instant },
    /// The offer came.
    Joined,
}

impl Storage {
    pub(super) fn new(wanted: bool) -> Self {
        Self { wanted, enabled: None, join: Join::Off, backoff: Backoff::default() }
    }

    /// It is asked for, and the service has not said whether there is one.
    pub(super) fn is_unknown(&self) -> bool {
        self.wanted && self.enabled.is_none()
    }

    pub(super) fn is_enabled(&self) -> bool {
        self.wanted && self.enabled == Some(true)
    }

    /// A call for the sake of the join is under way.
    pub(super) fn is_calling(&self) -> bool {
        matches!(self.join, Join::Calling { .. })
    }

    /// The socket is gone or on its way out.
    pub(super) fn part(&mut self) {
        self.join = Join::Off;
    }

    /// What the service said may have changed.
    pub(super) fn doubt(&mut self) {
        self.enabled = None;
    }
}

impl Session<'_> {
    /// WSS and HTTPS always, WEBRTC for media storage.
    pub(super) fn lacks_endpoint(&self) -> bool {
        let lacks_webrtc = self.storage.is_enabled() && self.directory.webrtc().is_none();
        self.directory.wss().is_none() || lacks_webrtc
    }

    /// Messages can flow: the session is joined anew, and what was to be said in the last one is of
    /// no more use.
    pub(super) fn begin_join(&mut self) {
        if self.storage.is_enabled() {
            self.storage.join = Join::Due(self.now.mono);
            self.outbound.drop_session(client_key(""));
        }
    }

    /// When to join, beside a socket and as long as the one HTTPS link is free.
    pub(super) fn join_due(&self) -> Option<Instant> {
        let Join::Due(at) = self.storage.join else { return None };
        let idle = self.state == State::Connected && self.https.is_none();
        (idle && !self.socket_is_closing() && !self.needs_credentials()).then_some(at)
    }

    /// Until when the offer must be here.
    pub(super) fn storage_offer_due(&self) -> Option<Instant> {
        match self.storage.join {
            Join::Granted { until, .. } if self.state == State::Connected => Some(until),
            Join::Granted { .. }
            | Join::Off
            | Join::Due(_)
            | Join::Calling { .. }
            | Join::Joined => None,
        }
    }

    /// The next call on the way into the session.
    pub(super) fn call_for_join(&mut self) {
        let api = if self.storage.is_unknown() {
            Api::MediaStorage
        } else if self.lacks_endpoint() {
            Api::Endpoint
        } else {
            Api::JoinStorage
        };
        self.storage.join = Join::Calling { since: self.now.mono, offered: false };
        self.ensure_call(api);
    }

    /// DescribeMediaStorageConfiguration was answered.
    pub(super) fn storage_described(&mut self, enabled: bool) {
        self.storage.enabled = Some(enabled);
        if !enabled {
            self.storage.join = Join::Off;
            self.notes.push(Note::Error(PeerError::StorageDisabled.into()));
        }
        self.join_prepared();
    }

    /// A call that the join needed first has succeeded.
    pub(super) fn join_prepared(&mut self) {
        if self.storage.is_calling() {
            self.storage.join = Join::Due(self.now.mono);
        }
    }

    /// JoinStorageSession was answered with success.
    pub(super) fn join_granted(&mut self) {
        let Join::Calling { since, offered } = self.storage.join else { return };
        if offered {
            self.joined();
        } else {
            let wait_ms = u64::from(self.config.policy.storage_offer_ms);
            self.storage.join = Join::Granted { since, until: self.now.mono.plus(wait_ms) };
        }
    }

    /// An offer without a sender arrived.
    pub(super) fn storage_offered(&mut self, link: Link) {
        let since = match self.storage.join {
            Join::Calling { since, offered: false } => {
                self.storage.join = Join::Calling { since, offered: true };
                since
            }
            Join::Granted { since, .. } => {
                self.joined();
                since
            }
            // Late, after it was given up: there is no need to join again.
            Join::Due(at) => {
                self.joined();
                at
            }
            // The service may offer again whenever it likes.
            Join::Calling { offered: true, .. } | Join::Off | Join::Joined => return,
        };
        let took_ms = self.now.mono.since(since);
        self.counters.storage_joined(took_ms);
        self.notes.push(Note::StorageJoined { link, took_ms });
    }

    fn joined(&mut self) {
        self.storage.join = Join::Joined;
        self.storage.backoff.reset();
    }

    /// The offer does not come.
    pub(super) fn storage_offer_missing(&mut self) {
        self.notes.push(Note::Error(PeerError::NoOffer.into()));
        self.join_failed();
    }

    /// The join is tried again later; the socket stays.
    pub(super) fn join_failed(&mut self) {
        if matches!(self.storage.join, Join::Calling { offered: true, .. }) {
            // The call's answer was lost, not the call.
            return self.joined();
        }
        self.counters.runtime_error();
        let wait = self.storage.backoff.fail(&self.config.policy, &mut self.entropy);
        self.storage.join = Join::Due(self.now.mono.plus(u64::from(wait.wait_ms)));
        if self.storage.backoff.failures().is_multiple_of(JOINS_PER_ENDPOINT) {
            self.directory.forget_endpoints();
        }
    }
}
