//! What the answers to calls, and refusals of any request, lead to.

use super::Session;
use super::chain::Goal;
use super::exchange::Exchange;
use super::notes::{Note, Word};
use crate::call::describe::ChannelStatus;
use crate::call::{create, describe, endpoint, error, ice_config, iot_credentials, media_storage};
use crate::config::Role;
use crate::error::{Error, PeerError, ResourceError};
use crate::event::{Api, Link};
use crate::state::{Cause, State};
use crate::time::UnixTime;
use crate::wire::http1::HttpError;

/// A complete response, as far as it concerns what comes next.
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) error: Word,
    pub(super) keep_alive: bool,
    date: Option<UnixTime>,
    pub(super) refusal: PeerError,
    in_use: bool,
    truncated: bool,
}

impl Answer {
    /// Reads what every response has; `None` when it is not complete.
    pub(super) fn read(call: &Exchange, http: &[u8]) -> Option<Self> {
        let response = call.reader.response(http)?;
        let error = error::type_of(&response);
        Some(Self {
            status: response.status,
            error: Word::new(error),
            keep_alive: response.keep_alive && call.was_whole(),
            date: response.date(),
            refusal: if call.api == Api::IotCredentials {
                iot_credentials::classify(response.status, response.body)
            } else {
                error::classify(response.status, error, response.body)
            },
            in_use: error::is_in_use(error),
            truncated: response.truncated,
        })
    }
}

/// What a successful call gave.
enum Gained {
    /// It is in its place; nothing to tell.
    Fact,
    Channel(ChannelStatus),
    /// Whether media storage is enabled.
    Storage(bool),
    Endpoints,
    Deleted,
    Joined,
    Credentials {
        expires: UnixTime,
    },
    Ice {
        kept: usize,
        all: usize,
        ttl_s: u32,
    },
}

impl Session<'_> {
    /// The call's response is complete.
    pub(super) fn call_answered(&mut self) {
        let Some(https) = &mut self.https else { return };
        let (link, unsigned) = (https.link, https.unsigned);
        let Some(call) = https.call.take() else { return };
        let Some(answer) = Answer::read(&call, self.http) else {
            return self.call_broken_off(link, &call, PeerError::Http);
        };
        if !answer.keep_alive || unsigned {
            self.close_https();
        }
        let learned = self.observe(&answer);
        self.call_done(link, &call, answer.status, answer.error);
        if call.api == Api::TimeSync {
            // Any status will do; without a Date it was in vain.
            self.clock_doubted = false;
            if answer.date.is_none() {
                self.call_failed_with(Cause::BadResponse, PeerError::Missing.into());
            }
        } else if answer.status != 200 && call.api == Api::IotCredentials {
            self.provider_refused(&answer);
        } else if answer.status != 200 {
            self.refused(call.api, &answer, learned);
        } else if answer.truncated {
            self.call_failed_with(Cause::TooLarge, ResourceError::ResponseTooLarge.into());
        } else {
            if call.api != Api::IotCredentials {
                self.accepted();
            }
            match self.gain(&call) {
                Ok(gained) => self.gained(gained),
                Err(Error::Resource(error)) => self.call_failed_with(Cause::TooLarge, error.into()),
                Err(error) => self.call_failed_with(Cause::BadResponse, error),
            }
        }
    }

    /// The response is none.
    pub(super) fn call_broken(&mut self, error: HttpError) {
        let Some(https) = &mut self.https else { return };
        let link = https.link;
        if let Some(call) = https.call.take() {
            let error: Error = match error {
                HttpError::Malformed | HttpError::Framing | HttpError::Incomplete => {
                    PeerError::Http.into()
                }
                HttpError::HeadTooLarge => ResourceError::ResponseTooLarge.into(),
            };
            self.call_broken_off(link, &call, error);
        }
    }

    fn call_broken_off(&mut self, link: Link, call: &Exchange, error: impl Into<Error>) {
        self.close_https();
        self.call_done(link, call, 0, Word::EMPTY);
        self.call_failed_with(Cause::BadResponse, error.into());
    }

    /// Compares the service's clock with ours. True when ours was wrong.
    pub(super) fn observe(&mut self, answer: &Answer) -> bool {
        // A refused date is wrong, however little it differs.
        let tolerance_ms =
            if answer.refusal == PeerError::Skew { 0 } else { self.config.policy.skew_ms };
        let Some(date) = answer.date else { return false };
        let learned = self.clock.observe(date, self.now, tolerance_ms);
        if let Some(offset_ms) = learned {
            self.notes.push(Note::ClockLearned { offset_ms });
        }
        learned.is_some()
    }

    /// The service took our signature.
    pub(super) fn accepted(&mut self) {
        self.tried.clock_corrected = false;
        self.tried.clock_doubted = false;
        self.tried.credentials_renewed = false;
    }

    /// Puts what a call's body says into its place.
    fn gain(&mut self, call: &Exchange) -> Result<Gained, Error> {
        let at = self.clock.time(self.now).unwrap_or(self.now.wall);
        let body = call.reader.body_mut(self.http);
        let unfit = |_| Error::Resource(ResourceError::ResponseTooLarge);
        match call.api {
            Api::TimeSync | Api::Connect => Ok(Gained::Fact),
            Api::Delete => Ok(Gained::Deleted),
            Api::Describe => {
                let described = describe::parse(body)?;
                match described.status {
                    ChannelStatus::Active | ChannelStatus::Updating => {
                        self.directory.set_arn(described.arn).map_err(unfit)?;
                    }
                    ChannelStatus::Creating | ChannelStatus::Deleting => {}
                }
                Ok(Gained::Channel(described.status))
            }
            Api::Create => {
                self.directory.set_arn(create::parse(body)?).map_err(unfit)?;
                self.channel_absent = false;
                Ok(Gained::Fact)
            }
            Api::MediaStorage => Ok(Gained::Storage(media_storage::parse(body)?)),
            Api::JoinStorage => Ok(Gained::Joined),
            Api::IotCredentials => {
                let set = iot_credentials::parse(body)?;
                let expires = set.expires.unwrap_or_default();
                if !self.keyring.take(&set) {
                    return Err(ResourceError::CredentialsTooLarge.into());
                }
                Ok(Gained::Credentials { expires })
            }
            Api::Endpoint => {
                let endpoints = endpoint::parse(body)?;
                if self.storage.is_enabled() && endpoints.webrtc.is_none() {
                    return Err(PeerError::Missing.into());
                }
                self.directory.set_endpoints(&endpoints, at).map_err(unfit)?;
                Ok(Gained::Endpoints)
            }
            Api::IceConfig => {
                let list = ice_config::parse(body)?;
                let (all, ttl_s) = (list.servers().len(), list.ttl_s());
                Ok(Gained::Ice { kept: self.ice.set(&list, self.now.mono), all, ttl_s })
            }
        }
    }

    fn gained(&mut self, gained: Gained) {
        if !matches!(gained, Gained::Joined | Gained::Credentials { .. }) {
            self.side.reset();
            self.side_retry_at = None;
        }
        match gained {
            Gained::Fact | Gained::Channel(ChannelStatus::Active | ChannelStatus::Updating) => {}
            Gained::Channel(ChannelStatus::Creating) => self.call_failed(Cause::NotActive),
            Gained::Channel(ChannelStatus::Deleting) => {
                self.call_failed_with(Cause::NotActive, PeerError::Deleting.into());
            }
            Gained::Storage(enabled) => self.storage_described(enabled),
            Gained::Endpoints => {
                self.store = true;
                self.join_prepared();
            }
            Gained::Deleted => self.channel_deleted(),
            Gained::Joined => self.join_granted(),
            Gained::Credentials { expires } => self.provider_answered(expires),
            Gained::Ice { kept, all, ttl_s } => {
                let count = u8::try_from(kept).unwrap_or(u8::MAX);
                self.notes.push(Note::IceServers { count, ttl_s });
                if kept < all {
                    self.notes.push(Note::Error(ResourceError::IceTooLarge.into()));
                }
            }
        }
    }

    /// A request was refused: what can be put right at once is put right, once; the rest waits.
    pub(super) fn refused(&mut self, api: Api, answer: &Answer, learned: bool) {
        let refusal = answer.refusal;
        match refusal {
            // Some refusals of a date say nothing of it; a clock just found wrong says enough.
            PeerError::Skew | PeerError::Denied | PeerError::Expired
                if learned && !self.tried.clock_corrected =>
            {
                self.tried.clock_corrected = true;
            }
            PeerError::Denied | PeerError::Expired => {
                self.keyring.refuse();
                if core::mem::replace(&mut self.tried.credentials_renewed, true) {
                    let cause =
                        if refusal == PeerError::Denied { Cause::Denied } else { Cause::Expired };
                    self.call_failed_with(cause, refusal.into());
                }
            }
            PeerError::Skew => self.call_failed_with(Cause::Skew, refusal.into()),
            PeerError::NoChannel => self.channel_missing(api),
            PeerError::Throttled => self.call_failed_with(Cause::Throttled, refusal.into()),
            PeerError::Status(_) if api == Api::Create && answer.in_use => {
                // Someone else was faster: it is there to be described.
                self.channel_absent = false;
                self.call_failed(Cause::NotActive);
            }
            PeerError::Status(_) if api == Api::JoinStorage => {
                // Storage may have been disabled meanwhile.
                self.storage.doubt();
                self.call_failed_with(Cause::Refused, refusal.into());
            }
            PeerError::Status(_)
            | PeerError::Http
            | PeerError::Upgrade
            | PeerError::WebSocket
            | PeerError::Binary
            | PeerError::Json
            | PeerError::Message
            | PeerError::Missing
            | PeerError::Endpoint
            | PeerError::Deleting
            | PeerError::StorageDisabled
            | PeerError::NoOffer
            | PeerError::Certificate
            | PeerError::ThingName
            | PeerError::RoleAlias
            | PeerError::ProviderDenied
            | PeerError::ProviderSilent
            | PeerError::CredentialsTooShort => {
                self.call_failed_with(Cause::Refused, refusal.into())
            }
        }
    }

    /// A 404. What was looked up is no longer true; the C SDK takes this from the ICE call only, and
    /// a channel created again leaves it with endpoints of the old one (spec §6.3, C SDK #529, #660).
    fn channel_missing(&mut self, api: Api) {
        if self.goal == Goal::Delete && matches!(api, Api::Describe | Api::Delete) {
            return self.channel_deleted();
        }
        let may_create = self.config.channel.create && self.config.role == Role::Master;
        match api {
            Api::Describe if may_create && !self.channel_absent => {
                self.channel_absent = true;
            }
            Api::IceConfig | Api::Connect | Api::JoinStorage if !self.tried.looked_up_again => {
                self.tried.looked_up_again = true;
                self.directory.forget();
                if self.state == State::Connected {
                    self.leave(Cause::ChannelGone);
                }
            }
            Api::TimeSync
            | Api::Describe
            | Api::Create
            | Api::Endpoint
            | Api::MediaStorage
            | Api::IceConfig
            | Api::Delete
            | Api::Connect
            | Api::JoinStorage
            | Api::IotCredentials => {
                self.channel_absent = false;
                self.directory.forget();
                self.call_failed_with(Cause::NoChannel, PeerError::NoChannel.into());
            }
        }
    }

    /// As was asked for; all that was known of it is wrong now.
    fn channel_deleted(&mut self) {
        self.close_https();
        self.directory.forget();
        self.go(Cause::Deleted);
    }
}
