//! `drop`: a message is lost inside the service.

use super::plan::{Fate, Plan};

pub(super) fn plan() -> Plan {
    Plan::Fate(Fate::Drop)
}
