//! `tls-expired`, `tls-not-yet-valid`, `tls-wrong-name`, `tls-unknown-ca`, `tls-large-chain`: the
//! certificate is not to be trusted, or comes with too much.

use super::plan::{Certificate, Handshake, Plan, count};
use super::spec::FaultSpec;

/// Unless the fault says otherwise: as much as one TLS record holds.
const CHAIN_BYTES: u64 = 16 * 1024;

pub(super) const fn plan(certificate: Certificate) -> Plan {
    Plan::Handshake(Handshake::Certificate(certificate))
}

pub(super) fn large_chain(spec: &FaultSpec) -> Plan {
    let bytes = count(spec.bytes.map_or(CHAIN_BYTES, |bytes| bytes.0));
    plan(Certificate::LargeChain { bytes })
}
