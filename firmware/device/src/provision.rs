//! What a device was told, by the keys that the console has for it; and all of it as bytes, for a board that keeps it.
//!
//! The bytes are a version, then for each value that is not the default: length of the key (8 bits), length of the value (16
//! bits, little-endian), key, value. A key that an image does not know is left out: another image wrote it.

#[cfg(feature = "test-console")]
mod write;

use core::net::SocketAddr;

use kvs_signaling::Policy;

use crate::keys::Keys;
use crate::memory::Retained;
use crate::names::Names;
use crate::settings::Settings;
use crate::text::{Full, Text};

#[cfg(feature = "test-console")]
pub(crate) use write::write;

/// Of the bytes.
const VERSION: u8 = 1;
/// The key of a name override: `suffix address`, any number of them.
const RESOLVE: &str = "resolve";

/// Why a value was not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unfit {
    /// No such key.
    Unknown,
    /// Malformed or out of range.
    Value,
    /// No room.
    Full,
}

impl From<Full> for Unfit {
    fn from(Full: Full) -> Self {
        Self::Full
    }
}

/// Sets what is called `key`. Certificates and private keys are DER here.
pub(crate) fn set(settings: &mut Settings, key: &str, value: &[u8]) -> Result<(), Unfit> {
    match key {
        "ca" => Ok(settings.set_ca(value)?),
        "iot.cert" => Ok(settings.iot.set_certificate(value)?),
        "secret.iot_key" => Ok(settings.iot.set_key(value)?),
        _ => set_text(settings, key, core::str::from_utf8(value).map_err(|_| Unfit::Value)?),
    }
}

fn set_text(settings: &mut Settings, key: &str, value: &str) -> Result<(), Unfit> {
    let Policy { ping_after_ms, pong_timeout_ms, .. } = &mut settings.policy;
    match key {
        "role" => {
            settings.viewer = match value {
                "master" => false,
                "viewer" => true,
                _ => return Err(Unfit::Value),
            };
            Ok(())
        }
        "create" => switch(&mut settings.create, value),
        "media_storage" => switch(&mut settings.media_storage, value),
        "iot.endpoint" => keep(&mut settings.iot.endpoint, value),
        "iot.role_alias" => keep(&mut settings.iot.role_alias, value),
        "iot.thing_name" => keep(&mut settings.iot.thing_name, value),
        "wifi.ssid" => keep(&mut settings.wifi.ssid, value),
        "secret.wifi.password" => keep(&mut settings.wifi.password, value),
        "channel" => keep(&mut settings.channel, value),
        "region" => keep(&mut settings.region, value),
        "client_id" => keep(&mut settings.client_id, value),
        "control_plane" => keep(&mut settings.control_plane, value),
        "arn" => keep(&mut settings.arn, value),
        "user_agent" => keep(&mut settings.user_agent, value),
        "ping_after_ms" => number(ping_after_ms, value),
        "pong_timeout_ms" => number(pong_timeout_ms, value),
        _ => Err(Unfit::Unknown),
    }
}

/// Sets one of the credentials; [`Unfit::Unknown`] for any other key.
pub(crate) fn set_key(keys: &mut Keys, key: &str, value: &[u8]) -> Result<(), Unfit> {
    let text = || core::str::from_utf8(value).map_err(|_| Unfit::Value);
    match key {
        "secret.access_key_id" => keep(&mut keys.access_key_id, text()?),
        "secret.secret_key" => keep(&mut keys.secret_key, text()?),
        "secret.session_token" => keep(&mut keys.session_token, text()?),
        "credentials.expires_unix_s" => {
            keys.expires_unix_s = text()?.parse().map_err(|_| Unfit::Value)?;
            Ok(())
        }
        _ => Err(Unfit::Unknown),
    }
}

fn switch(place: &mut bool, value: &str) -> Result<(), Unfit> {
    *place = match value {
        "0" => false,
        "1" => true,
        _ => return Err(Unfit::Value),
    };
    Ok(())
}

fn keep<const N: usize>(text: &mut Text<N>, value: &str) -> Result<(), Unfit> {
    *text = Text::of(value)?;
    Ok(())
}

/// A wait of 0 ms would be a busy loop.
fn number(place: &mut u32, value: &str) -> Result<(), Unfit> {
    *place = value.parse().ok().filter(|ms| *ms > 0).ok_or(Unfit::Value)?;
    Ok(())
}

/// Takes over what [`write`] wrote; `false`, and nothing is told, when it was not that.
pub(crate) fn read(told: &mut Retained, bytes: &[u8]) -> bool {
    let whole = match bytes.split_first() {
        Some((&VERSION, entries)) => read_entries(told, entries).is_some(),
        Some(_) | None => false,
    };
    if !whole {
        told.clear();
    }
    whole
}

fn read_entries(told: &mut Retained, mut entries: &[u8]) -> Option<()> {
    while !entries.is_empty() {
        let ([key_len, low, high], rest) = entries.split_first_chunk()?;
        let (key, rest) = rest.split_at_checked(usize::from(*key_len))?;
        let (value, rest) =
            rest.split_at_checked(usize::from(u16::from_le_bytes([*low, *high])))?;
        entries = rest;
        let key = core::str::from_utf8(key).ok()?;
        let result = match set_key(&mut told.keys, key, value) {
            Err(Unfit::Unknown) if key == RESOLVE => resolve(&mut told.names, value),
            Err(Unfit::Unknown) => set(&mut told.settings, key, value),
            known => known,
        };
        match result {
            Ok(()) | Err(Unfit::Unknown) => {}
            Err(Unfit::Value | Unfit::Full) => return None,
        }
    }
    Some(())
}

fn resolve(names: &mut Names, value: &[u8]) -> Result<(), Unfit> {
    let text = core::str::from_utf8(value).map_err(|_| Unfit::Value)?;
    let (suffix, address) = text.rsplit_once(' ').ok_or(Unfit::Value)?;
    let address: SocketAddr = address.parse().map_err(|_| Unfit::Value)?;
    Ok(names.set(suffix, address)?)
}
