//! `duplicate`: a message is delivered twice.

use super::plan::{Fate, Plan};

pub(super) fn plan() -> Plan {
    Plan::Fate(Fate::Duplicate)
}
