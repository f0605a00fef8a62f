//! One fault as it is written: the scenario file's `inject:` map, the admin API's JSON and the
//! reference.
//!
//! The struct is flat, so that a file stays one level deep; which field belongs to which fault is
//! checked by [`FaultSpec::validate`], whose message names the field and what the fault takes.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use super::kind::{FaultKind, Layer};
use super::units::{Offset, Percent, Rate, Size, Span};

/// One fault to inject.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FaultSpec {
    /// What happens.
    pub fault: FaultKind,
    /// The name under which the fault is awaited, healed and reported; default: the fault's word.
    #[serde(default, rename = "as", skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Whose connections it happens to; default: `device`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub actor: Option<String>,
    /// It comes into force so much later; until then nothing counts. Default: at once.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub start: Option<Span>,
    /// It heals by itself when it has been in force so long. Default: never.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lasts: Option<Span>,
    /// The direction of the bytes or messages affected; default: both for conditions, device for
    /// cuts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub toward: Option<Toward>,
    /// Happens at a message of this type.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub on: Option<MessageKind>,
    /// Happens at this call.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub call: Option<CallKind>,
    /// Happens at the n-th match only, counted from 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub nth: Option<u32>,
    /// Happens at every n-th match.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub every: Option<u32>,
    /// How often it may happen before the rule is spent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub times: Option<u32>,
    /// The probability that a match counts, 0 to 1, from the run's seed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub p: Option<f64>,
    /// Where in the matched message's bytes on the wire it happens; only toward the device.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<Percent>,
    /// After how many bytes it happens: toward the service since the last complete message, toward
    /// the device since it was injected.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<Size>,
    /// How much later, or how far apart.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub delay: Option<Span>,
    /// The spread around `delay`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub jitter: Option<Span>,
    /// How `jitter` is spread; default: uniform.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub distribution: Option<Distribution>,
    /// Bytes per second.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rate: Option<Rate>,
    /// The HTTP status, or the `statusCode` of a STATUS_RESPONSE.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    /// The AWS error type, such as `ThrottlingException`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    /// The text that comes with the error; the type of an `unknown-type` message; where a `redirect`
    /// leads; which of `missing-fields`; the address of `dns-address`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
    /// The WebSocket close code.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<u16>,
    /// The WebSocket close reason.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// The size of a piece, or of what is too large.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bytes: Option<Size>,
    /// The body or payload, as it stands.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub body: Option<String>,
    /// How far the service's clock, or an answer's `Date`, is moved.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub offset: Option<Offset>,
}

/// The direction in which bytes travel.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum Toward {
    /// From the service to the device (or to whichever client the actor is).
    Device,
    /// From the device to the service.
    Service,
    /// Either direction.
    Both,
}

/// How jitter spreads around the delay.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Default,
    Serialize,
    Deserialize,
    JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum Distribution {
    /// Anywhere between delay − jitter and delay + jitter, all alike.
    #[default]
    Uniform,
    /// A bell around delay whose standard deviation is jitter.
    Normal,
    /// Never below delay, mostly a little above it, now and then far above: mean delay + jitter, at
    /// most delay + 20 × jitter. What congested mobile networks look like.
    Pareto,
}

/// The messages a fault can wait for.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
pub enum MessageKind {
    /// An SDP offer.
    #[serde(rename = "SDP_OFFER")]
    SdpOffer,
    /// An SDP answer.
    #[serde(rename = "SDP_ANSWER")]
    SdpAnswer,
    /// An ICE candidate.
    #[serde(rename = "ICE_CANDIDATE")]
    IceCandidate,
    /// The service's request to reconnect.
    #[serde(rename = "GO_AWAY")]
    GoAway,
    /// The service's request to fetch ICE servers again.
    #[serde(rename = "RECONNECT_ICE_SERVER")]
    ReconnectIceServer,
    /// The service's answer to a message that it could not deliver.
    #[serde(rename = "STATUS_RESPONSE")]
    StatusResponse,
    /// Any message.
    #[serde(rename = "any")]
    Any,
}

/// The calls a fault can wait for.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum CallKind {
    /// DescribeSignalingChannel.
    Describe,
    /// CreateSignalingChannel.
    Create,
    /// GetSignalingChannelEndpoint.
    Endpoint,
    /// GetIceServerConfig.
    IceConfig,
    /// ConnectAsMaster or ConnectAsViewer: the WebSocket upgrade.
    Connect,
    /// ListSignalingChannels.
    List,
    /// UpdateSignalingChannel.
    Update,
    /// DeleteSignalingChannel.
    Delete,
    /// TagResource.
    Tag,
    /// UntagResource.
    Untag,
    /// ListTagsForResource.
    ListTags,
    /// DescribeMediaStorageConfiguration.
    DescribeStorage,
    /// UpdateMediaStorageConfiguration.
    UpdateStorage,
    /// SendAlexaOfferToMaster.
    AlexaOffer,
    /// JoinStorageSession or JoinStorageSessionAsViewer.
    JoinStorage,
    /// The IoT credentials provider's AssumeRoleWithCertificate.
    RoleAlias,
    /// Any call.
    Any,
}

/// A field of [`FaultSpec`] that only some faults take.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[expect(missing_docs, reason = "each is documented where it is a field of FaultSpec")]
pub enum Field {
    Toward,
    On,
    Call,
    Nth,
    Every,
    Times,
    P,
    At,
    After,
    Delay,
    Jitter,
    Distribution,
    Rate,
    Status,
    Error,
    Message,
    Code,
    Reason,
    Bytes,
    Body,
    Offset,
}

impl FaultSpec {
    /// A fault with nothing given but its word.
    #[must_use]
    pub const fn new(fault: FaultKind) -> Self {
        Self {
            fault,
            name: None,
            actor: None,
            start: None,
            lasts: None,
            toward: None,
            on: None,
            call: None,
            nth: None,
            every: None,
            times: None,
            p: None,
            at: None,
            after: None,
            delay: None,
            jitter: None,
            distribution: None,
            rate: None,
            status: None,
            error: None,
            message: None,
            code: None,
            reason: None,
            bytes: None,
            body: None,
            offset: None,
        }
    }

    /// The name it is reported under.
    #[must_use]
    pub fn name(&self) -> &str {
        self.name.as_deref().unwrap_or(self.fault.word())
    }

    /// Whose connections it happens to.
    #[must_use]
    pub fn actor(&self) -> &str {
        self.actor.as_deref().unwrap_or("device")
    }

    /// The direction it affects.
    #[must_use]
    pub fn toward(&self) -> Toward {
        match (self.toward, self.at) {
            (Some(toward), _) => toward,
            // A part of a message is only known of what the service sends.
            (None, Some(_)) => Toward::Device,
            (None, None) => self.fault.default_toward(),
        }
    }

    /// The optional fields that were given, in the order of the reference.
    #[must_use]
    pub fn given(&self) -> Vec<Field> {
        let given = [
            (Field::Toward, self.toward.is_some()),
            (Field::On, self.on.is_some()),
            (Field::Call, self.call.is_some()),
            (Field::Nth, self.nth.is_some()),
            (Field::Every, self.every.is_some()),
            (Field::Times, self.times.is_some()),
            (Field::P, self.p.is_some()),
            (Field::At, self.at.is_some()),
            (Field::After, self.after.is_some()),
            (Field::Delay, self.delay.is_some()),
            (Field::Jitter, self.jitter.is_some()),
            (Field::Distribution, self.distribution.is_some()),
            (Field::Rate, self.rate.is_some()),
            (Field::Status, self.status.is_some()),
            (Field::Error, self.error.is_some()),
            (Field::Message, self.message.is_some()),
            (Field::Code, self.code.is_some()),
            (Field::Reason, self.reason.is_some()),
            (Field::Bytes, self.bytes.is_some()),
            (Field::Body, self.body.is_some()),
            (Field::Offset, self.offset.is_some()),
        ];
        given.into_iter().filter_map(|(field, is_given)| is_given.then_some(field)).collect()
    }

    /// Whether the fields fit the fault and each other.
    ///
    /// # Errors
    /// The first field that does not fit: which, why, and what the fault takes.
    pub fn validate(&self) -> Result<(), SpecError> {
        super::validate::validate(self)
    }
}

/// Why a fault cannot be injected as written.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{field}` of fault `{fault}`: {problem}; {takes}")]
pub struct SpecError {
    /// The fault.
    pub fault: FaultKind,
    /// The field that does not fit.
    pub field: Field,
    /// What is wrong with it.
    pub problem: String,
    /// What the fault takes, as a half sentence.
    pub takes: String,
}

impl Field {
    /// The field's name as it is written.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Toward => "toward",
            Self::On => "on",
            Self::Call => "call",
            Self::Nth => "nth",
            Self::Every => "every",
            Self::Times => "times",
            Self::P => "p",
            Self::At => "at",
            Self::After => "after",
            Self::Delay => "delay",
            Self::Jitter => "jitter",
            Self::Distribution => "distribution",
            Self::Rate => "rate",
            Self::Status => "status",
            Self::Error => "error",
            Self::Message => "message",
            Self::Code => "code",
            Self::Reason => "reason",
            Self::Bytes => "bytes",
            Self::Body => "body",
            Self::Offset => "offset",
        }
    }
}

impl fmt::Display for Field {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}
