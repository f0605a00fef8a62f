//! `wrong-date`: an answer's `Date` is off, while the service's clock is right.

use super::plan::{Answer, Plan};
use super::spec::FaultSpec;

pub(super) fn plan(spec: &FaultSpec) -> Plan {
    Plan::Answer(Answer::Date(spec.offset.unwrap_or_default().millis()))
}
