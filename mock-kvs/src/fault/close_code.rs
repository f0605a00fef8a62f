//! `close-code`: a close frame over the socket.

use super::plan::{Notice, Plan};
use super::spec::FaultSpec;

pub(super) fn plan(spec: &FaultSpec) -> Plan {
    Plan::Notice(Notice::Close {
        code: spec.code.unwrap_or(1001),
        reason: spec.reason.clone().unwrap_or_default(),
    })
}
