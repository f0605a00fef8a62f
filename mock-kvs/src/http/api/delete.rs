//! DeleteSignalingChannel.

use serde::Deserialize;

use super::{Asked, input};
use crate::clock::Now;
use crate::service::error::ServiceError;
use crate::service::quota::Quota;
use crate::service::{Service, shape};

#[derive(Deserialize)]
struct Input {
    #[serde(rename = "ChannelARN")]
    arn: Option<String>,
    #[serde(rename = "CurrentVersion")]
    version: Option<String>,
}

pub(super) fn run(
    service: &mut Service,
    now: Now,
    asked: &Asked<'_>,
) -> Result<String, ServiceError> {
    let input: Input = input(asked)?;
    let arn = input.arn.ok_or_else(|| shape::missing("channelARN"))?;
    service.admit(now, Quota::Delete, Some(&arn))?;
    service.delete(now, &arn, input.version.as_deref())?;
    Ok("{}".into())
}
