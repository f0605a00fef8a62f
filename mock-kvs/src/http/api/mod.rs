//! The calls: JSON in, JSON out. One file each.

pub(super) mod alexa;
mod create;
mod delete;
mod describe;
mod endpoint;
mod ice_config;
mod join;
mod list;
mod storage;
mod tags;
mod update;

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::connection::Scheme;
use crate::clock::Now;
use crate::fault::rules::call_word;
use crate::fault::spec::CallKind;
use crate::service::error::{ErrorType, ServiceError};
use crate::service::{AlexaCall, Service};

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
    Tag,
    Untag,
    ListTags,
    DescribeStorage,
    UpdateStorage,
    AlexaOffer,
    JoinStorage,
    JoinStorageAsViewer,
}

/// What a call leads to.
pub(super) enum Outcome {
    /// The answer's body.
    Body(String),
    /// The answer comes when the master has given it.
    Waits(AlexaCall),
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
    pub const ALL: [Self; 15] = [
        Self::Create,
        Self::Describe,
        Self::List,
        Self::Update,
        Self::Delete,
        Self::Endpoint,
        Self::IceConfig,
        Self::Tag,
        Self::Untag,
        Self::ListTags,
        Self::DescribeStorage,
        Self::UpdateStorage,
        Self::AlexaOffer,
        Self::JoinStorage,
        Self::JoinStorageAsViewer,
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
            Self::Tag => "/TagResource",
            Self::Untag => "/UntagResource",
            Self::ListTags => "/ListTagsForResource",
            Self::DescribeStorage => "/describeMediaStorageConfiguration",
            Self::UpdateStorage => "/updateMediaStorageConfiguration",
            Self::AlexaOffer => "/v1/send-alexa-offer-to-master",
            Self::JoinStorage => "/joinStorageSession",
            Self::JoinStorageAsViewer => "/joinStorageSessionAsViewer",
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
            Self::Tag => CallKind::Tag,
            Self::Untag => CallKind::Untag,
            Self::ListTags => CallKind::ListTags,
            Self::DescribeStorage => CallKind::DescribeStorage,
            Self::UpdateStorage => CallKind::UpdateStorage,
            Self::AlexaOffer => CallKind::AlexaOffer,
            Self::JoinStorage | Self::JoinStorageAsViewer => CallKind::JoinStorage,
        }
    }

    /// The word in the journal: the faults' own, where it is one call's.
    pub const fn name(self) -> &'static str {
        if matches!(self, Self::JoinStorageAsViewer) {
            return "join-storage-as-viewer";
        }
        call_word(self.kind())
    }

    /// The key of an error's text: the storage model's errors all have it in small letters.
    pub const fn message_key(self, error: ErrorType) -> &'static str {
        match self {
            Self::JoinStorage | Self::JoinStorageAsViewer => "message",
            Self::Create
            | Self::Describe
            | Self::List
            | Self::Update
            | Self::Delete
            | Self::Endpoint
            | Self::IceConfig
            | Self::Tag
            | Self::Untag
            | Self::ListTags
            | Self::DescribeStorage
            | Self::UpdateStorage
            | Self::AlexaOffer => error.message_key(),
        }
    }

    /// Carries it out.
    pub fn run(
        self,
        service: &mut Service,
        now: Now,
        asked: &Asked<'_>,
    ) -> Result<Outcome, ServiceError> {
        let body = match self {
            Self::Create => create::run(service, now, asked),
            Self::Describe => describe::run(service, now, asked),
            Self::List => list::run(service, now, asked),
            Self::Update => update::run(service, now, asked),
            Self::Delete => delete::run(service, now, asked),
            Self::Endpoint => endpoint::run(service, now, asked),
            Self::IceConfig => ice_config::run(service, now, asked),
            Self::Tag => tags::tag(service, now, asked),
            Self::Untag => tags::untag(service, now, asked),
            Self::ListTags => tags::list(service, now, asked),
            Self::DescribeStorage => storage::describe(service, now, asked),
            Self::UpdateStorage => storage::update(service, now, asked),
            Self::AlexaOffer => return alexa::run(service, now, asked).map(Outcome::Waits),
            Self::JoinStorage => join::run(service, now, asked),
            Self::JoinStorageAsViewer => join::as_viewer(service, now, asked),
        };
        body.map(Outcome::Body)
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
