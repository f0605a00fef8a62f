//! UpdateSignalingChannel.

use serde::Deserialize;

use super::{Asked, SingleMasterInput, input};
use crate::clock::Now;
use crate::service::error::ServiceError;
use crate::service::quota::Quota;
use crate::service::{Service, UpdateChannel, shape};

#[derive(Deserialize)]
struct Input {
    #[serde(rename = "ChannelARN")]
    arn: Option<String>,
    #[serde(rename = "CurrentVersion")]
    version: Option<String>,
    #[serde(rename = "SingleMasterConfiguration")]
    single_master: Option<SingleMasterInput>,
}

pub(super) fn run(
    service: &mut Service,
    now: Now,
    asked: &Asked<'_>,
) -> Result<String, ServiceError> {
    let input: Input = input(asked)?;
    let arn = input.arn.ok_or_else(|| shape::missing("channelARN"))?;
    service.admit(now, Quota::Update, Some(&arn))?;
    service.update(&UpdateChannel {
        arn,
        version: input.version.ok_or_else(|| shape::missing("currentVersion"))?,
        message_ttl_s: input.single_master.and_then(|c| c.message_ttl_seconds),
    })?;
    Ok("{}".into())
}
