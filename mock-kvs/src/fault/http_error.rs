//! `http-error`: a call is answered with a status and an AWS error type.

use super::plan::{Answer, Plan};
use super::spec::FaultSpec;

pub(super) fn plan(spec: &FaultSpec) -> Plan {
    Plan::Answer(Answer::Error {
        status: spec.status.unwrap_or(500),
        error: spec.error.clone(),
        message: spec.message.clone(),
    })
}
