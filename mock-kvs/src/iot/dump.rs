//! Devices and role aliases as they are kept over a restart.

use std::collections::BTreeSet;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::{Device, Iot, RoleAlias};
use crate::clock::{Now, millis};

/// A device's certificate.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DeviceDump {
    certificate_id: String,
    thing: String,
    revoked: bool,
}

/// A role alias.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RoleAliasDump {
    name: String,
    credentials_valid_for_ms: u64,
    things: Option<BTreeSet<String>>,
    calls_per_second: u32,
}

impl Iot {
    pub fn dump(&self) -> (Vec<DeviceDump>, Vec<RoleAliasDump>) {
        let device = |(id, device): (&String, &Device)| DeviceDump {
            certificate_id: id.clone(),
            thing: device.thing.clone(),
            revoked: device.is_revoked,
        };
        let alias = |(name, alias): (&String, &RoleAlias)| RoleAliasDump {
            name: name.clone(),
            credentials_valid_for_ms: millis(alias.credentials_valid_for),
            things: alias.things.clone(),
            calls_per_second: alias.calls_per_second,
        };
        let aliases = self.aliases.iter().map(|(name, (kept, _))| alias((name, kept)));
        (self.devices.iter().map(device).collect(), aliases.collect())
    }

    /// Takes the place of everything that was there.
    pub fn restore(&mut self, now: Now, devices: Vec<DeviceDump>, aliases: Vec<RoleAliasDump>) {
        self.aliases.clear();
        let device = |dump: DeviceDump| {
            (dump.certificate_id, Device { thing: dump.thing, is_revoked: dump.revoked })
        };
        self.devices = devices.into_iter().map(device).collect();
        for dump in aliases {
            let alias = RoleAlias {
                credentials_valid_for: Duration::from_millis(dump.credentials_valid_for_ms),
                things: dump.things,
                calls_per_second: dump.calls_per_second,
            };
            self.set_alias(now, &dump.name, alias);
        }
        self.revision += 1;
    }
}
