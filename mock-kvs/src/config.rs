//! What a mock is made with. Every default names where it comes from; see `docs/service.md`.

use std::fmt;
use std::time::Duration;

use serde::{Deserialize, Deserializer};

use crate::fault::units::Span;
use crate::tls::Authority;

/// Settings of one mock.
#[derive(Clone, Debug)]
pub struct Config {
    /// Region in ARNs, credential scopes and host names.
    pub region: String,
    /// The 12 digits of the account in ARNs.
    pub account: String,
    /// Seed of everything random except certificates.
    pub seed: u64,
    /// Wall clock at the start, in ms since 1970; `None` reads the machine's clock once.
    pub wall_start: Option<u64>,
    /// Longest `messagePayload`, in base64 characters. 18,750 is what AWS's C SDK can receive;
    /// AWS's documentation says 10 K (10,240 is the switch `docs`).
    pub payload_limit: usize,
    /// TTL in GetIceServerConfig's answer, in seconds. 300 in practice.
    pub ice_ttl_s: u32,
    /// TURN servers in GetIceServerConfig's answer.
    pub ice_servers: usize,
    /// A TURN server that somebody runs; without it the answer names servers that nobody does.
    pub turn: Option<Turn>,
    /// Message TTL of channels created without one. AWS's default is 60 s.
    pub message_ttl: Duration,
    /// Records the journal keeps before it forgets the oldest.
    pub journal_limit: usize,
    /// Where the real service's behaviour is undocumented or wants to be varied.
    pub policies: Policies,
    /// The documented quotas.
    pub quotas: Quotas,
    /// The lifetimes of a WebSocket.
    pub socket: SocketLimits,
    /// Names and addresses in the certificates besides those of decision 11 and the bind address:
    /// what a device calls this machine by when a listener is bound to all its addresses.
    pub names: Vec<String>,
    /// A certificate authority made beforehand, to be shared by many mocks.
    pub authority: Option<Authority>,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            region: "us-west-2".into(),
            account: "123456789012".into(),
            seed: 0,
            wall_start: None,
            payload_limit: 18_750,
            ice_ttl_s: 300,
            ice_servers: 2,
            turn: None,
            message_ttl: Duration::from_secs(60),
            journal_limit: 1_000_000,
            policies: Policies::default(),
            quotas: Quotas::default(),
            socket: SocketLimits::default(),
            names: Vec::new(),
            authority: None,
        }
    }
}

/// A TURN server whose credentials expire, as coturn's `use-auth-secret` takes them (TURN REST API):
/// the user name is the moment of expiry, and the password its HMAC under a shared secret.
#[derive(Clone, PartialEq, Eq)]
pub struct Turn {
    /// Its URIs: `turn:HOST:PORT?transport=udp`, `turns:…`, `stun:…`.
    pub uris: Vec<String>,
    /// coturn's `static-auth-secret`.
    pub secret: String,
}

impl Turn {
    /// The URIs of a server by its address, over UDP and TCP; a URI stands for itself.
    pub fn uris(server: &str) -> Vec<String> {
        let is_uri = ["turn:", "turns:", "stun:", "stuns:"].iter().any(|s| server.starts_with(s));
        if is_uri {
            return vec![server.to_owned()];
        }
        ["udp", "tcp"].map(|way| format!("turn:{server}?transport={way}")).into()
    }
}

/// Leaves out the secret.
impl fmt::Debug for Turn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Turn").field("uris", &self.uris).finish_non_exhaustive()
    }
}

/// Behaviour that AWS does not document, as switches.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Policies {
    /// What a displaced master or viewer sees.
    pub displaced: Displaced,
    /// What becomes of a message whose recipient is not connected.
    pub absent: Absent,
    /// When a message counts as delivered, and is not delivered to a later connection.
    pub consumed: Consumed,
    /// Whether a client's ping resets the idle timer. Field reports say so (spec §3.4).
    pub pings_reset_idle: bool,
    /// How long a new channel stays CREATING.
    #[serde(deserialize_with = "span")]
    pub creating: Duration,
    /// How long a deleted channel stays DELETING.
    #[serde(deserialize_with = "span")]
    pub deleting: Duration,
    /// Whether the streams that channels are to store in have data retention; without it
    /// UpdateMediaStorageConfiguration answers NoDataRetentionException.
    pub data_retention: bool,
    /// Largest difference between a request's date and the service's clock.
    #[serde(deserialize_with = "span")]
    pub clock_tolerance: Duration,
}

impl Default for Policies {
    fn default() -> Self {
        Self {
            displaced: Displaced::GoingAway,
            absent: Absent::Hold,
            consumed: Consumed::FirstByte,
            pings_reset_idle: true,
            creating: Duration::ZERO,
            deleting: Duration::ZERO,
            data_retention: true,
            clock_tolerance: Duration::from_secs(300),
        }
    }
}

/// What the connection sees whose place a newer one of the same identity takes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Displaced {
    /// Close 1000: a normal end.
    Normal,
    /// Close 1001: the only code seen from the real service in users' logs (spec §3.5), hence the
    /// default.
    #[default]
    GoingAway,
    /// It stays open and never receives anything again.
    Deaf,
    /// The connection ends without a close frame.
    Drop,
}

/// What becomes of a message for somebody who is not connected.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Absent {
    /// Kept until the channel's message TTL (AWS's documentation).
    #[default]
    Hold,
    /// Dropped without a word.
    Drop,
    /// Dropped; the sender gets a STATUS_RESPONSE when it gave a correlation id.
    StatusResponse,
}

/// When a message is consumed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Consumed {
    /// When its first byte enters the link (decision 12).
    #[default]
    FirstByte,
    /// When its last byte does.
    LastByte,
}

/// Which of the quotas of spec §1.5 are enforced, each a token bucket with one second's worth.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Quotas {
    /// ConnectAsMaster, ConnectAsViewer: 3 a second and channel each. On: a reconnect storm shows.
    pub connects: bool,
    /// The HTTPS calls, per account and per channel. On.
    pub calls: bool,
    /// 5 SDP and 20 ICE candidates a second and connection. Off: excess is dropped *silently*
    /// without a correlation id, and field reports of the real service doing so are missing.
    pub sends: bool,
    /// Viewers on one channel at a time.
    pub viewers: usize,
}

impl Default for Quotas {
    fn default() -> Self {
        Self { connects: true, calls: true, sends: false, viewers: 10 }
    }
}

/// The lifetimes of a WebSocket (spec §1.5).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SocketLimits {
    /// Closed after this long without anything received or sent.
    #[serde(deserialize_with = "span")]
    pub idle: Duration,
    /// Closed after this long in any case.
    #[serde(deserialize_with = "span")]
    pub age: Duration,
    /// From GO_AWAY to the cut.
    #[serde(deserialize_with = "span")]
    pub go_away_grace: Duration,
    /// From our close frame to the end of the connection when the client does not answer.
    #[serde(deserialize_with = "span")]
    pub close_grace: Duration,
}

impl Default for SocketLimits {
    fn default() -> Self {
        Self {
            idle: Duration::from_secs(600),
            age: Duration::from_secs(3600),
            go_away_grace: Duration::from_secs(60),
            close_grace: Duration::from_secs(5),
        }
    }
}

/// A duration as people write it, with its unit.
fn span<'de, D: Deserializer<'de>>(from: D) -> Result<Duration, D::Error> {
    Span::deserialize(from).map(|span| span.0)
}
