//! `status-response`: a message is answered with an error and goes no further.

use super::plan::{Fate, Plan};
use super::spec::FaultSpec;

pub(super) fn plan(spec: &FaultSpec) -> Plan {
    Plan::Fate(Fate::StatusResponse {
        status: spec.status.unwrap_or(400),
        error: spec.error.clone(),
        message: spec.message.clone(),
    })
}
