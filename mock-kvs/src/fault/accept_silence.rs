//! `accept-silence`: new connections are accepted and never answered.

use super::plan::Plan;
use super::spec::FaultSpec;
use super::trigger::is_counted;

pub(super) fn plan(spec: &FaultSpec) -> Plan {
    if is_counted(spec) { Plan::Silence } else { Plan::Standing }
}
