//! What can be changed at a running service: a scenario's `service` step, the admin's POST /change.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// One change of the service.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "change", rename_all = "kebab-case")]
pub enum Change {
    /// Temporary credentials end now: what is signed with them is answered ExpiredTokenException.
    /// Open WebSockets stay, as at the real service.
    ExpireCredentials {
        /// The access key id; every issued one when absent.
        #[serde(default)]
        key: Option<String>,
    },
    /// Keys are unknown from now on: UnrecognizedClientException.
    RevokeCredentials {
        /// The access key id; every issued one when absent.
        #[serde(default)]
        key: Option<String>,
    },
    /// A channel comes into being, with a new ARN. An existing one of that name is deleted first.
    CreateChannel {
        /// Its name.
        channel: String,
    },
    /// A channel is deleted; its WebSockets are closed.
    DeleteChannel {
        /// Its name; every channel when absent.
        #[serde(default)]
        channel: Option<String>,
    },
    /// A channel reports another status; it serves only while ACTIVE.
    ChannelStatus {
        /// Its name; every channel when absent.
        #[serde(default)]
        channel: Option<String>,
        /// The status.
        status: ChannelStatus,
    },
    /// A channel's media storage is enabled, into a stream of its own name, or disabled.
    MediaStorage {
        /// Its name; every channel when absent.
        #[serde(default)]
        channel: Option<String>,
        /// Whether it is enabled.
        enabled: bool,
    },
    /// A channel's endpoints have other names from now on, as after the service moved it.
    Endpoints {
        /// Its name; every channel when absent.
        #[serde(default)]
        channel: Option<String>,
    },
    /// Quotas are enforced, or not, from now on; what is absent stays as it is.
    Quotas {
        /// 3 connects a second.
        #[serde(default)]
        connects: Option<bool>,
        /// The calls' rates.
        #[serde(default)]
        calls: Option<bool>,
        /// 5 descriptions and 20 candidates a second and connection.
        #[serde(default)]
        sends: Option<bool>,
        /// Viewers at a time.
        #[serde(default)]
        viewers: Option<usize>,
    },
    /// GO_AWAY over the socket; it is cut after the grace (60 s).
    GoAway {
        /// Whose.
        #[serde(default)]
        to: Target,
    },
    /// RECONNECT_ICE_SERVER over the socket.
    ReconnectIce {
        /// Whose.
        #[serde(default)]
        to: Target,
    },
    /// A close frame over the socket.
    Close {
        /// Whose.
        #[serde(default)]
        to: Target,
        /// The close code.
        #[serde(default = "going_away")]
        code: u16,
        /// The reason text.
        #[serde(default)]
        reason: String,
    },
    /// The connection loses its place as if a newer one had come: what it sees is the policy's.
    Displace {
        /// Whose.
        #[serde(default)]
        to: Target,
    },
    /// The connection ends without a close frame.
    DropConnection {
        /// Whose.
        #[serde(default)]
        to: Target,
    },
    /// The service's whole clock is off by this from now on (absolute, not added up).
    Clock {
        /// Milliseconds; positive is ahead.
        offset_ms: i64,
    },
}

/// Which WebSockets are meant: those that fit everything given; all when nothing is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Target {
    /// Name of the listener it came through.
    #[serde(default)]
    pub actor: Option<String>,
    /// Its role.
    #[serde(default)]
    pub role: Option<Role>,
    /// The viewer's id.
    #[serde(default)]
    pub client_id: Option<String>,
}

impl Target {
    /// Every WebSocket of one listener.
    pub fn actor(name: impl Into<String>) -> Self {
        Self { actor: Some(name.into()), role: None, client_id: None }
    }
}

/// The side of a channel.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// The one that answers: a camera.
    Master,
    /// One of up to ten that offer.
    Viewer,
}

impl Role {
    /// The word in the journal.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Master => "master",
            Self::Viewer => "viewer",
        }
    }
}

/// A channel's status, in AWS's words.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum ChannelStatus {
    /// Not yet usable.
    Creating,
    /// Usable.
    Active,
    /// Being changed.
    Updating,
    /// On its way out.
    Deleting,
}

impl ChannelStatus {
    /// The word on the wire.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Creating => "CREATING",
            Self::Active => "ACTIVE",
            Self::Updating => "UPDATING",
            Self::Deleting => "DELETING",
        }
    }
}

/// Why a change could not be made.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ChangeError {
    /// No such channel.
    #[error("there is no channel named `{0}`; create it first")]
    NoChannel(String),
    /// No connection fits the target.
    #[error("no open WebSocket fits {0}; wait for `ws.open` first")]
    NoSocket(String),
    /// No such key.
    #[error("no credentials were issued with that access key id")]
    NoKey,
    /// A name AWS would refuse.
    #[error("`{0}` is not a channel name: 1 to 256 of a-z A-Z 0-9 _ . -")]
    BadName(String),
}

const fn going_away() -> u16 {
    1001
}
