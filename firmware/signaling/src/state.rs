//! What a session can be doing, and the one place that says what may follow what.

/// What a session is doing. HTTPS calls beside a live socket (refreshes) do not show here.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum State {
    /// Not started yet.
    Idle,
    /// Waits for the credential provider.
    Credentials,
    /// Asks the service for the time, unsigned (decision 3).
    TimeSync,
    /// DescribeSignalingChannel.
    Describe,
    /// CreateSignalingChannel.
    Create,
    /// DescribeMediaStorageConfiguration.
    MediaStorage,
    /// GetSignalingChannelEndpoint.
    Endpoint,
    /// GetIceServerConfig.
    IceConfig,
    /// Everything for a connection is there, and [`crate::Input::Start`] is waited for.
    Ready,
    /// TCP, TLS and the upgrade.
    Connecting,
    /// Messages flow.
    Connected,
    /// Messages still flow, while everything for the next connection is fetched beside them.
    Leaving,
    /// DeleteSignalingChannel.
    Deleting,
    /// Back-off.
    Waiting,
    /// Our close frame is out, on the way to `Stopped`.
    Closing,
    /// Stopped on request.
    Stopped,
}

impl State {
    /// Every one, in order.
    pub const ALL: &[Self] = &[
        Self::Idle,
        Self::Credentials,
        Self::TimeSync,
        Self::Describe,
        Self::Create,
        Self::MediaStorage,
        Self::Endpoint,
        Self::IceConfig,
        Self::Ready,
        Self::Connecting,
        Self::Connected,
        Self::Leaving,
        Self::Deleting,
        Self::Waiting,
        Self::Closing,
        Self::Stopped,
    ];

    /// The word in trace lines.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Idle => "Idle",
            Self::Credentials => "Credentials",
            Self::TimeSync => "TimeSync",
            Self::Describe => "Describe",
            Self::Create => "Create",
            Self::MediaStorage => "MediaStorage",
            Self::Endpoint => "Endpoint",
            Self::IceConfig => "IceConfig",
            Self::Ready => "Ready",
            Self::Connecting => "Connecting",
            Self::Connected => "Connected",
            Self::Leaving => "Leaving",
            Self::Deleting => "Deleting",
            Self::Waiting => "Waiting",
            Self::Closing => "Closing",
            Self::Stopped => "Stopped",
        }
    }
}

/// Why a session moves from one state to another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Cause {
    /// No credentials, refused ones, or too little of their life left.
    NeedCredentials,
    /// Wall time is unknown.
    NeedTime,
    /// The channel's ARN is unknown.
    NeedChannel,
    /// The channel does not exist and is ours to create.
    NeedCreate,
    /// Whether media storage is enabled is unknown.
    NeedStorage,
    /// Endpoints are unknown, too old or given up.
    NeedEndpoint,
    /// ICE servers are unknown or about to expire.
    NeedIce,
    /// Nothing is missing to connect.
    Ready,
    /// Nothing is missing, and no more was asked for.
    Prepared,
    /// The channel is to be deleted, and its ARN is known.
    NeedDelete,
    /// The channel is gone, as was asked for.
    Deleted,
    /// The service accepted the upgrade.
    Upgraded,
    /// GO_AWAY.
    GoAway,
    /// A 404 while connected: the channel we are on is gone.
    ChannelGone,
    /// TCP or TLS did not come up.
    OpenFailed,
    /// TCP or TLS took too long.
    OpenTimeout,
    /// The link ended.
    LinkLost,
    /// No answer to a call or the upgrade in time.
    CallTimeout,
    /// The answer was no HTTP, no JSON, or lacked what it must have.
    BadResponse,
    /// A request or a response does not fit its buffer.
    TooLarge,
    /// Refused with some status.
    Refused,
    /// Too many requests.
    Throttled,
    /// 401 or 403: not allowed.
    Denied,
    /// 401 or 403: the credentials have expired.
    Expired,
    /// 403: our clock is off, and correcting it did not help.
    Skew,
    /// The channel does not exist.
    NoChannel,
    /// The channel is being created or deleted.
    NotActive,
    /// The provider could not deliver credentials, or none that can be used.
    CredentialsFailed,
    /// The provider does not answer.
    CredentialsTimeout,
    /// No pong: the link looks alive and is not.
    HalfOpen,
    /// The service closed the WebSocket.
    ServerClose,
    /// The peer broke RFC 6455.
    Protocol,
    /// Stop was asked for.
    Stop,
    /// The close handshake is over, or was given up.
    Closed,
}

impl Cause {
    /// Every one, in order.
    pub const ALL: &[Self] = &[
        Self::NeedCredentials,
        Self::NeedTime,
        Self::NeedChannel,
        Self::NeedCreate,
        Self::NeedStorage,
        Self::NeedEndpoint,
        Self::NeedIce,
        Self::Ready,
        Self::Prepared,
        Self::NeedDelete,
        Self::Deleted,
        Self::Upgraded,
        Self::GoAway,
        Self::ChannelGone,
        Self::OpenFailed,
        Self::OpenTimeout,
        Self::LinkLost,
        Self::CallTimeout,
        Self::BadResponse,
        Self::TooLarge,
        Self::Refused,
        Self::Throttled,
        Self::Denied,
        Self::Expired,
        Self::Skew,
        Self::NoChannel,
        Self::NotActive,
        Self::CredentialsFailed,
        Self::CredentialsTimeout,
        Self::HalfOpen,
        Self::ServerClose,
        Self::Protocol,
        Self::Stop,
        Self::Closed,
    ];

    /// The word in trace lines.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::NeedCredentials => "need_credentials",
            Self::NeedTime => "need_time",
            Self::NeedChannel => "need_channel",
            Self::NeedCreate => "need_create",
            Self::NeedStorage => "need_storage",
            Self::NeedEndpoint => "need_endpoint",
            Self::NeedIce => "need_ice",
            Self::Ready => "ready",
            Self::Prepared => "prepared",
            Self::NeedDelete => "need_delete",
            Self::Deleted => "deleted",
            Self::Upgraded => "upgraded",
            Self::GoAway => "go_away",
            Self::ChannelGone => "channel_gone",
            Self::OpenFailed => "open_failed",
            Self::OpenTimeout => "open_timeout",
            Self::LinkLost => "link_lost",
            Self::CallTimeout => "call_timeout",
            Self::BadResponse => "bad_response",
            Self::TooLarge => "too_large",
            Self::Refused => "refused",
            Self::Throttled => "throttled",
            Self::Denied => "denied",
            Self::Expired => "expired",
            Self::Skew => "skew",
            Self::NoChannel => "no_channel",
            Self::NotActive => "not_active",
            Self::CredentialsFailed => "credentials_failed",
            Self::CredentialsTimeout => "credentials_timeout",
            Self::HalfOpen => "half_open",
            Self::ServerClose => "server_close",
            Self::Protocol => "protocol",
            Self::Stop => "stop",
            Self::Closed => "closed",
        }
    }
}

/// The state that follows, or `None` when that cause cannot occur (or means nothing) in that state.
/// Nothing else in this crate decides what is legal.
pub const fn next(state: State, cause: Cause) -> Option<State> {
    match cause {
        Cause::NeedCredentials => step(state, State::Credentials),
        Cause::NeedTime => step(state, State::TimeSync),
        Cause::NeedChannel => step(state, State::Describe),
        Cause::NeedCreate => step(state, State::Create),
        Cause::NeedStorage => step(state, State::MediaStorage),
        Cause::NeedEndpoint => step(state, State::Endpoint),
        Cause::NeedIce => step(state, State::IceConfig),
        Cause::Ready => step(state, State::Connecting),
        Cause::Prepared => step(state, State::Ready),
        Cause::NeedDelete => step(state, State::Deleting),
        Cause::Deleted => deleted(state),
        Cause::Upgraded => only(state, State::Connecting, State::Connected),
        Cause::GoAway | Cause::ChannelGone => only(state, State::Connected, State::Leaving),
        Cause::CredentialsFailed | Cause::CredentialsTimeout => {
            only(state, State::Credentials, State::Waiting)
        }
        Cause::OpenFailed
        | Cause::OpenTimeout
        | Cause::CallTimeout
        | Cause::BadResponse
        | Cause::TooLarge => failed_call(state),
        Cause::Refused
        | Cause::Throttled
        | Cause::Denied
        | Cause::Expired
        | Cause::Skew
        | Cause::NoChannel => refused_call(state),
        Cause::NotActive => inactive_channel(state),
        Cause::LinkLost => match failed_call(state) {
            Some(to) => Some(to),
            None => only(state, State::Connected, State::Waiting),
        },
        Cause::HalfOpen | Cause::ServerClose | Cause::Protocol => {
            only(state, State::Connected, State::Waiting)
        }
        Cause::Stop => stop(state),
        Cause::Closed => only(state, State::Closing, State::Stopped),
    }
}

/// One step of the way to a connection. It may follow any other step, because what was fetched can
/// turn out wrong later (a 404 on the ICE call leads back to describe); `Idle` and `Stopped` begin
/// it, `Waiting` takes it up again, and `Leaving` hands over to it without a back-off. Never from
/// `Connected`: what ends a connection is a failure, which waits.
const fn step(from: State, to: State) -> Option<State> {
    match from {
        State::Idle
        | State::Stopped
        | State::Credentials
        | State::TimeSync
        | State::Describe
        | State::Create
        | State::MediaStorage
        | State::Endpoint
        | State::IceConfig
        | State::Ready
        | State::Connecting
        | State::Leaving
        | State::Deleting
        | State::Waiting => Some(to),
        State::Connected | State::Closing => None,
    }
}

const fn only(from: State, required: State, to: State) -> Option<State> {
    if from as u8 == required as u8 { Some(to) } else { None }
}

/// A failed attempt waits before the next one, whatever failed. Not so beside a socket: there only
/// the call waits. And not from `Leaving`, which goes on to the next connection however this one
/// ends.
const fn failed_call(from: State) -> Option<State> {
    match from {
        State::Credentials
        | State::TimeSync
        | State::Describe
        | State::Create
        | State::MediaStorage
        | State::Endpoint
        | State::IceConfig
        | State::Connecting
        | State::Deleting => Some(State::Waiting),
        State::Idle
        | State::Ready
        | State::Connected
        | State::Leaving
        | State::Waiting
        | State::Closing
        | State::Stopped => None,
    }
}

/// Any answer to the unsigned request will do, a refusal too.
const fn refused_call(from: State) -> Option<State> {
    if matches!(from, State::TimeSync) { None } else { failed_call(from) }
}

/// Deleted, or found gone while it was looked up to be deleted.
const fn deleted(from: State) -> Option<State> {
    if matches!(from, State::Describe | State::Deleting) { Some(State::Stopped) } else { None }
}

/// Being created or deleted (describe), or created by someone else just now (create).
const fn inactive_channel(from: State) -> Option<State> {
    if matches!(from, State::Describe | State::Create) { Some(State::Waiting) } else { None }
}

/// Only a live WebSocket is worth a close handshake.
const fn stop(from: State) -> Option<State> {
    match from {
        State::Connected | State::Leaving => Some(State::Closing),
        State::Idle
        | State::Credentials
        | State::TimeSync
        | State::Describe
        | State::Create
        | State::MediaStorage
        | State::Endpoint
        | State::IceConfig
        | State::Ready
        | State::Connecting
        | State::Deleting
        | State::Waiting => Some(State::Stopped),
        State::Closing | State::Stopped => None,
    }
}
