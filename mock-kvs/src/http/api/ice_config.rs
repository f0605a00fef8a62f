//! GetIceServerConfig.

use serde::{Deserialize, Serialize};

use super::{Asked, input, output};
use crate::clock::Now;
use crate::service::error::ServiceError;
use crate::service::quota::Quota;
use crate::service::{AskIce, IceServer, Service, shape};

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Input {
    #[serde(rename = "ChannelARN")]
    arn: Option<String>,
    client_id: Option<String>,
    service: Option<String>,
    username: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Output {
    ice_server_list: Vec<IceServer>,
}

pub(super) fn run(
    service: &mut Service,
    now: Now,
    asked: &Asked<'_>,
) -> Result<String, ServiceError> {
    let input: Input = input(asked)?;
    let arn = input.arn.ok_or_else(|| shape::missing("channelARN"))?;
    if let Some(username) = &input.username {
        shape::require_name(username, "username")?;
    }
    service.admit(now, Quota::IceConfig, Some(&arn))?;
    let asked = AskIce {
        arn: &arn,
        client_id: input.client_id.as_deref(),
        service: input.service.as_deref(),
        username: input.username.as_deref(),
    };
    let ice_server_list = service.ice_servers(now, &asked)?;
    output(&Output { ice_server_list })
}
