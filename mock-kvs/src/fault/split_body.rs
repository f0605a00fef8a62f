//! `split-body`: the body comes in pieces. AWS's C SDK keeps only the last (spec §13).

use super::plan::{Answer, Body, Plan, count};
use super::spec::FaultSpec;

pub(super) fn plan(spec: &FaultSpec) -> Plan {
    let bytes = spec.bytes.map_or(1, |size| count(size.0));
    let apart = spec.delay.unwrap_or_default().duration();
    Plan::Answer(Answer::Body(Body::Split { bytes, apart }))
}
