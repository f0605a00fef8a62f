//! `oversize-message`: a message longer than clients have room for.

use super::plan::{Fate, Payload, Plan, count};
use super::spec::FaultSpec;

/// Unless the fault says otherwise: AWS's C SDK takes 18,750 (spec §3.3).
const CHARS: u64 = 19_000;

pub(super) fn plan(spec: &FaultSpec) -> Plan {
    let chars = count(spec.bytes.map_or(CHARS, |bytes| bytes.0));
    Plan::Fate(Fate::Payload(Payload::Oversize { chars }))
}
