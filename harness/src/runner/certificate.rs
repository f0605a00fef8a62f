//! AWS IoT's credentials provider for a run: a role alias, a thing, and the device's certificate.

use std::collections::BTreeSet;
use std::time::Duration;

use mock_kvs::{DeviceCertificate, RoleAlias};

use super::console::Order;
use super::plan::Ended;
use super::stage::Stage;
use crate::redact::Secret;
use crate::scenario::model::Iot;

/// The role alias of every run.
const ROLE_ALIAS: &str = "cameras";
/// The thing that the device is.
const THING: &str = "camera";
/// AWS's default, `credentialDurationSeconds` of a role alias.
const CREDENTIALS_VALID_FOR: Duration = Duration::from_secs(3_600);

impl Stage {
    /// Makes role alias and certificate, and what tells the device of them.
    ///
    /// # Errors
    /// Infra, when no certificate can be made.
    pub fn certify(&mut self, iot: &Iot) -> Result<Vec<Order>, Ended> {
        self.allow_role(iot, true);
        let valid_for = iot.certificate_valid_for.map(|span| span.duration());
        let issued = self.mock.issue_device_certificate(THING, valid_for);
        let issued = issued.map_err(|error| Ended::Infra(error.to_string()))?;
        let DeviceCertificate { id, certificate_pem, private_key_pem, .. } = &issued;
        self.certificate_id = Some(id.clone());
        let (certificate, key) = (base64_of(certificate_pem), base64_of(private_key_pem));
        self.provider.keep(Secret::new("iot_key", &key));
        let device = &self.plan.scenario.device;
        let endpoint =
            format!("c1a2b3c4d5e6f7.credentials.iot.{}.amazonaws.com", self.mock.region());
        let role_alias = device.role_alias.as_deref().unwrap_or(ROLE_ALIAS);
        let mut orders = Order::set("iot.endpoint", &endpoint);
        orders.extend(Order::set("iot.role_alias", role_alias));
        orders.extend(Order::set("iot.thing_name", device.thing_name.as_deref().unwrap_or(THING)));
        orders.extend(Order::set("iot.cert", &certificate));
        orders.extend(Order::set("secret.iot_key", &key));
        Ok(orders)
    }

    /// Lets the device's thing assume the role from now on, or no thing at all.
    pub fn allow_role(&self, iot: &Iot, allowed: bool) {
        let valid_for = iot.credentials_valid_for.map(|span| span.duration());
        let alias = RoleAlias {
            credentials_valid_for: valid_for.unwrap_or(CREDENTIALS_VALID_FOR),
            things: (!allowed).then(BTreeSet::new),
            ..RoleAlias::default()
        };
        self.mock.set_role_alias(ROLE_ALIAS, alias);
    }

    /// Revokes the device's certificate.
    ///
    /// # Errors
    /// Inconclusive, when it has none.
    pub fn revoke_certificate(&self) -> Result<(), Ended> {
        let revoked =
            self.certificate_id.as_ref().is_some_and(|id| self.mock.revoke_device_certificate(id));
        if revoked {
            return Ok(());
        }
        Err(Ended::Inconclusive("the device has no certificate: `service: { iot: {} }`".into()))
    }
}

/// PEM is base64 between two lines.
fn base64_of(pem: &str) -> String {
    pem.lines().filter(|line| !line.starts_with("-----")).map(str::trim).collect()
}
