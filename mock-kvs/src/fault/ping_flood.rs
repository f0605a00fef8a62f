//! `ping-flood`: many pings over the socket.

use super::plan::{Notice, Plan};
use super::spec::FaultSpec;

/// How many, unless the fault says otherwise.
const COUNT: u32 = 100;

pub(super) fn plan(spec: &FaultSpec) -> Plan {
    Plan::Notice(Notice::Pings {
        count: spec.times.unwrap_or(COUNT),
        apart: spec.delay.unwrap_or_default().duration(),
    })
}
