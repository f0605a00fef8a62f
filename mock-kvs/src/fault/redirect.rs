//! `redirect`: a captive portal answers in the service's place.

use super::plan::{Answer, Plan};
use super::spec::FaultSpec;

/// Unless the fault says otherwise. Nobody is there (RFC 6761).
const PORTAL: &str = "http://portal.invalid/login";

pub(super) fn plan(spec: &FaultSpec) -> Plan {
    let to = spec.message.clone().unwrap_or_else(|| PORTAL.to_owned());
    Plan::Answer(Answer::Redirect { status: spec.status.unwrap_or(302), to })
}
