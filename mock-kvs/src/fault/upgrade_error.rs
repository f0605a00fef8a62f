//! `upgrade-error`: the WebSocket upgrade is refused.

use super::plan::{Answer, Plan};
use super::spec::FaultSpec;

pub(super) fn plan(spec: &FaultSpec) -> Plan {
    Plan::Answer(Answer::Error {
        status: spec.status.unwrap_or(503),
        error: spec.error.clone(),
        message: spec.message.clone(),
    })
}
