//! ChannelInfo, as DescribeSignalingChannel and ListSignalingChannels show a channel.

use serde::Serialize;

use super::channel::Channel;

/// ChannelInfo on the wire.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct ChannelInfo {
    pub(super) channel_name: String,
    #[serde(rename = "ChannelARN")]
    channel_arn: String,
    channel_type: &'static str,
    channel_status: &'static str,
    /// Seconds with a fraction.
    creation_time: f64,
    single_master_configuration: SingleMaster,
    version: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
struct SingleMaster {
    message_ttl_seconds: u64,
}

impl ChannelInfo {
    pub(super) fn of(channel: &Channel) -> Self {
        #[allow(clippy::cast_precision_loss)] // milliseconds of this millennium fit a double
        let creation_time = channel.created_unix_ms as f64 / 1000.0;
        Self {
            channel_name: channel.name.clone(),
            channel_arn: channel.arn.clone(),
            channel_type: channel.kind,
            channel_status: channel.status.word(),
            creation_time,
            single_master_configuration: SingleMaster {
                message_ttl_seconds: channel.message_ttl.as_secs(),
            },
            version: channel.version.clone(),
        }
    }
}
