//! DescribeMediaStorageConfiguration and UpdateMediaStorageConfiguration.

use serde::{Deserialize, Serialize};

use super::{Asked, input, output};
use crate::clock::Now;
use crate::service::error::{ErrorType, ServiceError};
use crate::service::quota::Quota;
use crate::service::{STREAM_ARN, Service, shape};

#[derive(Deserialize)]
struct DescribeInput {
    #[serde(rename = "ChannelName")]
    name: Option<String>,
    #[serde(rename = "ChannelARN")]
    arn: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct DescribeOutput<'a> {
    media_storage_configuration: Described<'a>,
}

#[derive(Serialize)]
struct Described<'a> {
    #[serde(rename = "StreamARN", skip_serializing_if = "Option::is_none")]
    stream_arn: Option<&'a str>,
    #[serde(rename = "Status")]
    status: &'static str,
}

#[derive(Deserialize)]
struct UpdateInput {
    #[serde(rename = "ChannelARN")]
    arn: Option<String>,
    #[serde(rename = "MediaStorageConfiguration")]
    configuration: Option<Configuration>,
}

#[derive(Deserialize)]
struct Configuration {
    #[serde(rename = "StreamARN")]
    stream_arn: Option<String>,
    #[serde(rename = "Status")]
    status: Option<String>,
}

pub(super) fn describe(
    service: &mut Service,
    now: Now,
    asked: &Asked<'_>,
) -> Result<String, ServiceError> {
    let input: DescribeInput = input(asked)?;
    let by_name = input.name.as_deref().and_then(|name| service.arn_of(name));
    let channel = input.arn.as_deref().or(by_name).map(str::to_owned);
    service.admit(now, Quota::DescribeStorage, channel.as_deref())?;
    let stream_arn = service.storage(input.name.as_deref(), input.arn.as_deref())?;
    let status = if stream_arn.is_some() { "ENABLED" } else { "DISABLED" };
    output(&DescribeOutput { media_storage_configuration: Described { stream_arn, status } })
}

pub(super) fn update(
    service: &mut Service,
    now: Now,
    asked: &Asked<'_>,
) -> Result<String, ServiceError> {
    let input: UpdateInput = input(asked)?;
    let arn = input.arn.ok_or_else(|| shape::missing("channelARN"))?;
    service.admit(now, Quota::UpdateStorage, Some(&arn))?;
    let configuration =
        input.configuration.ok_or_else(|| shape::missing("mediaStorageConfiguration"))?;
    let member = "mediaStorageConfiguration.status";
    let stream_arn = match configuration.status.as_deref() {
        Some("ENABLED") => {
            // The model has it optional, so it is the service that misses it.
            let text = "A stream ARN is required to enable media storage.";
            let missing = || ServiceError::new(ErrorType::InvalidArgument, text);
            Some(configuration.stream_arn.ok_or_else(missing)?)
        }
        Some("DISABLED") => {
            let stream_arn = configuration.stream_arn.as_deref();
            stream_arn.map_or(Ok(()), |arn| shape::require_arn_at(arn, STREAM_ARN))?;
            None
        }
        Some(other) => {
            let values = "Member must satisfy enum value set: [ENABLED, DISABLED]";
            return Err(shape::violates(other, member, values));
        }
        None => return Err(shape::missing(member)),
    };
    service.set_storage(&arn, stream_arn)?;
    Ok("{}".into())
}
