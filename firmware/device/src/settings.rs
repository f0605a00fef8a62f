//! What a device is told before it starts, kept in fixed room.

use kvs_signaling::config::{ARN_MAX, CHANNEL_NAME_MAX, CLIENT_ID_MAX};
use kvs_signaling::{Channel, Config, Policy, Role, UnixTime};

use crate::certificate::IotSettings;
use crate::text::{Full, Text};

/// Longest region name, such as `us-gov-west-1`, with room to spare.
pub const REGION_MAX: usize = 32;
/// Longest `host:port` of the control plane.
pub const AUTHORITY_MAX: usize = 128;
/// Longest user agent (`MAX_USER_AGENT_LEN` of the C SDK).
pub const USER_AGENT_MAX: usize = 256;
/// Longest CA certificate, DER: an RSA-4096 root is about 1.4 KB.
pub const CA_MAX: usize = 2_048;
/// Time to live of messages on a channel that we create (the C SDK's sample uses 60 s).
pub const MESSAGE_TTL_S: u16 = 60;

/// A Wi-Fi network.
#[derive(Clone, Copy)]
pub struct WifiSettings {
    /// Its name; empty for none.
    pub ssid: Text<32>,
    /// WPA2's passphrase, 8 to 63 characters; empty for an open network.
    pub password: Text<64>,
}

impl WifiSettings {
    /// No network.
    pub const EMPTY: Self = Self { ssid: Text::EMPTY, password: Text::EMPTY };
}

/// Leaves out the password.
impl core::fmt::Debug for WifiSettings {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("WifiSettings").field("ssid", &self.ssid).finish_non_exhaustive()
    }
}

/// Everything but credentials and name overrides. Filled by the console or by a port's own start.
#[derive(Clone, Copy, Debug)]
pub struct Settings {
    /// Viewer (with `client_id`) or master.
    pub viewer: bool,
    /// Channel name; may be empty when `arn` is given.
    pub channel: Text<CHANNEL_NAME_MAX>,
    /// Channel ARN; empty for none.
    pub arn: Text<ARN_MAX>,
    /// Region.
    pub region: Text<REGION_MAX>,
    /// A viewer's client id.
    pub client_id: Text<CLIENT_ID_MAX>,
    /// Control plane as `host[:port]`; empty for AWS's own.
    pub control_plane: Text<AUTHORITY_MAX>,
    /// Create the channel when it does not exist.
    pub create: bool,
    /// Time to live of messages on a channel that we create, 5–120 s.
    pub message_ttl_s: u16,
    /// Join the channel's storage session.
    pub media_storage: bool,
    /// AWS IoT's credentials provider and what is shown to it.
    pub iot: IotSettings,
    /// The network to join, on boards that have one to join.
    pub wifi: WifiSettings,
    /// Sent as `user-agent`.
    pub user_agent: Text<USER_AGENT_MAX>,
    /// Waits and limits.
    pub policy: Policy,
    /// Deliberate faults (decision 9).
    #[cfg(kvs_mutants)]
    pub mutants: kvs_signaling::config::Mutants,
    ca: [u8; CA_MAX],
    ca_len: usize,
}

impl Settings {
    /// A master without channel or CA, with default waits.
    pub const DEFAULT: Self = Self {
        viewer: false,
        channel: Text::EMPTY,
        arn: Text::EMPTY,
        region: Text::EMPTY,
        client_id: Text::EMPTY,
        control_plane: Text::EMPTY,
        create: false,
        message_ttl_s: MESSAGE_TTL_S,
        media_storage: false,
        iot: IotSettings::EMPTY,
        wifi: WifiSettings::EMPTY,
        user_agent: Text::EMPTY,
        policy: Policy::DEFAULT,
        #[cfg(kvs_mutants)]
        mutants: kvs_signaling::config::Mutants {
            constant_backoff: false,
            ignore_go_away: false,
            no_dedupe: false,
            reuse_signed_url: false,
        },
        ca: [0; CA_MAX],
        ca_len: 0,
    };

    /// As [`Self::DEFAULT`] but for numbers, which are 0: bytes all zero take no flash.
    pub(crate) const BLANK: Self = Self { message_ttl_s: 0, policy: ZERO, ..Self::DEFAULT };

    /// Forgets everything. Not by [`Self::DEFAULT`], of which there would be a copy in flash.
    pub(crate) fn clear(&mut self) {
        *self = Self::BLANK;
        self.settle();
    }

    /// Makes default settings of blank ones.
    pub(crate) fn settle(&mut self) {
        (self.policy, self.message_ttl_s) = (Policy::DEFAULT, MESSAGE_TTL_S);
    }

    /// The CA to trust, DER; empty for none.
    pub fn ca(&self) -> &[u8] {
        self.ca.get(..self.ca_len).unwrap_or_default()
    }

    /// Takes over a CA certificate, DER.
    ///
    /// # Errors
    /// [`Full`] above [`CA_MAX`] bytes.
    pub fn set_ca(&mut self, der: &[u8]) -> Result<(), Full> {
        self.ca.get_mut(..der.len()).ok_or(Full)?.copy_from_slice(der);
        self.ca_len = der.len();
        Ok(())
    }

    /// What a session borrows of them, without tags. `cache` is what [`crate::Port::load`] gave.
    pub fn config<'s>(&'s self, cache: &'s [u8], build_date: UnixTime) -> Config<'s> {
        Config {
            channel: Channel {
                name: self.channel.as_str(),
                arn: self.arn.given(),
                region: self.region.as_str(),
                create: self.create,
                message_ttl_s: self.message_ttl_s,
                media_storage: self.media_storage,
                tags: &[],
            },
            role: if self.viewer { Role::Viewer(self.client_id.as_str()) } else { Role::Master },
            control_plane: self.control_plane.given(),
            iot: self.iot.config(),
            user_agent: self.user_agent.given().unwrap_or(USER_AGENT),
            build_date,
            cache,
            policy: self.policy,
            #[cfg(kvs_mutants)]
            mutants: self.mutants,
        }
    }
}

/// Of [`Settings::BLANK`].
const ZERO: Policy = Policy {
    backoff_base_ms: 0,
    backoff_cap_ms: 0,
    stable_ms: 0,
    ping_after_ms: 0,
    pong_timeout_ms: 0,
    open_timeout_ms: 0,
    call_timeout_ms: 0,
    upgrade_timeout_ms: 0,
    credentials_timeout_ms: 0,
    credentials_grace_ms: 0,
    ice_grace_ms: 0,
    close_timeout_ms: 0,
    storage_offer_ms: 0,
    go_away_grace_ms: 0,
    skew_ms: 0,
    cache_period_s: 0,
    ice_servers_in_offers: false,
};

/// Sent unless the settings say otherwise.
const USER_AGENT: &str = concat!("kvs-device/", env!("CARGO_PKG_VERSION"));
