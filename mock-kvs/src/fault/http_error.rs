//! `http-error`: a call is answered with a status and an AWS error type.

use super::modelled::status_of;
use super::plan::{Answer, Plan};
use super::spec::FaultSpec;

pub(super) fn plan(spec: &FaultSpec) -> Plan {
    Plan::Answer(Answer::Error {
        status: spec.status.unwrap_or_else(|| status_of(spec.error.as_deref().unwrap_or(""))),
        error: spec.error.clone(),
        message: spec.message.clone(),
    })
}
