//! Who we are, whom we talk to, how long we wait, and how large things are.

use crate::time::UnixTime;

/// Master or viewer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role<'buf> {
    /// The camera: one per channel, the newest wins.
    Master,
    /// A viewer with its client id: 1–256 of `[a-zA-Z0-9_.-]`, not starting with `AWS_`.
    Viewer(&'buf str),
}

/// The channel to join.
#[derive(Clone, Copy, Debug)]
pub struct Channel<'buf> {
    /// 1–256 of `[a-zA-Z0-9_.-]`. Empty when `arn` is given.
    pub name: &'buf str,
    /// When given, describe and create are skipped.
    pub arn: Option<&'buf str>,
    /// AWS region, such as `us-west-2`.
    pub region: &'buf str,
    /// Create the channel when it does not exist (masters only; the C SDK does it for both).
    pub create: bool,
    /// Join the channel's storage session, if its media storage is enabled: the service then sends the
    /// offer.
    pub media_storage: bool,
    /// Message time to live for a channel we create, 5–120 s; also how long we keep our own.
    pub message_ttl_s: u16,
    /// Tags of a channel we create. The service takes 50; all of them, with the rest of the request,
    /// must fit into the `http` buffer.
    pub tags: &'buf [Tag<'buf>],
}

/// A tag: letters, numbers and separators of any script, and `_.:/=+-@`. The service judges it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tag<'buf> {
    /// 1–128 characters.
    pub key: &'buf str,
    /// 0–256 characters.
    pub value: &'buf str,
}

/// AWS IoT's credentials provider, which gives a device temporary credentials for its certificate.
#[derive(Clone, Copy, Debug)]
pub struct Iot<'buf> {
    /// `host` or `host:port`; AWS's are `<id>.credentials.iot.<region>.amazonaws.com`.
    pub endpoint: &'buf str,
    /// 1–128 of `[a-zA-Z0-9_=,@-]`.
    pub role_alias: &'buf str,
    /// 1–128 of `[a-zA-Z0-9:_-]`.
    pub thing_name: &'buf str,
}

/// Everything a session borrows for its life.
#[derive(Clone, Copy, Debug)]
pub struct Config<'buf> {
    /// Channel and region.
    pub channel: Channel<'buf>,
    /// Role.
    pub role: Role<'buf>,
    /// Control plane as `host` or `host:port`; `None` for `kinesisvideo.<region>.amazonaws.com[.cn]`.
    pub control_plane: Option<&'buf str>,
    /// Where credentials come from; `None`: from the caller, who is asked with `NeedCredentials`.
    pub iot: Option<Iot<'buf>>,
    /// Sent and signed as `user-agent`.
    pub user_agent: &'buf str,
    /// When the image was built: a wall clock before this is not believed.
    pub build_date: UnixTime,
    /// What `Output::Store` gave at an earlier boot; empty for none. Damaged or foreign bytes are
    /// ignored and rewritten.
    pub cache: &'buf [u8],
    /// Waits and limits.
    pub policy: Policy,
    /// Deliberate faults for the harness's own test (decision 9); absent from a normal build.
    #[cfg(kvs_mutants)]
    pub mutants: Mutants,
}

/// Waits, in milliseconds unless the name says otherwise (decision 4).
#[derive(Clone, Copy, Debug)]
pub struct Policy {
    /// First back-off, doubled with each failure: the C SDK's factor (spec §5.5).
    pub backoff_base_ms: u32,
    /// Largest back-off before jitter (spec §5.5).
    pub backoff_cap_ms: u32,
    /// A connection that lasted this long resets the back-off.
    pub stable_ms: u32,
    /// Silence after which a ping goes out; the C SDK's idle time (spec §3.4).
    pub ping_after_ms: u32,
    /// Silence after a ping that gives the link up. The C SDK waits 7,200 s.
    pub pong_timeout_ms: u32,
    /// TCP and TLS together: `Open` to `Opened` (10 s and 20 s of decision 4).
    pub open_timeout_ms: u32,
    /// One HTTPS call, from its first byte to its response's end.
    pub call_timeout_ms: u32,
    /// The WebSocket upgrade.
    pub upgrade_timeout_ms: u32,
    /// The provider's answer to `NeedCredentials`.
    pub credentials_timeout_ms: u32,
    /// Credentials are renewed this long before they expire; nothing is signed with less left.
    pub credentials_grace_ms: u32,
    /// ICE servers are refreshed this long before their time to live ends (spec §5.7).
    pub ice_grace_ms: u32,
    /// Our close frame waits this long for the peer's.
    pub close_timeout_ms: u32,
    /// After JoinStorageSession the service's offer is waited for this long (the C SDK's, spec §5.2).
    pub storage_offer_ms: u32,
    /// After GO_AWAY the service cuts within a minute (spec §1.5); we are gone before.
    pub go_away_grace_ms: u32,
    /// A `Date` that differs from our clock by more than this replaces it. `Date` counts whole
    /// seconds and arrives late, so a smaller difference says nothing.
    pub skew_ms: u32,
    /// How long a cached describe and endpoint answer is good (the C SDK's 10 h).
    pub cache_period_s: u32,
    /// Offers carry our ICE servers, as the C SDK's do (spec §3.2); where they do not fit beside the
    /// offer, it goes without. AWS does not document them, and only old C clients read them.
    pub ice_servers_in_offers: bool,
}

impl Policy {
    /// The values of decision 4.
    pub const DEFAULT: Self = Self {
        backoff_base_ms: 100,
        backoff_cap_ms: 10_000,
        stable_ms: 30_000,
        ping_after_ms: 10_000,
        pong_timeout_ms: 15_000,
        open_timeout_ms: 30_000,
        call_timeout_ms: 15_000,
        upgrade_timeout_ms: 15_000,
        credentials_timeout_ms: 15_000,
        credentials_grace_ms: 60_000,
        ice_grace_ms: 30_000,
        close_timeout_ms: 2_000,
        storage_offer_ms: 6_000,
        go_away_grace_ms: 50_000,
        skew_ms: 30_000,
        cache_period_s: 36_000,
        ice_servers_in_offers: false,
    };
}

impl Default for Policy {
    fn default() -> Self {
        Self::DEFAULT
    }
}

/// Clients broken on purpose, one switch each: the harness must catch every one.
#[cfg(kvs_mutants)]
#[derive(Clone, Copy, Debug, Default)]
pub struct Mutants {
    /// Every wait is `backoff_base_ms`, without growth or jitter.
    pub constant_backoff: bool,
    /// GO_AWAY does nothing.
    pub ignore_go_away: bool,
    /// Messages seen before are delivered again.
    pub no_dedupe: bool,
    /// The first presigned URL is used for every later connect.
    pub reuse_signed_url: bool,
}

/// Longest client id (service model).
pub const CLIENT_ID_MAX: usize = 256;
/// Longest channel name (service model).
pub const CHANNEL_NAME_MAX: usize = 256;
/// Longest channel ARN we keep: partition, region, account, a 256-byte name and the 13-digit
/// creation time come to under 384; the model's 1,024 is a pattern limit no channel reaches.
pub const ARN_MAX: usize = 384;
/// Longest endpoint URL (`MAX_SIGNALING_ENDPOINT_URI_LEN` is 512 in the C SDK; names seen are
/// under 80).
pub const ENDPOINT_MAX: usize = 255;
/// Longest correlation id (service model).
pub const CORRELATION_ID_MAX: usize = 256;
/// Largest key id, secret and token together (spec §4.6).
pub const CREDENTIALS_MAX: usize = 128 + 128 + 2048;
/// `rx` for the documented payload limit: 10,240 bytes decoded (decision 6).
pub const RX_SMALL: usize = 14_336;
/// `rx` for the C SDK's limit: 18,750 base64 characters (decision 6).
pub const RX_SDK: usize = 18_766 + 512;
/// A presigned upgrade with the longest names and a 2,048-byte token, half of it to be escaped
/// (of base64 it is 3 in 64), and its headers.
pub const HTTP_MIN: usize = 6_144;
/// Digests kept to recognise a message that comes twice (decision 5).
pub const DIGESTS: usize = 32;
/// ICE servers kept, and URIs of each (spec §4.6).
pub const ICE_SERVERS_MAX: usize = 5;
/// URIs kept per ICE server.
pub const ICE_URIS_MAX: usize = 4;
/// Queued and unconfirmed outbound messages: an answer and its candidates for a viewer, twice over.
pub const OUTBOUND_SLOTS: usize = 48;
/// ARN, three endpoints and what the cache adds (see `cache.rs`).
pub const CHANNEL_STATE_MAX: usize = 43 + ARN_MAX + 3 * ENDPOINT_MAX;
