//! `http-delay`: the answer to a call comes later.

use super::plan::{Answer, Plan};
use super::spec::FaultSpec;

pub(super) fn plan(spec: &FaultSpec) -> Plan {
    Plan::Answer(Answer::Delay(spec.delay.unwrap_or_default().duration()))
}
