//! DeleteSignalingChannel.

use crate::wire::json::Writer;

/// Path of the call.
pub const PATH: &str = "/deleteSignalingChannel";

/// Writes the body: the channel by ARN, whatever its version is. The C SDK names the version it saw
/// last, and sends an empty one after a start from its cache (spec §6.3).
pub fn write_body(json: &mut Writer<'_>, arn: &str) {
    json.begin_object();
    json.key("ChannelARN");
    json.string(arn);
    json.end_object();
}
