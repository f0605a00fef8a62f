//! Where each call goes, and what is written.

use super::Session;
use super::authority::ControlPlane;
use super::keyring::Keyring;
use crate::cache::Directory;
use crate::call::{
    connect, create, delete, describe, endpoint, ice_config, iot_credentials, join_storage,
    media_storage, post, time_sync,
};
use crate::clock::Clock;
use crate::config::{Config, Role};
use crate::error::ResourceError;
use crate::event::Api;
use crate::time::{Now, UnixTime};
use crate::wire::sigv4::{Keys, Presign, Signing};
use crate::wire::url;

/// Why a request was not written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unbuilt {
    /// The time, usable credentials or the endpoint are not known (any more).
    NotReady,
    /// It does not fit.
    TooLarge(ResourceError),
}

/// Host names as far as they are known.
#[derive(Clone, Copy)]
pub(super) struct Places<'a> {
    control_plane: &'a str,
    directory: &'a Directory<'a>,
    provider: Option<&'a str>,
}

impl<'a> Places<'a> {
    /// What stands in Host.
    pub(super) fn authority(self, api: Api) -> Option<&'a str> {
        match api {
            Api::TimeSync
            | Api::Describe
            | Api::Create
            | Api::MediaStorage
            | Api::Endpoint
            | Api::Delete => Some(self.control_plane),
            Api::IceConfig => url::parse(self.directory.https()?).map(|url| url.authority),
            Api::Connect => url::parse(self.directory.wss()?).map(|url| url.authority),
            Api::IotCredentials => self.provider,
            Api::JoinStorage => url::parse(self.directory.webrtc()?).map(|url| url.authority),
        }
    }

    /// Host and port to open.
    pub(super) fn host(self, api: Api) -> Option<(&'a str, u16)> {
        url::parse_authority(self.authority(api)?)
    }
}

/// Keys, region and time; `None` while one is missing or the keys end too soon.
fn signing<'a>(
    keyring: &'a Keyring<'_>,
    clock: &Clock,
    now: Now,
    config: &Config<'a>,
) -> Option<Signing<'a>> {
    let at = clock.time(now)?;
    let keys = keyring.usable(Some(at), config.policy.credentials_grace_ms)?;
    Some(Signing {
        keys: Keys {
            access_key_id: keys.access_key_id,
            secret_key: keys.secret_key,
            session_token: keys.session_token,
        },
        region: config.channel.region,
        at,
    })
}

impl Session<'_> {
    pub(super) fn places(&self) -> Places<'_> {
        places(&self.config, &self.control_plane, &self.directory)
    }

    /// Writes an HTTPS call into the buffer. Returns its length.
    pub(super) fn write_call(&mut self, api: Api) -> Result<usize, Unbuilt> {
        let Self { config, directory, http, .. } = self;
        let places = places(config, &self.control_plane, directory);
        let authority = places.authority(api).ok_or(Unbuilt::NotReady)?;
        let user_agent = config.user_agent;
        if api == Api::TimeSync {
            return time_sync::write(http, authority, user_agent).map_err(Unbuilt::TooLarge);
        }
        if let (Api::IotCredentials, Some(iot)) = (api, config.iot) {
            let (alias, thing) = (iot.role_alias, iot.thing_name);
            let written = iot_credentials::write(http, authority, alias, thing, user_agent);
            return written.map_err(Unbuilt::TooLarge);
        }
        let signing = signing(&self.keyring, &self.clock, self.now, config);
        let signing = signing.ok_or(Unbuilt::NotReady)?;
        let arn = directory.arn().unwrap_or_default();
        let path = match api {
            Api::TimeSync | Api::Describe => describe::PATH,
            Api::Create => create::PATH,
            Api::MediaStorage => media_storage::PATH,
            Api::Endpoint => endpoint::PATH,
            Api::IceConfig => ice_config::PATH,
            Api::Delete => delete::PATH,
            Api::JoinStorage => join_storage::path(config.role),
            Api::Connect | Api::IotCredentials => return Err(Unbuilt::NotReady),
        };
        let call = post::Call { authority, path, user_agent, signing };
        let (channel, stores) = (&config.channel, self.storage.is_enabled());
        let written = post::write(http, &call, |json| match api {
            Api::Describe => describe::write_body(json, channel.name),
            Api::Create => create::write_body(json, channel),
            Api::Endpoint => endpoint::write_body(json, arn, config.role, stores),
            Api::MediaStorage => media_storage::write_body(json, arn),
            Api::JoinStorage => join_storage::write_body(json, arn, config.role),
            Api::IceConfig => {
                ice_config::write_body(json, arn, client_id(config.role).unwrap_or_default());
            }
            Api::Delete => delete::write_body(json, arn),
            Api::TimeSync | Api::Connect | Api::IotCredentials => {}
        });
        written.map_err(Unbuilt::TooLarge)
    }

    /// Writes the upgrade, its URL presigned with the time of now. Returns its length.
    pub(super) fn write_upgrade(&mut self, key: &[u8; 24]) -> Result<usize, Unbuilt> {
        let Self { config, directory, http, keyring, .. } = self;
        let endpoint = directory.wss().and_then(url::parse).ok_or(Unbuilt::NotReady)?;
        let channel_arn = directory.arn().ok_or(Unbuilt::NotReady)?;
        let signing = signing(keyring, &self.clock, self.now, config);
        #[cfg(not(kvs_mutants))]
        let signing = signing.ok_or(Unbuilt::NotReady)?;
        #[cfg(kvs_mutants)]
        let signing = {
            let mut signing = signing.ok_or(Unbuilt::NotReady)?;
            if config.mutants.reuse_signed_url {
                signing.at = *self.first_signed.get_or_insert(signing.at);
            }
            signing
        };
        let presign = Presign {
            authority: endpoint.authority,
            path: endpoint.path,
            channel_arn,
            client_id: client_id(config.role),
            expires_s: lifetime_s(keyring.expires(), signing.at),
        };
        connect::write(http, &signing, &presign, config.user_agent, key).map_err(Unbuilt::TooLarge)
    }
}

fn places<'a>(
    config: &Config<'a>,
    control_plane: &'a ControlPlane,
    directory: &'a Directory<'_>,
) -> Places<'a> {
    let control_plane = config.control_plane.unwrap_or(control_plane.text());
    Places { control_plane, directory, provider: config.iot.map(|iot| iot.endpoint) }
}

fn client_id(role: Role<'_>) -> Option<&str> {
    match role {
        Role::Master => None,
        Role::Viewer(client_id) => Some(client_id),
    }
}

/// A URL never outlives the credentials it was signed with.
fn lifetime_s(expires: Option<UnixTime>, at: UnixTime) -> u32 {
    let left_s = expires.map_or(u64::MAX, |end| end.0.saturating_sub(at.0) / 1_000);
    u32::try_from(left_s).unwrap_or(u32::MAX).clamp(1, connect::EXPIRES_S_MAX)
}
