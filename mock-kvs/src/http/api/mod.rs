//! The calls: JSON in, JSON out. One file each.

mod create;
mod delete;
mod describe;
mod endpoint;
mod ice_config;
mod list;
mod update;

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::connection::Scheme;
use crate::clock::Now;
use crate::fault::rules::call_word;
use crate::fault::spec::CallKind;
use crate::service::Service;
use crate::service::error::{ErrorType, ServiceError};

/// A call of the service.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Api {
    Create,
    Describe,
    List,
    Update,
    Delete,
    Endpoint,
    IceConfig,
}

/// What a call is asked, beside the signature.
#[derive(Clone, Copy, Debug)]
pub(super) struct Asked<'a> {
    pub body: &'a [u8],
    /// The Host header.
    pub host: &'a str,
    pub scheme: Scheme,
    pub region: &'a str,
}

impl Api {
    pub const ALL: [Self; 7] = [
        Self::Create,
        Self::Describe,
        Self::List,
        Self::Update,
        Self::Delete,
        Self::Endpoint,
        Self::IceConfig,
    ];

    /// The path of the service model.
    pub const fn path(self) -> &'static str {
        match self {
            Self::Create => "/createSignalingChannel",
            Self::Describe => "/describeSignalingChannel",
            Self::List => "/listSignalingChannels",
            Self::Update => "/updateSignalingChannel",
            Self::Delete => "/deleteSignalingChannel",
            Self::Endpoint => "/getSignalingChannelEndpoint",
            Self::IceConfig => "/v1/get-ice-server-config",
        }
    }

    /// What faults call it.
    pub const fn kind(self) -> CallKind {
        match self {
            Self::Create => CallKind::Create,
            Self::Describe => CallKind::Describe,
            Self::List => CallKind::List,
            Self::Update => CallKind::Update,
            Self::Delete => CallKind::Delete,
            Self::Endpoint => CallKind::Endpoint,
            Self::IceConfig => CallKind::IceConfig,
        }
    }

    /// The word in the journal.
    pub const fn name(self) -> &'static str {
        call_word(self.kind())
    }

    /// Carries it out.
    pub fn run(
        self,
        service: &mut Service,
        now: Now,
        asked: &Asked<'_>,
    ) -> Result<String, ServiceError> {
        match self {
            Self::Create => create::run(service, now, asked),
            Self::Describe => describe::run(service, now, asked),
            Self::List => list::run(service, now, asked),
            Self::Update => update::run(service, now, asked),
            Self::Delete => delete::run(service, now, asked),
            Self::Endpoint => endpoint::run(service, now, asked),
            Self::IceConfig => ice_config::run(service, now, asked),
        }
    }
}

/// Reads a body; none at all counts as an empty object. Members the model does not have are
/// ignored, as AWS does.
fn input<T: DeserializeOwned>(asked: &Asked<'_>) -> Result<T, ServiceError> {
    let body = if asked.body.trim_ascii().is_empty() { b"{}" } else { asked.body };
    serde_json::from_slice(body)
        .map_err(|error| ServiceError::new(ErrorType::Serialization, error.to_string()))
}

fn output<T: Serialize>(value: &T) -> Result<String, ServiceError> {
    serde_json::to_string(value)
        .map_err(|error| ServiceError::new(ErrorType::Serialization, error.to_string()))
}

/// The member of several inputs.
#[derive(serde::Deserialize)]
#[serde(rename_all = "PascalCase")]
struct SingleMasterInput {
    message_ttl_seconds: Option<i64>,
}
