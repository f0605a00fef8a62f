//! `fragmented`: a message leaves in fragments.

use super::plan::{Fate, Plan, count};
use super::spec::FaultSpec;

pub(super) fn plan(spec: &FaultSpec) -> Plan {
    Plan::Fate(Fate::Fragmented { bytes: spec.bytes.map_or(1, |size| count(size.0)) })
}
