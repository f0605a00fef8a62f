//! What must hold of a configuration before a session is built.

use crate::config::{CHANNEL_STATE_MAX, Config, HTTP_MIN, Iot, Role};
use crate::error::ConfigError;
use crate::memory::Buffers;
use crate::wire::{arn, message, url};

/// Smallest `rx` and `tx` that hold anything useful: an ICE candidate and its envelope.
const MESSAGE_MIN: usize = 1_024;
/// Smallest `credentials`: long-term keys.
const CREDENTIALS_MIN: usize = 128;
/// Smallest `ice`: one server.
const ICE_MIN: usize = 512;
/// The longest AWS region name has 14 characters; the default host is formatted from it.
pub(super) const REGION_MAX: usize = 32;

/// The first thing that is wrong.
pub(super) fn config(config: &Config<'_>) -> Result<(), ConfigError> {
    let channel = &config.channel;
    match channel.arn {
        Some(given) if arn::parse(given).is_none() => return Err(ConfigError::ChannelArn),
        Some(_) => {}
        None if channel.name.is_empty() => return Err(ConfigError::NoChannel),
        None if !arn::is_channel_name(channel.name) => return Err(ConfigError::ChannelName),
        None => {}
    }
    let legal = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    if !(1..=REGION_MAX).contains(&channel.region.len()) || !channel.region.bytes().all(legal) {
        return Err(ConfigError::Region);
    }
    if let Role::Viewer(client_id) = config.role
        && (!message::is_id(client_id) || is_reserved(client_id))
    {
        return Err(ConfigError::ClientId);
    }
    if !(5..=120).contains(&channel.message_ttl_s) {
        return Err(ConfigError::MessageTtl);
    }
    if let Some(iot) = &config.iot {
        provider(iot)?;
    }
    match config.control_plane {
        Some(authority) if url::parse_authority(authority).is_none() => {
            Err(ConfigError::ControlPlane)
        }
        Some(_) | None => Ok(()),
    }
}

fn provider(iot: &Iot<'_>) -> Result<(), ConfigError> {
    let made_of = |text: &str, more: &[u8]| {
        let legal = |byte: u8| byte.is_ascii_alphanumeric() || more.contains(&byte);
        (1..=128).contains(&text.len()) && text.bytes().all(legal)
    };
    if url::parse_authority(iot.endpoint).is_none() {
        Err(ConfigError::IotEndpoint)
    } else if !made_of(iot.role_alias, b"_=,@-") {
        Err(ConfigError::RoleAlias)
    } else if !made_of(iot.thing_name, b":_-") {
        Err(ConfigError::ThingName)
    } else {
        Ok(())
    }
}

/// The service keeps `AWS_` for itself, in any case (spec §3.1).
fn is_reserved(client_id: &str) -> bool {
    client_id.get(..4).is_some_and(|prefix| prefix.eq_ignore_ascii_case("AWS_"))
}

/// The first buffer below its minimum.
pub(super) fn buffers(buffers: &Buffers<'_>) -> Result<(), ConfigError> {
    let checks = [
        ("rx", buffers.rx.len(), MESSAGE_MIN),
        ("tx", buffers.tx.len(), MESSAGE_MIN),
        ("http", buffers.http.len(), HTTP_MIN),
        ("credentials", buffers.credentials.len(), CREDENTIALS_MIN),
        ("ice", buffers.ice.len(), ICE_MIN),
        ("channel", buffers.channel.len(), CHANNEL_STATE_MAX),
        ("peers", buffers.peers.len(), 1),
        ("outbound", buffers.outbound.len(), 1),
        ("digests", buffers.digests.len(), 1),
    ];
    match checks.iter().find(|(_, size, least)| size < least) {
        Some((name, _, _)) => Err(ConfigError::Buffer(name)),
        None => Ok(()),
    }
}
