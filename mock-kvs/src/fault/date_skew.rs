//! `date-skew`: the service's clock is off: `Date`, signature windows, expiries.

use super::plan::Plan;
use super::spec::FaultSpec;

pub(super) fn plan(spec: &FaultSpec) -> Plan {
    Plan::Clock(spec.offset.unwrap_or_default().millis())
}
