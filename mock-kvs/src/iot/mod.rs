//! AWS IoT's credentials provider (spec §9): devices with certificates, and the role aliases they
//! may take temporary credentials under.

mod certificate;
mod dump;
mod verifier;

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use crate::clock::Now;
use crate::partition::Partition;
use crate::service::quota::Bucket;

pub use certificate::DeviceCertificate;
pub(crate) use certificate::{certificate_id, certificate_id_of_pem};
pub use dump::{DeviceDump, RoleAliasDump};
pub(crate) use verifier::AnyDevice;

/// A role alias, as `iot:CreateRoleAlias` and the policies around it make one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RoleAlias {
    /// `credentialDurationSeconds`. AWS allows 900 to 43,200 s and takes 3,600 s by default; any
    /// length is taken here, so that a test need not wait.
    pub credentials_valid_for: Duration,
    /// The things whose policy allows `iot:AssumeRoleWithCertificate`; every thing when absent.
    pub things: Option<BTreeSet<String>>,
    /// Calls a second before 429.
    pub calls_per_second: u32,
}

impl Default for RoleAlias {
    fn default() -> Self {
        Self {
            credentials_valid_for: Duration::from_secs(3600),
            things: None,
            calls_per_second: 50,
        }
    }
}

/// A refusal: its status, type and text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Refusal {
    pub status: u16,
    pub error: &'static str,
    pub message: String,
}

/// Role aliases and devices of one account.
#[derive(Debug, Default)]
pub(crate) struct Iot {
    aliases: BTreeMap<String, (RoleAlias, Bucket)>,
    /// By certificate id.
    devices: BTreeMap<String, Device>,
    /// Rises with every change.
    pub revision: u64,
}

#[derive(Debug)]
struct Device {
    thing: String,
    is_revoked: bool,
}

impl Iot {
    /// Makes a role alias, or changes it.
    pub fn set_alias(&mut self, now: Now, name: &str, alias: RoleAlias) {
        self.revision += 1;
        let bucket = Bucket::new(alias.calls_per_second, now.us);
        self.aliases.insert(name.to_owned(), (alias, bucket));
    }

    /// Attaches a certificate to a thing. One that is attached there already stays as it is: a
    /// revoked one does not come back by being shown again.
    pub fn register(&mut self, certificate_id: &str, thing: &str) {
        self.revision += 1;
        let fresh = || Device { thing: thing.to_owned(), is_revoked: false };
        let device = self.devices.entry(certificate_id.to_owned()).or_insert_with(fresh);
        if device.thing != thing {
            *device = fresh();
        }
    }

    /// Revokes a certificate; whether it was registered.
    pub fn revoke(&mut self, certificate_id: &str) -> bool {
        self.revision += 1;
        let device = self.devices.get_mut(certificate_id);
        device.map(|device| device.is_revoked = true).is_some()
    }

    /// How long the credentials live that a device gets under an alias. The certificate itself is
    /// known to be good; `thing` is the header `x-amzn-iot-thingname`.
    pub fn assume(
        &mut self,
        now: Now,
        alias: &str,
        certificate_id: &str,
        thing: Option<&str>,
    ) -> Result<Duration, Refusal> {
        let device = self.devices.get(certificate_id).filter(|device| !device.is_revoked);
        let device = device.ok_or_else(|| Refusal::denied("The certificate is not active."))?;
        if !is_alias(alias) {
            let message = format!("`{alias}` is not the name of a role alias.");
            return Err(Refusal { status: 400, error: "InvalidRequestException", message });
        }
        let (alias, bucket) = self.aliases.get_mut(alias).ok_or_else(|| Refusal {
            status: 404,
            error: "ResourceNotFoundException",
            message: "Role alias does not exist".to_owned(),
        })?;
        if thing.is_some_and(|thing| thing != device.thing) {
            return Err(Refusal::denied("The certificate is not attached to that thing."));
        }
        if alias.things.as_ref().is_some_and(|things| !things.contains(&device.thing)) {
            return Err(Refusal::denied("Access Denied"));
        }
        if !bucket.take(now.us) {
            let message = "Rate exceeded".to_owned();
            return Err(Refusal { status: 429, error: "ThrottlingException", message });
        }
        Ok(alias.credentials_valid_for)
    }
}

impl Refusal {
    /// 403: whatever is wrong with a certificate, a thing or a policy.
    pub fn denied(message: impl Into<String>) -> Self {
        Self { status: 403, error: "AccessDeniedException", message: message.into() }
    }
}

/// Whether a host name is the credentials provider's: `<id>.credentials.iot.<region>…`.
pub(crate) fn is_provider(name: &str, region: &str) -> bool {
    let suffix = format!(".{}", Partition::of(region).credentials_provider(region));
    name.strip_suffix(&suffix).is_some_and(|id| !id.is_empty() && !id.contains('.'))
}

/// `[\w=,@-]+`, 1 to 128.
fn is_alias(name: &str) -> bool {
    let fits = |c: u8| c.is_ascii_alphanumeric() || b"_=,@-".contains(&c);
    (1..=128).contains(&name.len()) && name.bytes().all(fits)
}
