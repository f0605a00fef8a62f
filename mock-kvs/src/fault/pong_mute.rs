//! `pong-mute`: pings are not answered.

use super::plan::Plan;

pub(super) fn plan() -> Plan {
    Plan::PongMute
}
