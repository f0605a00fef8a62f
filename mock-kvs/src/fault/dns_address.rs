//! `dns-address`: the service's names lead elsewhere: a wrong address, or one that has changed.

use std::net::Ipv4Addr;

use super::plan::{NameAnswer, Plan};
use super::spec::FaultSpec;

/// Unless the fault says otherwise. Nobody is there (RFC 5737).
const NOBODY: Ipv4Addr = Ipv4Addr::new(192, 0, 2, 1);

pub(super) fn plan(spec: &FaultSpec) -> Plan {
    Plan::Name(NameAnswer::Address(address(spec).unwrap_or(NOBODY)))
}

/// The address that the fault names; none where it names none, or nothing that is one.
pub(super) fn address(spec: &FaultSpec) -> Option<Ipv4Addr> {
    spec.message.as_ref()?.parse().ok()
}
