//! CreateSignalingChannel.

use super::describe::required;
use crate::config::ARN_MAX;
use crate::error::PeerError;
use crate::wire::json::{self, Writer};

/// Path of the call.
pub const PATH: &str = "/createSignalingChannel";

/// Writes the body: a single-master channel whose messages live `message_ttl_s` seconds, 5–120.
pub fn write_body(json: &mut Writer<'_>, name: &str, message_ttl_s: u16) {
    json.begin_object();
    json.key("ChannelName");
    json.string(name);
    json.key("ChannelType");
    json.string("SINGLE_MASTER");
    json.key("SingleMasterConfiguration");
    json.begin_object();
    json.key("MessageTtlSeconds");
    json.unsigned(u64::from(message_ttl_s));
    json.end_object();
    json.end_object();
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
