//! Credentials from AWS IoT's credentials provider, which the session calls itself.
//!
//! Before the first connect and after a refusal the way there waits for them, as for any provider's;
//! beside a live socket the call has a back-off of its own, and whatever becomes of it the socket
//! stays.

use super::Session;
use super::answers::Answer;
use super::notes::Note;
use crate::clock::difference;
use crate::error::PeerError;
use crate::event::Api;
use crate::state::{Cause, State};
use crate::time::{Instant, UnixTime};

/// Renewed this much of their life early, in percent, at random between the two: the C SDK's (spec
/// §9.3), so that a fleet that woke together does not ask together.
const EARLY_PERCENT: (u32, u32) = (1, 20);

impl Session<'_> {
    /// The provider is called by the session, not asked through its caller.
    pub(super) fn calls_provider(&self) -> bool {
        self.config.iot.is_some()
    }

    /// Calls it, unless that is under way.
    pub(super) fn call_provider(&mut self) {
        self.ensure_call(Api::IotCredentials);
    }

    /// When to call it beside a socket; `None` while the one HTTPS link is in use.
    pub(super) fn provider_due(&self) -> Option<Instant> {
        let busy = self.https.as_ref().is_some_and(|https| https.call.is_some());
        if busy {
            return None;
        }
        let grace = self.keyring.expires().and_then(|end| self.on_monotonic_clock(end));
        if self.keyring.usable(None, 0).is_none() {
            return Some(Instant(0));
        }
        self.renew_at.into_iter().chain(grace).min()
    }

    /// It answered, and the credentials are in their place.
    pub(super) fn provider_answered(&mut self, expires: UnixTime) {
        let grace_ms = self.config.policy.credentials_grace_ms;
        let time = self.clock.time(self.now).unwrap_or(self.now.wall);
        let left_ms = difference(expires, time);
        self.notes.push(Note::CredentialsTaken { left_s: left_ms / 1_000 });
        if self.keyring.usable(Some(time), grace_ms).is_none() {
            // Too little of their life is left to sign anything with them.
            return self
                .call_failed_with(Cause::CredentialsFailed, PeerError::CredentialsTooShort.into());
        }
        self.provider.reset();
        self.provider_retry_at = None;
        let useful_ms = u64::try_from(left_ms).unwrap_or(0).saturating_sub(u64::from(grace_ms));
        let (least, most) = EARLY_PERCENT;
        let early = u64::from(least + self.entropy.below(most - least));
        self.renew_at = Some(self.now.mono.plus(useful_ms - useful_ms / 100 * early));
    }

    /// It refused.
    pub(super) fn provider_refused(&mut self, answer: &Answer) {
        let cause = match answer.refusal {
            PeerError::Throttled => Cause::Throttled,
            PeerError::Certificate | PeerError::ThingName | PeerError::ProviderDenied => {
                Cause::Denied
            }
            PeerError::Status(_)
            | PeerError::RoleAlias
            | PeerError::Http
            | PeerError::Upgrade
            | PeerError::WebSocket
            | PeerError::Binary
            | PeerError::Json
            | PeerError::Message
            | PeerError::Missing
            | PeerError::Endpoint
            | PeerError::Deleting
            | PeerError::NoChannel
            | PeerError::StorageDisabled
            | PeerError::NoOffer
            | PeerError::Denied
            | PeerError::Expired
            | PeerError::Skew
            | PeerError::ProviderSilent
            | PeerError::CredentialsTooShort => Cause::Refused,
        };
        self.call_failed_with(cause, answer.refusal.into());
    }

    /// Its call did not succeed, beside a socket or on the way to one.
    pub(super) fn provider_call_failed(&mut self, cause: Cause) {
        if matches!(self.state, State::Connected | State::Leaving) {
            self.counters.runtime_error();
        }
        self.provider_failed(cause);
    }
}
