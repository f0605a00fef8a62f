//! `reconnect-ice`: RECONNECT_ICE_SERVER over the socket.

use super::plan::{Notice, Plan};

pub(super) fn plan() -> Plan {
    Plan::Notice(Notice::ReconnectIce)
}
