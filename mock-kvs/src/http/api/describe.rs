//! DescribeSignalingChannel.

use serde::{Deserialize, Serialize};

use super::{Asked, input, output};
use crate::clock::Now;
use crate::service::error::ServiceError;
use crate::service::quota::Quota;
use crate::service::{ChannelInfo, Service};

#[derive(Deserialize)]
struct Input {
    #[serde(rename = "ChannelName")]
    name: Option<String>,
    #[serde(rename = "ChannelARN")]
    arn: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Output {
    channel_info: ChannelInfo,
}

pub(super) fn run(
    service: &mut Service,
    now: Now,
    asked: &Asked<'_>,
) -> Result<String, ServiceError> {
    let input: Input = input(asked)?;
    let by_name = input.name.as_deref().and_then(|name| service.arn_of(name));
    let channel = input.arn.as_deref().or(by_name).map(str::to_owned);
    service.admit(now, Quota::Describe, channel.as_deref())?;
    let channel_info = service.describe(input.name.as_deref(), input.arn.as_deref())?;
    output(&Output { channel_info })
}
