//! `reorder` and `message-delay`: a message leaves after others that came later.

use std::time::Duration;

use super::plan::{Fate, Plan};
use super::spec::{FaultKind, FaultSpec};

/// How long a message waits for the next one.
const ALONE: Duration = Duration::from_secs(1);

pub(super) fn plan(spec: &FaultSpec) -> Plan {
    let behind_next = spec.fault == FaultKind::Reorder;
    let by = spec.delay.map_or(ALONE, |delay| delay.duration());
    Plan::Fate(Fate::Late { by, behind_next })
}
