//! DescribeSignalingChannel.

use crate::config::{ARN_MAX, CHANNEL_NAME_MAX};
use crate::error::PeerError;
use crate::wire::json::{self, Text, Value, Writer};
use crate::wire::span::Span;

/// Path of the call.
pub const PATH: &str = "/describeSignalingChannel";

/// Longest version (service model).
const VERSION_MAX: usize = 64;

/// Whether a channel can be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChannelStatus {
    /// `CREATING`: not yet.
    Creating,
    /// `ACTIVE`
    Active,
    /// `UPDATING`: usable, with the old settings.
    Updating,
    /// `DELETING`: never again under this ARN.
    Deleting,
}

/// What we read of a channel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Described<'a> {
    /// Never empty.
    pub arn: &'a str,
    /// Empty when not given.
    pub name: &'a str,
    /// Whether it can be used.
    pub status: ChannelStatus,
    /// Changes with every update; empty when not given.
    pub version: &'a str,
    /// 5–120; `None` when not given.
    pub message_ttl_s: Option<u16>,
}

/// Writes the body: the channel by name.
pub fn write_body(json: &mut Writer<'_>, name: &str) {
    json.begin_object();
    json.key("ChannelName");
    json.string(name);
    json.end_object();
}

/// Parses the answer. [`PeerError::Json`]: not JSON, a field of the wrong kind, or a status the model
/// does not have (the C SDK takes any unknown one for DELETING, and `""` for ACTIVE).
/// [`PeerError::Missing`]: no ARN or no status, or one longer than the model's limit.
pub fn parse(body: &mut [u8]) -> Result<Described<'_>, PeerError> {
    let answer = json::parse(body).map_err(|_| PeerError::Json)?;
    let info = answer.member("ChannelInfo").ok_or(PeerError::Missing)?;
    let fields = Fields::find(info)?;
    let status = fields.status.ok_or(PeerError::Missing)?;
    let mut plain = |span| json::unescape_in_place(body, span).map_err(|_| PeerError::Json);
    let (arn, name, version) = (plain(fields.arn)?, plain(fields.name)?, plain(fields.version)?);
    let body = &*body;
    Ok(Described {
        arn: required(arn.text(body), ARN_MAX)?,
        name: limited(name.text(body), CHANNEL_NAME_MAX)?,
        status,
        version: limited(version.text(body), VERSION_MAX)?,
        message_ttl_s: fields.message_ttl_s,
    })
}

/// A text that must be there and within its limit.
pub(super) fn required(text: &str, max: usize) -> Result<&str, PeerError> {
    if text.is_empty() { Err(PeerError::Missing) } else { limited(text, max) }
}

fn limited(text: &str, max: usize) -> Result<&str, PeerError> {
    if text.len() <= max { Ok(text) } else { Err(PeerError::Missing) }
}

#[derive(Default)]
struct Fields {
    arn: Span,
    name: Span,
    version: Span,
    status: Option<ChannelStatus>,
    message_ttl_s: Option<u16>,
}

impl Fields {
    fn find(info: Value<'_>) -> Result<Self, PeerError> {
        let mut fields = Self::default();
        for (key, value) in info.members().filter(|(_, value)| !value.is_null()) {
            if key.is("ChannelARN") {
                fields.arn = text(value)?.span();
            } else if key.is("ChannelName") {
                fields.name = text(value)?.span();
            } else if key.is("Version") {
                fields.version = text(value)?.span();
            } else if key.is("ChannelStatus") {
                fields.status = Some(status(text(value)?)?);
            } else if key.is("SingleMasterConfiguration") {
                fields.message_ttl_s = message_ttl(value)?;
            }
        }
        Ok(fields)
    }
}

fn text(value: Value<'_>) -> Result<Text<'_>, PeerError> {
    value.text().ok_or(PeerError::Json)
}

fn status(word: Text<'_>) -> Result<ChannelStatus, PeerError> {
    let known = [
        ("CREATING", ChannelStatus::Creating),
        ("ACTIVE", ChannelStatus::Active),
        ("UPDATING", ChannelStatus::Updating),
        ("DELETING", ChannelStatus::Deleting),
    ];
    known.iter().find(|(name, _)| word.is(name)).map(|(_, status)| *status).ok_or(PeerError::Json)
}

fn message_ttl(configuration: Value<'_>) -> Result<Option<u16>, PeerError> {
    let Some(ttl) = configuration.member("MessageTtlSeconds").filter(|ttl| !ttl.is_null()) else {
        return Ok(None);
    };
    let seconds = ttl.unsigned().and_then(|seconds| u16::try_from(seconds).ok());
    seconds.map(Some).ok_or(PeerError::Json)
}
