//! The one HTTPS link and the one call on it.

use super::Session;
use super::exchange::Exchange;
use super::notes::{Note, Word};
use super::peers::client_key;
use super::requests::Unbuilt;
use crate::error::PeerError;
use crate::event::{Api, CloseReason, Link};
use crate::state::Cause;
use crate::time::Instant;

/// A link for calls, and the call it carries.
pub(super) struct Https {
    pub(super) link: Link,
    pub(super) phase: Phase,
    /// Stands for the authority it leads to: calls to the same one share it.
    authority: u64,
    /// A request carried before: the service may have closed it meanwhile.
    reused: bool,
    /// Opened without knowing the time: nothing signed goes over it.
    pub(super) unsigned: bool,
    /// What the last `Send` offered is not reported written.
    pub(super) outstanding: bool,
    pub(super) call: Option<Exchange>,
}

/// How far a link is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Phase {
    /// To be opened.
    Wanted,
    /// The port opens it.
    Opening { since: Instant },
    /// TCP and TLS are up.
    Up,
    /// The port says that it ended.
    Gone,
}

impl Phase {
    /// The port holds something that is to be closed.
    pub(super) const fn is_open(self) -> bool {
        match self {
            Self::Opening { .. } | Self::Up => true,
            Self::Wanted | Self::Gone => false,
        }
    }

    /// What it means that the link ends here.
    pub(super) fn lost(self, why: CloseReason) -> Cause {
        match (self, why) {
            (Self::Up | Self::Gone, _) => Cause::LinkLost,
            (Self::Wanted | Self::Opening { .. }, CloseReason::Timeout) => Cause::OpenTimeout,
            (
                Self::Wanted | Self::Opening { .. },
                CloseReason::Fin
                | CloseReason::Reset
                | CloseReason::Refused
                | CloseReason::Dns
                | CloseReason::Unreachable
                | CloseReason::Tls
                | CloseReason::Local
                | CloseReason::Other,
            ) => Cause::OpenFailed,
        }
    }
}

impl Session<'_> {
    /// Sees to it that this call, and no other, is under way.
    pub(super) fn ensure_call(&mut self, api: Api) {
        let authority = self.places().authority(api).map_or(0, client_key);
        // A link that showed the device's certificate carries nothing else.
        let authority = if api == Api::IotCredentials { !authority } else { authority };
        self.last_call = api;
        let now = self.now.mono;
        match &mut self.https {
            Some(https) if https.call.as_ref().is_some_and(|call| call.api == api) => {}
            Some(https) if https.is_free_for(authority) => {
                https.call = Some(Exchange::new(api, now));
                https.reused = true;
            }
            Some(_) | None => self.open_https(api, authority),
        }
    }

    fn open_https(&mut self, api: Api, authority: u64) {
        self.close_https();
        let link = self.next_link();
        self.https = Some(Https {
            link,
            phase: Phase::Wanted,
            authority,
            reused: false,
            unsigned: api == Api::TimeSync,
            outstanding: false,
            call: Some(Exchange::new(api, self.now.mono)),
        });
    }

    /// Drops the link and what it carries.
    pub(super) fn close_https(&mut self) {
        if let Some(https) = self.https.take()
            && https.phase.is_open()
        {
            self.https_to_close = Some(https.link);
        }
    }

    pub(super) fn https_opened(&mut self) {
        if let Some(https) = &mut self.https
            && matches!(https.phase, Phase::Opening { .. })
        {
            https.phase = Phase::Up;
            if let Some(call) = &mut https.call {
                call.started = self.now.mono;
            }
        }
    }

    pub(super) fn https_sent(&mut self, n: usize) {
        if let Some(https) = &mut self.https
            && core::mem::take(&mut https.outstanding)
            && let Some(call) = &mut https.call
        {
            call.sent(n);
        }
    }

    /// Bytes of a response. Returns how many were taken.
    pub(super) fn https_bytes(&mut self, bytes: &[u8]) -> usize {
        let Some(https) = self.https.as_mut().filter(|https| https.phase == Phase::Up) else {
            return bytes.len();
        };
        let Some(call) = &mut https.call else {
            // Nobody asked: whatever it is, the link is out of step.
            self.close_https();
            return bytes.len();
        };
        match call.receive(self.http, bytes, https.outstanding) {
            Ok((false, taken)) => taken,
            Ok((true, taken)) => {
                self.call_answered();
                taken
            }
            Err(error) => {
                self.call_broken(error);
                bytes.len()
            }
        }
    }

    /// The port says that the link is gone.
    pub(super) fn https_closed(&mut self, why: CloseReason) {
        let Some(https) = &mut self.https else { return };
        let cause = https.phase.lost(why);
        https.phase = Phase::Gone;
        match &mut https.call {
            None => self.close_https(),
            // The service closed the idle link while we took it up again: not a failure.
            Some(call) if call.is_unanswered() && https.reused => {
                let (api, authority) = (call.api, https.authority);
                self.open_https(api, authority);
            }
            // The end of the connection was the end of the body.
            Some(call) => match call.reader.end() {
                Ok(()) => self.call_answered(),
                Err(_) => self.call_unanswered(cause),
            },
        }
    }

    /// The call gets no answer.
    pub(super) fn call_unanswered(&mut self, cause: Cause) {
        if let Some(https) = &mut self.https
            && let Some(call) = https.call.take()
        {
            let link = https.link;
            self.call_done(link, &call, 0, Word::EMPTY);
            if call.api == Api::IotCredentials {
                self.notes.push(Note::Error(PeerError::ProviderSilent.into()));
            }
        }
        self.close_https();
        self.call_failed(cause);
    }

    /// Reports a call's end.
    pub(super) fn call_done(&mut self, link: Link, call: &Exchange, status: u16, error: Word) {
        let took_ms = self.now.mono.since(call.started);
        let unix_ms = self.unix_ms();
        self.call_error = error;
        self.counters.call_ended(call.api, took_ms, unix_ms);
        self.notes.push(Note::CallDone { link, api: call.api, status, took_ms });
    }

    /// Writes the request that is due, signed with the time of now.
    pub(super) fn build_call(&mut self) -> Result<(), Unbuilt> {
        let Some(api) = self.https.as_ref().and_then(|https| https.call.as_ref()).map(|c| c.api)
        else {
            return Ok(());
        };
        let len = self.write_call(api)?;
        let unix_ms = self.unix_ms();
        self.counters.call_began(api, unix_ms);
        if let Some(call) = self.https.as_mut().and_then(|https| https.call.as_mut()) {
            call.built(len, self.now.mono);
        }
        Ok(())
    }
}

impl Https {
    fn is_free_for(&self, authority: u64) -> bool {
        let idle = self.call.is_none() && self.phase == Phase::Up;
        idle && self.authority == authority && !self.unsigned
    }

    /// A request waits for the link to take it.
    pub(super) fn is_ready_to_build(&self) -> bool {
        self.phase == Phase::Up
            && !self.outstanding
            && self.call.as_ref().is_some_and(Exchange::is_unbuilt)
    }
}
