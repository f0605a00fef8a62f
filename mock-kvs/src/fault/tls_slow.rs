//! `tls-slow`: the handshake is answered late.

use super::plan::{Handshake, Plan};
use super::spec::FaultSpec;

pub(super) fn plan(spec: &FaultSpec) -> Plan {
    Plan::Handshake(Handshake::Slow(spec.delay.unwrap_or_default().duration()))
}
