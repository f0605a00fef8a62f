//! JoinStorageSession and JoinStorageSessionAsViewer.

use serde::Deserialize;

use super::{Asked, input};
use crate::clock::Now;
use crate::service::error::ServiceError;
use crate::service::{Service, shape};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Input {
    channel_arn: Option<String>,
    client_id: Option<String>,
}

/// As master; or as viewer when there is a client id, which AWS's C SDK sends to this path too.
pub(super) fn run(
    service: &mut Service,
    now: Now,
    asked: &Asked<'_>,
) -> Result<String, ServiceError> {
    let input: Input = input(asked)?;
    let arn = input.channel_arn.ok_or_else(|| shape::missing("channelArn"))?;
    service.join_storage(now, &arn, input.client_id.as_deref())?;
    Ok(String::new())
}

pub(super) fn as_viewer(
    service: &mut Service,
    now: Now,
    asked: &Asked<'_>,
) -> Result<String, ServiceError> {
    let input: Input = input(asked)?;
    let arn = input.channel_arn.ok_or_else(|| shape::missing("channelArn"))?;
    let client_id = input.client_id.ok_or_else(|| shape::missing("clientId"))?;
    service.join_storage(now, &arn, Some(&client_id))?;
    Ok(String::new())
}
