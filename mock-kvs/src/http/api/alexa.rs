//! SendAlexaOfferToMaster.

use serde::{Deserialize, Serialize};

use super::{Asked, input, output};
use crate::clock::Now;
use crate::service::error::ServiceError;
use crate::service::quota::Quota;
use crate::service::{AlexaCall, Service, shape};

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Input {
    #[serde(rename = "ChannelARN")]
    arn: Option<String>,
    sender_client_id: Option<String>,
    message_payload: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Output<'a> {
    answer: &'a str,
}

pub(super) fn run(
    service: &mut Service,
    now: Now,
    asked: &Asked<'_>,
) -> Result<AlexaCall, ServiceError> {
    let input: Input = input(asked)?;
    let arn = input.arn.ok_or_else(|| shape::missing("channelARN"))?;
    service.admit(now, Quota::AlexaOffer, Some(&arn))?;
    let sender = input.sender_client_id.ok_or_else(|| shape::missing("senderClientId"))?;
    let payload = input.message_payload.ok_or_else(|| shape::missing("messagePayload"))?;
    service.offer_by_alexa(now, &arn, &sender, &payload)
}

/// The body once the master has answered.
pub(in crate::http) fn answered(answer: &str) -> Result<String, ServiceError> {
    output(&Output { answer })
}
