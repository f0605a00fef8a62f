//! ListSignalingChannels.

use serde::{Deserialize, Serialize};

use super::{Asked, input, output};
use crate::clock::Now;
use crate::service::error::ServiceError;
use crate::service::quota::Quota;
use crate::service::{ChannelInfo, ListChannels, Service, shape};

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Input {
    max_results: Option<i64>,
    next_token: Option<String>,
    channel_name_condition: Option<Condition>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Condition {
    comparison_operator: Option<String>,
    comparison_value: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Output {
    channel_info_list: Vec<ChannelInfo>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_token: Option<String>,
}

pub(super) fn run(
    service: &mut Service,
    now: Now,
    asked: &Asked<'_>,
) -> Result<String, ServiceError> {
    let input: Input = input(asked)?;
    service.admit(now, Quota::List, None)?;
    let begins_with = match input.channel_name_condition {
        None => None,
        Some(condition) => {
            let operator = condition.comparison_operator.as_deref().unwrap_or("BEGINS_WITH");
            if operator != "BEGINS_WITH" {
                let member = "channelNameCondition.comparisonOperator";
                let values = "Member must satisfy enum value set: [BEGINS_WITH]";
                return Err(shape::violates(operator, member, values));
            }
            condition.comparison_value
        }
    };
    let listed = service.list(&ListChannels {
        max_results: input.max_results,
        next_token: input.next_token,
        begins_with,
    })?;
    output(&Output { channel_info_list: listed.channels, next_token: listed.next_token })
}
