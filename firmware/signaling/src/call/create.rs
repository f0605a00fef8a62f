//! CreateSignalingChannel.

use super::describe::required;
use crate::config::{ARN_MAX, Channel, Tag};
use crate::error::PeerError;
use crate::wire::json::{self, Writer};

/// Path of the call.
pub const PATH: &str = "/createSignalingChannel";

/// Writes the body: a single-master channel with the name, time to live and tags given.
pub fn write_body(json: &mut Writer<'_>, channel: &Channel<'_>) {
    json.begin_object();
    json.key("ChannelName");
    json.string(channel.name);
    json.key("ChannelType");
    json.string("SINGLE_MASTER");
    json.key("SingleMasterConfiguration");
    json.begin_object();
    json.key("MessageTtlSeconds");
    json.unsigned(u64::from(channel.message_ttl_s));
    json.end_object();
    if !channel.tags.is_empty() {
        write_tags(json, channel.tags);
    }
    json.end_object();
}

fn write_tags(json: &mut Writer<'_>, tags: &[Tag<'_>]) {
    json.key("Tags");
    json.begin_array();
    for tag in tags {
        json.begin_object();
        json.key("Key");
        json.string(tag.key);
        json.key("Value");
        json.string(tag.value);
        json.end_object();
    }
    json.end_array();
}

/// The new channel's ARN. [`PeerError::Json`]: not JSON. [`PeerError::Missing`]: no ARN, or one longer
/// than any channel's.
pub fn parse(body: &mut [u8]) -> Result<&str, PeerError> {
    let answer = json::parse(body).map_err(|_| PeerError::Json)?;
    let arn = answer.member("ChannelARN").and_then(json::Value::text);
    let arn = arn.map(json::Text::span).ok_or(PeerError::Missing)?;
    let arn = json::unescape_in_place(body, arn).map_err(|_| PeerError::Json)?;
    required(arn.text(body), ARN_MAX)
}
