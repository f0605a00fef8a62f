//! What goes into a session and what comes out: data only.

use crate::error::Error;
pub use crate::message::{Message, MessageKind, OnLoss, PeerId, SendFailure, Ticket};
use crate::state::{Cause, State};
use crate::time::{Instant, UnixTime};

/// One connection attempt, by generation: never reused, so that anything that arrives late from an
/// old socket is recognised and dropped.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Link(pub u32);

/// What a link carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LinkKind {
    /// HTTP/1.1 calls.
    Https,
    /// The WebSocket, its upgrade included.
    WebSocket,
}

impl LinkKind {
    /// The word in trace lines.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Https => "https",
            Self::WebSocket => "wss",
        }
    }
}

/// Which moment certificates are checked against (decision 3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CertificateTime {
    /// Wall time is unknown: check chain and name only. Nothing signed is sent on such a link.
    Unknown,
    /// Check dates against this moment, the service's time as far as it is known.
    At(UnixTime),
}

/// Where to connect. TLS always, ALPN `http/1.1` only; `host` is SNI, certificate name and Host.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Endpoint<'s> {
    /// Host name, without port.
    pub host: &'s str,
    /// TCP port.
    pub port: u16,
    /// What it is for.
    pub kind: LinkKind,
    /// For the certificate check.
    pub time: CertificateTime,
    /// Show the device's own certificate when the other side asks for one (AWS IoT).
    pub client_certificate: bool,
}

/// Why a link ended or could not be opened, as far as the port can tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CloseReason {
    /// The peer ended it in order (FIN, TLS close_notify).
    Fin,
    /// Connection reset.
    Reset,
    /// Connection refused.
    Refused,
    /// The name did not resolve.
    Dns,
    /// No route, network down.
    Unreachable,
    /// The port's own time limit for TCP or TLS.
    Timeout,
    /// The TLS handshake or record layer failed: certificate, version, alert.
    Tls,
    /// Closed by this side, because the session asked.
    Local,
    /// Anything else the port reports.
    Other,
}

impl CloseReason {
    /// The word in trace lines.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Fin => "fin",
            Self::Reset => "reset",
            Self::Refused => "refused",
            Self::Dns => "dns",
            Self::Unreachable => "unreachable",
            Self::Timeout => "timeout",
            Self::Tls => "tls",
            Self::Local => "local",
            Self::Other => "other",
        }
    }
}

/// What the world tells a session.
#[derive(Clone, Copy, Debug)]
pub enum Input<'a> {
    /// Nothing but the time.
    Tick,
    /// Begin (or begin again after a stop), or go on from [`State::Ready`].
    Start,
    /// As `Start`, but only as far as [`State::Ready`]; there, fetch again what is no longer good.
    Prepare,
    /// Instead of connecting, delete the channel; ends in [`State::Stopped`]. Taken where `Start` is.
    Delete,
    /// Take something for unknown.
    Forget(Known),
    /// Leave in order: no reconnection after this.
    Stop,
    /// TCP and TLS are up.
    Opened(Link),
    /// Bytes arrived; any split. The session says how many it took; see
    /// [`crate::Session::handle`].
    Bytes(Link, &'a [u8]),
    /// So many bytes of the last [`Output::Send`] for this link are on their way.
    Sent(Link, usize),
    /// The link is gone.
    Closed(Link, CloseReason),
    /// The answer to [`Output::NeedCredentials`], or a newer set at any time.
    Credentials(Credentials<'a>),
    /// The provider could not deliver credentials: retried with back-off.
    CredentialsFailed,
}

/// What a session knows of its channel and may be told to forget.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Known {
    /// ARN and endpoints, the cached ones too. Not while a connection stands or is on its way.
    Channel,
    /// The ICE servers: fetched again when they are next needed.
    IceServers,
    /// Whether the channel's media is stored: asked again on the next way to a connection.
    MediaStorage,
}

/// AWS credentials, borrowed: the session copies them into the buffer it was lent.
#[derive(Clone, Copy)]
pub struct Credentials<'a> {
    /// At most 128 bytes.
    pub access_key_id: &'a str,
    /// At most 128 bytes.
    pub secret_key: &'a str,
    /// At most 2,048 bytes; empty for long-term keys.
    pub session_token: &'a str,
    /// By the service's clock; `None` for keys that do not expire.
    pub expires: Option<UnixTime>,
}

impl core::fmt::Debug for Credentials<'_> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        // Secrets stay out of logs; the key id's length is enough to tell "empty" from "set".
        write!(
            f,
            "Credentials({} byte key id, expires {:?})",
            self.access_key_id.len(),
            self.expires
        )
    }
}

/// What a session wants done. The caller consumes it before it calls the session again, and copies
/// what it needs later (decision 1).
#[derive(Debug)]
pub enum Output<'s> {
    /// Connect; answer with `Opened` or `Closed`.
    Open(Link, Endpoint<'s>),
    /// Write the first `n` of these bytes, n ≥ 1 as the caller likes, and answer with `Sent(link, n)`
    /// once they are written. Not repeated, and nothing more is offered on this link, until then.
    Send(Link, &'s [u8]),
    /// Drop the link. No `Closed` is needed in answer; one that comes is ignored.
    Close(Link),
    /// Ask the provider (not with [`crate::Config::iot`]: then the session does); answer with `Credentials` or `CredentialsFailed`. Asked once at a time.
    NeedCredentials,
    /// Keep these bytes for the next boot; they come back as [`crate::Config::cache`].
    Store(&'s [u8]),
    /// Tell the application.
    Event(Event<'s>),
    /// Drained: wait for input, or until this moment.
    WakeAt(Instant, Wake),
}

/// Why a session wants to be woken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wake {
    /// Nothing to wait for but input.
    Never,
    /// The next attempt after a back-off.
    Retry,
    /// TCP, TLS or upgrade takes too long.
    ConnectTimeout,
    /// A call takes too long.
    CallTimeout,
    /// Credentials were asked for and do not come.
    CredentialsTimeout,
    /// Time for a ping.
    Ping,
    /// A ping without a pong.
    PongTimeout,
    /// ICE servers before their time to live ends.
    IceRefresh,
    /// Credentials before they expire.
    CredentialRefresh,
    /// The service's message quota lets the next message out.
    Quota,
    /// A queued message gets too old.
    MessageExpiry,
    /// A close handshake the peer does not finish.
    CloseTimeout,
    /// The storage session's offer does not come.
    StorageOffer,
    /// The next attempt to join the storage session.
    StorageJoin,
    /// GO_AWAY's grace ends.
    GoAwayGrace,
}

impl Wake {
    /// The word in trace lines.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Never => "never",
            Self::Retry => "retry",
            Self::ConnectTimeout => "connect_timeout",
            Self::CallTimeout => "call_timeout",
            Self::CredentialsTimeout => "credentials_timeout",
            Self::Ping => "ping",
            Self::PongTimeout => "pong_timeout",
            Self::IceRefresh => "ice_refresh",
            Self::CredentialRefresh => "credential_refresh",
            Self::Quota => "quota",
            Self::MessageExpiry => "message_expiry",
            Self::CloseTimeout => "close_timeout",
            Self::StorageOffer => "storage_offer",
            Self::StorageJoin => "storage_join",
            Self::GoAwayGrace => "go_away_grace",
        }
    }
}

/// The AWS calls a session makes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Api {
    /// The one unsigned request that learns the service's time.
    TimeSync,
    /// DescribeSignalingChannel
    Describe,
    /// CreateSignalingChannel
    Create,
    /// DescribeMediaStorageConfiguration
    MediaStorage,
    /// GetSignalingChannelEndpoint
    Endpoint,
    /// GetIceServerConfig
    IceConfig,
    /// DeleteSignalingChannel
    Delete,
    /// ConnectAsMaster or ConnectAsViewer: the upgrade
    Connect,
    /// JoinStorageSession or JoinStorageSessionAsViewer
    JoinStorage,
    /// AWS IoT's credentials provider
    IotCredentials,
}

impl Api {
    /// The word in trace lines.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::TimeSync => "time_sync",
            Self::Describe => "describe",
            Self::Create => "create",
            Self::MediaStorage => "media_storage",
            Self::Endpoint => "endpoint",
            Self::IceConfig => "ice_config",
            Self::Delete => "delete",
            Self::Connect => "connect",
            Self::JoinStorage => "join_storage",
            Self::IotCredentials => "iot_credentials",
        }
    }
}

/// One ICE server of the current list.
#[derive(Clone, Copy)]
pub struct IceServer<'s> {
    /// Up to 4 URIs.
    pub uris: [&'s str; 4],
    /// How many of them are there.
    pub uri_count: usize,
    /// TURN user name.
    pub username: &'s str,
    /// TURN password: a secret.
    pub password: &'s str,
    /// Seconds, as the service said.
    pub ttl_s: u32,
}

/// What a session tells the application.
#[derive(Debug)]
pub enum Event<'s> {
    /// The session moved.
    State {
        /// State left.
        from: State,
        /// State entered.
        to: State,
        /// Why.
        cause: Cause,
    },
    /// Wall time was learned: service minus device.
    ClockLearned {
        /// Milliseconds, positive when the device is behind.
        offset_ms: i64,
    },
    /// Credentials were taken over.
    CredentialsTaken {
        /// Seconds until they expire by the service's clock, negative when past; `i64::MAX` for
        /// credentials that do not, and while the time is unknown.
        left_s: i64,
    },
    /// One AWS call ended; `error` is the AWS error type, empty when there is none.
    CallDone {
        /// The link that carried it.
        link: Link,
        /// Which call.
        api: Api,
        /// HTTP status; 0 when there was no response.
        status: u16,
        /// `x-amzn-ErrorType`.
        error: &'s str,
        /// From the request's first byte to the response's last.
        took_ms: u64,
    },
    /// An attempt failed; the next one starts after `wait_ms` (`base_ms` before jitter).
    Retry {
        /// 0-based number of the attempt that failed, since the last stable connection.
        attempt: u32,
        /// The wait, jitter included.
        wait_ms: u64,
        /// The wait before jitter.
        base_ms: u64,
        /// What failed.
        cause: Cause,
    },
    /// Messages flow.
    Connected {
        /// The WebSocket's link.
        link: Link,
        /// Attempts that failed since the last stable connection.
        attempt: u32,
    },
    /// A message for the application; `payload` is decoded.
    Message {
        /// The link it came on.
        link: Link,
        /// Whom to answer.
        from: PeerId,
        /// The sender's client id; empty for the master's and the service's own.
        sender: &'s str,
        /// Offer, answer, candidate or unknown.
        kind: MessageKind,
        /// Decoded.
        payload: &'s [u8],
    },
    /// A message that was delivered before and is not delivered again (decision 5).
    Duplicate {
        /// The link it came on.
        link: Link,
        /// Whom to answer.
        from: PeerId,
        /// The sender's client id; empty for the master's and the service's own.
        sender: &'s str,
        /// Offer, answer, candidate or unknown.
        kind: MessageKind,
        /// Decoded.
        payload: &'s [u8],
    },
    /// All bytes of a message are written to the link.
    Written {
        /// Which message.
        ticket: Ticket,
        /// The link it was written to.
        link: Link,
    },
    /// The service answered a ping sent after the message: it has it.
    Confirmed {
        /// Which message.
        ticket: Ticket,
        /// The link it was written to.
        link: Link,
    },
    /// A message did not, or may not have, reached the service.
    SendFailed {
        /// Which message.
        ticket: Ticket,
        /// What became of it.
        why: SendFailure,
    },
    /// STATUS_RESPONSE; `ticket` when the correlation id is one of ours.
    Status {
        /// The message it answers, while that is known.
        ticket: Option<Ticket>,
        /// As given to [`crate::Session::send`].
        correlation_id: &'s str,
        /// Such as 400.
        code: u16,
        /// AWS error type.
        error: &'s str,
        /// For people.
        text: &'s str,
    },
    /// The storage session was joined, and its offer is here: the message that follows.
    StorageJoined {
        /// The WebSocket's link.
        link: Link,
        /// Since the join was asked for.
        took_ms: u64,
    },
    /// The service asks to leave; the session reconnects inside the grace.
    GoAway {
        /// The WebSocket's link.
        link: Link,
    },
    /// The service asks for fresh ICE servers; the session fetches them.
    ReconnectIce {
        /// The WebSocket's link.
        link: Link,
    },
    /// A fresh ICE list is there; read it with [`crate::Session::ice_servers`].
    IceServers {
        /// Servers in the list.
        count: u8,
        /// Shortest time to live, seconds.
        ttl_s: u32,
    },
    /// A ping went out.
    Ping {
        /// The WebSocket's link.
        link: Link,
    },
    /// Its pong came.
    Pong {
        /// The WebSocket's link.
        link: Link,
        /// Since the ping was written.
        took_ms: u64,
    },
    /// Nothing was heard for too long; the link is given up.
    HalfOpen {
        /// The WebSocket's link.
        link: Link,
        /// Since the last received byte.
        silent_ms: u64,
    },
    /// Something is wrong that the application should know; `remedy()` says who can mend it.
    Error(Error),
}
