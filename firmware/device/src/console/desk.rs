//! Where values wait until they are complete, and where they go.

use core::net::SocketAddr;

use base64ct::{Base64, Encoding};
use kvs_signaling::config::Policy;
use kvs_signaling::{Credentials, UnixTime};
use kvs_trace::Value;

use super::command::{Set, Why};
use crate::names::{Names, SUFFIX_MAX};
use crate::settings::{CA_MAX, Settings};
use crate::text::{Full, Text};

/// Longest key of `set`.
const KEY_MAX: usize = 32;
/// Longest value: the CA in base64. A session token has at most 2,048 bytes.
const VALUE_MAX: usize = CA_MAX.div_ceil(3) * 4;

/// What may be changed only while no session runs.
pub(super) struct Provisioning<'m> {
    pub(super) settings: &'m mut Settings,
    pub(super) names: &'m mut Names,
    pub(super) clock_offset_ms: &'m mut i64,
    pub(super) keys: &'m mut Keys,
}

/// A value in parts, and credentials until `credentials`.
pub(super) struct Desk {
    key: Text<KEY_MAX>,
    parts: u32,
    value: [u8; VALUE_MAX],
    len: usize,
    next: Keys,
}

/// One set of credentials.
pub(crate) struct Keys {
    access_key_id: Text<128>,
    secret_key: Text<128>,
    session_token: Text<2_048>,
    /// 0 = never.
    expires_unix_s: u64,
}

impl Keys {
    pub(crate) const EMPTY: Self = Self {
        access_key_id: Text::EMPTY,
        secret_key: Text::EMPTY,
        session_token: Text::EMPTY,
        expires_unix_s: 0,
    };

    /// For a session; none while they were never complete.
    pub(super) fn as_credentials(&self) -> Option<Credentials<'_>> {
        Some(Credentials {
            access_key_id: self.access_key_id.given()?,
            secret_key: self.secret_key.given()?,
            session_token: self.session_token.as_str(),
            expires: (self.expires_unix_s > 0)
                .then(|| UnixTime(self.expires_unix_s.saturating_mul(1_000))),
        })
    }
}

impl Desk {
    pub(super) const EMPTY: Self =
        Self { key: Text::EMPTY, parts: 0, value: [0; VALUE_MAX], len: 0, next: Keys::EMPTY };

    /// Takes a value or one part of it; parts of one key come in order, without another in
    /// between. Without `provisioning` only secrets can be set.
    pub(super) fn set(
        &mut self,
        set: &Set<'_>,
        provisioning: Option<&mut Provisioning<'_>>,
    ) -> Result<(), Why> {
        let result = self.collect(set);
        if result != Ok(true) {
            if result.is_err() {
                self.clear();
            }
            return result.map(|_| ());
        }
        let result = self.apply(provisioning);
        self.clear();
        result
    }

    /// Makes the secrets set since the last time the current ones. What was not set again is
    /// empty: parts of two sets must never be mixed.
    pub(super) fn take_over<'k>(&mut self, current: &'k mut Keys) -> Result<Credentials<'k>, Why> {
        self.next.as_credentials().ok_or(Why::Value)?;
        *current = core::mem::replace(&mut self.next, Keys::EMPTY);
        current.as_credentials().ok_or(Why::Value)
    }

    /// Appends a part; `true` when it was the last one.
    fn collect(&mut self, set: &Set<'_>) -> Result<bool, Why> {
        if set.part == 1 {
            self.clear();
            self.key = Text::of(set.key).map_err(|Full| Why::Unknown)?;
        } else if set.key != self.key.as_str() || set.part != self.parts + 1 {
            return Err(Why::State);
        }
        for byte in set.value.bytes() {
            *self.value.get_mut(self.len).ok_or(Why::Full)? = byte;
            self.len += 1;
        }
        self.parts = set.part;
        Ok(set.part == set.of)
    }

    fn apply(&mut self, mut provisioning: Option<&mut Provisioning<'_>>) -> Result<(), Why> {
        let value = self.value.get_mut(..self.len).unwrap_or_default();
        if let ("secret.iot_key", Some(Provisioning { settings, .. })) =
            (self.key.as_str(), &mut provisioning)
        {
            let der = Base64::decode_in_place(value).map_err(|_| Why::Value)?;
            return settings.iot.set_key(der).map_err(|Full| Why::Full);
        }
        if let ("secret.wifi.password", Some(Provisioning { settings, .. })) =
            (self.key.as_str(), &mut provisioning)
        {
            let value = core::str::from_utf8(value).map_err(|_| Why::Value)?;
            return keep(&mut settings.wifi.password, value);
        }
        if let Some(secret) = self.key.as_str().strip_prefix("secret.") {
            let value = core::str::from_utf8(value).map_err(|_| Why::Value)?;
            return match secret {
                "access_key_id" => keep(&mut self.next.access_key_id, value),
                "secret_key" => keep(&mut self.next.secret_key, value),
                "session_token" => keep(&mut self.next.session_token, value),
                // Settings, and fixed while a session runs.
                "iot_key" | "wifi.password" => Err(Why::State),
                _ => Err(Why::Unknown),
            };
        }
        if self.key.as_str() == "credentials.expires_unix_s" {
            let value = core::str::from_utf8(value).map_err(|_| Why::Value)?;
            self.next.expires_unix_s = value.parse().map_err(|_| Why::Value)?;
            return Ok(());
        }
        let Some(Provisioning { settings, .. }) = provisioning else { return Err(Why::State) };
        if self.key.as_str() == "ca" {
            let der = Base64::decode_in_place(value).map_err(|_| Why::Value)?;
            return settings.set_ca(der).map_err(|Full| Why::Full);
        }
        if self.key.as_str() == "iot.cert" {
            let der = Base64::decode_in_place(value).map_err(|_| Why::Value)?;
            return settings.iot.set_certificate(der).map_err(|Full| Why::Full);
        }
        let value = core::str::from_utf8(value).map_err(|_| Why::Value)?;
        set_setting(settings, self.key.as_str(), value)
    }

    /// Secrets do not stay behind.
    fn clear(&mut self) {
        self.value.fill(0);
        (self.len, self.parts) = (0, 0);
        self.key.wipe();
    }
}

/// Points names at an address.
pub(super) fn resolve(names: &mut Names, suffix: Value<'_>, to: SocketAddr) -> Result<(), Why> {
    let mut room = [0; SUFFIX_MAX];
    let suffix = suffix.decode(&mut room).ok_or(Why::Value)?;
    names.set(suffix, to).map_err(|Full| Why::Full)
}

/// Breaks the client on purpose (decision 9).
#[cfg(kvs_mutants)]
pub(super) fn mutate(settings: &mut Settings, name: &str) -> Result<(), Why> {
    let mutants = &mut settings.mutants;
    let switch = match name {
        "constant-backoff" => &mut mutants.constant_backoff,
        "ignore-go-away" => &mut mutants.ignore_go_away,
        "no-dedupe" => &mut mutants.no_dedupe,
        "reuse-signed-url" => &mut mutants.reuse_signed_url,
        _ => return Err(Why::Unknown),
    };
    *switch = true;
    Ok(())
}

/// A normal image holds no mutants.
#[cfg(not(kvs_mutants))]
pub(super) fn mutate(_: &mut Settings, _: &str) -> Result<(), Why> {
    Err(Why::Unknown)
}

fn set_setting(settings: &mut Settings, key: &str, value: &str) -> Result<(), Why> {
    let Policy { ping_after_ms, pong_timeout_ms, .. } = &mut settings.policy;
    match key {
        "role" => {
            settings.viewer = match value {
                "master" => false,
                "viewer" => true,
                _ => return Err(Why::Value),
            };
            Ok(())
        }
        "create" => switch(&mut settings.create, value),
        "media_storage" => switch(&mut settings.media_storage, value),
        "iot.endpoint" => keep(&mut settings.iot.endpoint, value),
        "iot.role_alias" => keep(&mut settings.iot.role_alias, value),
        "iot.thing_name" => keep(&mut settings.iot.thing_name, value),
        "wifi.ssid" => keep(&mut settings.wifi.ssid, value),
        "channel" => keep(&mut settings.channel, value),
        "region" => keep(&mut settings.region, value),
        "client_id" => keep(&mut settings.client_id, value),
        "control_plane" => keep(&mut settings.control_plane, value),
        "arn" => keep(&mut settings.arn, value),
        "user_agent" => keep(&mut settings.user_agent, value),
        "ping_after_ms" => number(ping_after_ms, value),
        "pong_timeout_ms" => number(pong_timeout_ms, value),
        _ => Err(Why::Unknown),
    }
}

fn switch(place: &mut bool, value: &str) -> Result<(), Why> {
    *place = match value {
        "0" => false,
        "1" => true,
        _ => return Err(Why::Value),
    };
    Ok(())
}

fn keep<const N: usize>(text: &mut Text<N>, value: &str) -> Result<(), Why> {
    *text = Text::of(value).map_err(|Full| Why::Full)?;
    Ok(())
}

/// A wait of 0 ms would be a busy loop.
fn number(place: &mut u32, value: &str) -> Result<(), Why> {
    *place = value.parse().ok().filter(|ms| *ms > 0).ok_or(Why::Value)?;
    Ok(())
}
