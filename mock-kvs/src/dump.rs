//! The state that outlives a process: dumped and loaded as a whole.

use serde::{Deserialize, Serialize};

use crate::credentials::IssuedCredentials;
use crate::iot::{DeviceDump, RoleAliasDump};
use crate::mock::Mock;
use crate::random::Random;
use crate::service::ChannelDump;

/// Rises when an older mock would misunderstand a dump; a dump of another version is refused.
pub const DUMP_VERSION: u32 = 1;

/// Channels with their tags and versions, keys, devices, role aliases, the clock's offset, and
/// where chance stands. Connections, waiting messages, rules and the journal are not in it. Holds
/// secrets: they are a mock's.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Dump {
    /// [`DUMP_VERSION`].
    pub version: u32,
    /// Where its ARNs are: a mock of another region or account cannot load it.
    pub region: String,
    /// As `region`.
    pub account: String,
    clock_offset_ms: i64,
    channels: Vec<ChannelDump>,
    keys: Vec<IssuedCredentials>,
    devices: Vec<DeviceDump>,
    role_aliases: Vec<RoleAliasDump>,
    random_service: String,
    random_credentials: String,
}

/// Why a dump could not be loaded. Nothing was changed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LoadError {
    /// Written by another version.
    #[error("its version is {0}, and this mock-kvs reads version {DUMP_VERSION}")]
    Version(u32),
    /// Its ARNs are elsewhere.
    #[error("it is of {0}, and this mock of {1}")]
    Elsewhere(String, String),
    /// A field holds what no mock writes.
    #[error("`{0}` is damaged")]
    Damaged(&'static str),
}

impl Mock {
    /// Everything that outlives a process.
    pub fn dump(&self) -> Dump {
        let config = &self.shared.config;
        self.shared.with(|state, now| {
            let (channels, random_service) = state.service.dump(now);
            let (keys, random_credentials) = state.keys.dump();
            let (devices, role_aliases) = state.iot.dump();
            Dump {
                version: DUMP_VERSION,
                region: config.region.clone(),
                account: config.account.clone(),
                clock_offset_ms: state.clock_offset_ms,
                channels,
                keys,
                devices,
                role_aliases,
                random_service,
                random_credentials,
            }
        })
    }

    /// Takes a dump in place of the present state. Open WebSockets end without a close frame.
    ///
    /// # Errors
    /// When the dump is of another version, region or account, or damaged; then nothing changes.
    pub fn load(&self, dump: Dump) -> Result<(), LoadError> {
        if dump.version != DUMP_VERSION {
            return Err(LoadError::Version(dump.version));
        }
        let config = &self.shared.config;
        let place = |region: &str, account: &str| format!("region {region}, account {account}");
        let (theirs, ours) =
            (place(&dump.region, &dump.account), place(&config.region, &config.account));
        if theirs != ours {
            return Err(LoadError::Elsewhere(theirs, ours));
        }
        let random = |mark: &str, field| Random::from_mark(mark).ok_or(LoadError::Damaged(field));
        let for_service = random(&dump.random_service, "random_service")?;
        let for_keys = random(&dump.random_credentials, "random_credentials")?;
        self.shared.with(|state, now| {
            state.clock_offset_ms = dump.clock_offset_ms;
            state.revision += 1;
            state.service.restore(now, dump.channels, for_service);
            state.keys.restore(dump.keys, for_keys);
            state.iot.restore(now, dump.devices, dump.role_aliases);
            self.shared.set_clock(state);
        });
        Ok(())
    }

    /// Rises whenever [`dump`](Self::dump) would give something else.
    pub fn revisions(&self) -> tokio::sync::watch::Receiver<u64> {
        self.shared.revisions()
    }
}
