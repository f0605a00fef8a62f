//! CreateSignalingChannel.

use serde::{Deserialize, Serialize};

use super::tags::Tag;
use super::{Asked, SingleMasterInput, input, output};
use crate::clock::Now;
use crate::service::error::ServiceError;
use crate::service::quota::Quota;
use crate::service::{CreateChannel, Service, shape};

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Input {
    channel_name: Option<String>,
    channel_type: Option<String>,
    single_master_configuration: Option<SingleMasterInput>,
    #[serde(default)]
    tags: Option<Vec<Tag>>,
}

#[derive(Serialize)]
struct Output {
    #[serde(rename = "ChannelARN")]
    arn: String,
}

pub(super) fn run(
    service: &mut Service,
    now: Now,
    asked: &Asked<'_>,
) -> Result<String, ServiceError> {
    let input: Input = input(asked)?;
    service.admit(now, Quota::Create, None)?;
    let arn = service.create(
        now,
        &CreateChannel {
            name: input.channel_name.ok_or_else(|| shape::missing("channelName"))?,
            kind: input.channel_type,
            message_ttl_s: input.single_master_configuration.and_then(|c| c.message_ttl_seconds),
            tags: Tag::pairs(input.tags.unwrap_or_default())?,
        },
    )?;
    output(&Output { arn })
}
