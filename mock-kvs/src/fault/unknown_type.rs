//! `unknown-type`: a message of a type no client knows.

use super::plan::{Notice, Plan};
use super::spec::FaultSpec;

pub(super) fn plan(spec: &FaultSpec) -> Plan {
    Plan::Notice(Notice::Unknown {
        kind: spec.message.clone().unwrap_or_else(|| "SOMETHING_NEW".into()),
        payload: spec.body.clone().unwrap_or_default(),
    })
}
