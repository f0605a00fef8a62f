//! `go-away`: GO_AWAY over the socket, and the cut after the grace.

use super::plan::{Notice, Plan};

pub(super) fn plan() -> Plan {
    Plan::Notice(Notice::GoAway)
}
