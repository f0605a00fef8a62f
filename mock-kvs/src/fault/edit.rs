//! `oversize`, `bad-json`, `extra-fields`, `missing-fields`: the answer's body says something else.

use super::plan::{Answer, Edit, Plan, count};
use super::spec::FaultSpec;

/// Unless the fault says otherwise: several times what AWS's C SDK has room for.
const BYTES: u64 = 64 * 1024;

pub(super) fn oversize(spec: &FaultSpec) -> Plan {
    let bytes = count(spec.bytes.map_or(BYTES, |bytes| bytes.0));
    Plan::Answer(Answer::Edit(Edit::Oversize { bytes }))
}

pub(super) fn bad_json(spec: &FaultSpec) -> Plan {
    Plan::Answer(Answer::Edit(Edit::Bad { body: spec.body.clone() }))
}

pub(super) const fn extra_fields() -> Plan {
    Plan::Answer(Answer::Edit(Edit::Extra))
}

pub(super) fn missing_fields(spec: &FaultSpec) -> Plan {
    Plan::Answer(Answer::Edit(Edit::Missing { member: spec.message.clone() }))
}
