//! `html-error`: a page in place of JSON, as proxies and load balancers send.

use super::plan::{Answer, Plan};
use super::spec::FaultSpec;

pub(super) fn plan(spec: &FaultSpec) -> Plan {
    let status = spec.status.unwrap_or(503);
    Plan::Answer(Answer::Html { status, body: spec.body.clone() })
}
