//! `binary`: a message leaves as a binary frame. AWS's C SDK tears the connection down (spec §3.3).

use super::plan::{Fate, Plan};

pub(super) fn plan() -> Plan {
    Plan::Fate(Fate::Binary)
}
