//! DescribeMediaStorageConfiguration: whether a channel's media is stored.

use crate::error::PeerError;
use crate::wire::json::{self, Value, Writer};

/// Path of the call.
pub const PATH: &str = "/describeMediaStorageConfiguration";

/// Writes the body.
pub fn write_body(json: &mut Writer<'_>, arn: &str) {
    json.begin_object();
    json.key("ChannelARN");
    json.string(arn);
    json.end_object();
}

/// Whether storage is enabled. The stream's ARN is not looked at: nothing on a device needs it.
/// [`PeerError::Json`]: not JSON, or a status the model does not have. [`PeerError::Missing`]: none.
pub fn parse(body: &[u8]) -> Result<bool, PeerError> {
    let answer = json::parse(body).map_err(|_| PeerError::Json)?;
    let configuration = answer.member("MediaStorageConfiguration").ok_or(PeerError::Missing)?;
    let status = configuration.member("Status").ok_or(PeerError::Missing)?;
    match status.text() {
        Some(word) if word.is("ENABLED") => Ok(true),
        Some(word) if word.is("DISABLED") => Ok(false),
        Some(_) => Err(PeerError::Json),
        None if Value::is_null(status) => Err(PeerError::Missing),
        None => Err(PeerError::Json),
    }
}
