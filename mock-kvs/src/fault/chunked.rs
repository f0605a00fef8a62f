//! `chunked`: the body comes with chunked transfer coding.

use super::plan::{Answer, Body, Plan, count};
use super::spec::FaultSpec;

pub(super) fn plan(spec: &FaultSpec) -> Plan {
    let bytes = spec.bytes.map(|size| count(size.0));
    Plan::Answer(Answer::Body(Body::Chunked { bytes }))
}
