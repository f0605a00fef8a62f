//! What can be wrong, by who must act.

use thiserror::Error;

/// Any of the three.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum Error {
    /// The caller must change something.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// The service did something it should not, or refused us.
    #[error(transparent)]
    Peer(#[from] PeerError),
    /// Something is larger than the memory we were lent.
    #[error(transparent)]
    Resource(#[from] ResourceError),
}

/// What helps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Remedy {
    /// Correct the configuration and build a new session.
    FixConfig,
    /// Nothing: the session tries again with back-off.
    Wait,
    /// Provide other credentials or permissions.
    FixCredentials,
    /// Lend a larger buffer, or send less.
    GiveRoom,
    /// Nothing: one message was dropped, the session goes on.
    Nothing,
}

impl Remedy {
    /// The word in trace lines.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::FixConfig => "fix_config",
            Self::Wait => "wait",
            Self::FixCredentials => "fix_credentials",
            Self::GiveRoom => "give_room",
            Self::Nothing => "nothing",
        }
    }
}

impl Error {
    /// Who can mend it, and how.
    pub const fn remedy(self) -> Remedy {
        match self {
            Self::Config(_) => Remedy::FixConfig,
            Self::Peer(error) => error.remedy(),
            Self::Resource(error) => error.remedy(),
        }
    }
}

/// The caller's configuration cannot work.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum ConfigError {
    /// Neither a channel name nor an ARN.
    #[error("neither channel name nor ARN given")]
    NoChannel,
    /// Not 1–256 of `[a-zA-Z0-9_.-]`.
    #[error("channel name is not 1 to 256 of [a-zA-Z0-9_.-]")]
    ChannelName,
    /// Not a signaling channel's ARN (spec §1.2).
    #[error("not the ARN of a signaling channel")]
    ChannelArn,
    /// Empty or longer than 128 bytes.
    #[error("region is empty or too long")]
    Region,
    /// Not 1–256 of `[a-zA-Z0-9_.-]`, or starts with `AWS_`.
    #[error("client id is not 1 to 256 of [a-zA-Z0-9_.-], or starts with AWS_")]
    ClientId,
    /// Outside 5–120 s.
    #[error("message time to live is outside 5 to 120 s")]
    MessageTtl,
    /// Of the credentials provider: not `host` or `host:port`.
    #[error("IoT endpoint is not `host` or `host:port`")]
    IotEndpoint,
    /// Not 1–128 of `[a-zA-Z0-9_=,@-]`.
    #[error("role alias is not 1 to 128 of [a-zA-Z0-9_=,@-]")]
    RoleAlias,
    /// Not 1–128 of `[a-zA-Z0-9:_-]`.
    #[error("thing name is not 1 to 128 of [a-zA-Z0-9:_-]")]
    ThingName,
    /// Not `host` or `host:port`.
    #[error("control plane is not `host` or `host:port`")]
    ControlPlane,
    /// The named buffer is below its documented minimum.
    #[error("buffer `{0}` is too small")]
    Buffer(&'static str),
}

/// The service, or whoever answers in its place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum PeerError {
    /// Not HTTP/1.1, or a broken one.
    #[error("malformed HTTP response")]
    Http,
    /// The upgrade's answer is not a valid 101.
    #[error("malformed WebSocket upgrade")]
    Upgrade,
    /// A frame against RFC 6455.
    #[error("malformed WebSocket frame")]
    WebSocket,
    /// A binary message; the service sends text only.
    #[error("binary WebSocket message")]
    Binary,
    /// Not the JSON expected.
    #[error("malformed JSON")]
    Json,
    /// A message without a type, with broken base64, or with ids too long.
    #[error("malformed signaling message")]
    Message,
    /// A response that lacks what it must have.
    #[error("response lacks a required field")]
    Missing,
    /// An endpoint that is not an https or wss URL.
    #[error("endpoint is not an https or wss URL")]
    Endpoint,
    /// The channel is being deleted.
    #[error("channel is being deleted")]
    Deleting,
    /// The channel does not exist, and we may not create it.
    #[error("channel does not exist")]
    NoChannel,
    /// Media storage was asked for in the configuration, and is not enabled for the channel.
    #[error("media storage is not enabled for the channel")]
    StorageDisabled,
    /// The storage session was joined, and the service sends no offer.
    #[error("storage session sends no offer")]
    NoOffer,
    /// 401 or 403 for another reason than time: denied.
    #[error("access denied")]
    Denied,
    /// 401 or 403 because the credentials expired.
    #[error("credentials expired")]
    Expired,
    /// The credentials provider does not take the device's certificate: revoked, expired, unknown.
    #[error("credentials provider refuses the device certificate")]
    Certificate,
    /// The certificate is not that thing's.
    #[error("device certificate is not attached to the thing")]
    ThingName,
    /// The role alias does not exist.
    #[error("role alias does not exist")]
    RoleAlias,
    /// The credentials provider denies it in other words: a policy, mostly.
    #[error("credentials provider denies access")]
    ProviderDenied,
    /// The credentials provider cannot be reached, or does not answer in time.
    #[error("credentials provider does not answer")]
    ProviderSilent,
    /// The credentials provider gave credentials that end before anything can be signed with them.
    #[error("credentials end too soon to be used")]
    CredentialsTooShort,
    /// 403 because of the clock.
    #[error("signature outside its time window")]
    Skew,
    /// ClientLimitExceededException or 429.
    #[error("throttled")]
    Throttled,
    /// Any other refusal.
    #[error("refused with status {0}")]
    Status(u16),
}

impl PeerError {
    /// Who can mend it, and how.
    pub const fn remedy(self) -> Remedy {
        match self {
            Self::Denied
            | Self::Expired
            | Self::Certificate
            | Self::ProviderDenied
            | Self::CredentialsTooShort => Remedy::FixCredentials,
            Self::Binary | Self::Message => Remedy::Nothing,
            Self::NoChannel | Self::StorageDisabled | Self::ThingName | Self::RoleAlias => {
                Remedy::FixConfig
            }
            Self::Http
            | Self::Upgrade
            | Self::WebSocket
            | Self::Json
            | Self::Missing
            | Self::Endpoint
            | Self::Deleting
            | Self::NoOffer
            | Self::ProviderSilent
            | Self::Skew
            | Self::Throttled
            | Self::Status(_) => Remedy::Wait,
        }
    }
}

/// Something does not fit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum ResourceError {
    /// A received message is larger than `rx`: it was skipped, the link stays.
    #[error("received message is larger than the receive buffer")]
    MessageTooLarge,
    /// A message to send is larger than `tx`, or than the service takes.
    #[error("message is too large to send")]
    SendTooLarge,
    /// `tx` or its table is full: wait for a `Confirmed` or `SendFailed`.
    #[error("outbound queue is full")]
    QueueFull,
    /// A response is larger than `http`.
    #[error("HTTP response is larger than its buffer")]
    ResponseTooLarge,
    /// A request is larger than `http`.
    #[error("HTTP request is larger than its buffer")]
    RequestTooLarge,
    /// Credentials are larger than their buffer.
    #[error("credentials are larger than their buffer")]
    CredentialsTooLarge,
    /// The ICE list is larger than its buffer; the servers that fit are kept.
    #[error("ICE server list is larger than its buffer")]
    IceTooLarge,
    /// That peer is no longer among the recent ones.
    #[error("peer is not known any more")]
    UnknownPeer,
    /// Not 1–256 of `[a-zA-Z0-9_.-]`.
    #[error("correlation id is not 1 to 256 of [a-zA-Z0-9_.-]")]
    CorrelationId,
    /// This role, state or kind cannot send that; or the payload is empty.
    #[error("nothing of that kind can be sent by this role in this state")]
    NotSendable,
}

impl ResourceError {
    /// Who can mend it, and how.
    pub const fn remedy(self) -> Remedy {
        match self {
            Self::MessageTooLarge
            | Self::SendTooLarge
            | Self::QueueFull
            | Self::ResponseTooLarge
            | Self::RequestTooLarge
            | Self::CredentialsTooLarge
            | Self::IceTooLarge => Remedy::GiveRoom,
            Self::UnknownPeer | Self::CorrelationId | Self::NotSendable => Remedy::Nothing,
        }
    }
}
