//! What a device was told as bytes: see the module above.

use core::fmt::Write as _;

use kvs_signaling::Policy;

use super::{RESOLVE, VERSION};
use crate::keys::Keys;
use crate::names::{Names, SUFFIX_MAX};
use crate::settings::Settings;
use crate::text::Text;

/// A suffix, a blank, an address with its port.
const RESOLVE_MAX: usize = SUFFIX_MAX + 64;

/// Writes all of it to the start of `room`; its length, or `None` where it does not fit.
pub(crate) fn write(
    settings: &Settings,
    names: &Names,
    keys: &Keys,
    room: &mut [u8],
) -> Option<usize> {
    let mut out = Out { room, len: 0 };
    out.bytes(&[VERSION])?;
    out.entry("role", if settings.viewer { b"viewer" } else { b"" })?;
    out.entry("create", if settings.create { b"1" } else { b"" })?;
    out.entry("media_storage", if settings.media_storage { b"1" } else { b"" })?;
    for (key, text) in [
        ("channel", settings.channel.as_str()),
        ("arn", settings.arn.as_str()),
        ("region", settings.region.as_str()),
        ("client_id", settings.client_id.as_str()),
        ("control_plane", settings.control_plane.as_str()),
        ("user_agent", settings.user_agent.as_str()),
        ("iot.endpoint", settings.iot.endpoint.as_str()),
        ("iot.role_alias", settings.iot.role_alias.as_str()),
        ("iot.thing_name", settings.iot.thing_name.as_str()),
        ("wifi.ssid", settings.wifi.ssid.as_str()),
        ("secret.wifi.password", settings.wifi.password.as_str()),
        ("secret.access_key_id", keys.access_key_id.as_str()),
        ("secret.secret_key", keys.secret_key.as_str()),
        ("secret.session_token", keys.session_token.as_str()),
    ] {
        out.entry(key, text.as_bytes())?;
    }
    out.entry("ca", settings.ca())?;
    let (certificate, key) = settings.iot.ders();
    out.entry("iot.cert", certificate)?;
    out.entry("secret.iot_key", key)?;
    let Policy { ping_after_ms, pong_timeout_ms, .. } = settings.policy;
    let Policy { ping_after_ms: ping, pong_timeout_ms: pong, .. } = Policy::DEFAULT;
    for (key, number, usual) in [
        ("ping_after_ms", ping_after_ms.into(), ping.into()),
        ("pong_timeout_ms", pong_timeout_ms.into(), pong.into()),
        ("credentials.expires_unix_s", keys.expires_unix_s, 0),
    ] {
        if number != usual {
            out.entry(key, Text::<20>::cut(format_args!("{number}")).as_str().as_bytes())?;
        }
    }
    for (suffix, address) in names.known() {
        let mut text = Text::<RESOLVE_MAX>::EMPTY;
        write!(text, "{} {address}", suffix.as_str()).ok()?;
        out.entry(RESOLVE, text.as_str().as_bytes())?;
    }
    Some(out.len)
}

/// The bytes under way.
struct Out<'r> {
    room: &'r mut [u8],
    len: usize,
}

impl Out<'_> {
    /// Nothing for an empty value: that is the default of all.
    fn entry(&mut self, key: &str, value: &[u8]) -> Option<()> {
        if value.is_empty() {
            return Some(());
        }
        self.bytes(&[u8::try_from(key.len()).ok()?])?;
        self.bytes(&u16::try_from(value.len()).ok()?.to_le_bytes())?;
        self.bytes(key.as_bytes())?;
        self.bytes(value)
    }

    fn bytes(&mut self, bytes: &[u8]) -> Option<()> {
        let end = self.len + bytes.len();
        self.room.get_mut(self.len..end)?.copy_from_slice(bytes);
        self.len = end;
        Some(())
    }
}
