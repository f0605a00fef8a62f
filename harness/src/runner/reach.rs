//! A board that never got as far as this machine says nothing of its firmware: the network in between is
//! the bench's.

use super::plan::Ended;
use super::stage::Stage;
use crate::bench::network;
use crate::history::{Record, SERVICE};
use crate::scenario::model::DEVICE;

impl Stage {
    /// `ended`, or infra where a board of the bench failed without a single connection, and nobody kept
    /// it from one.
    pub fn unless_unreached(&self, ended: Ended) -> Ended {
        let Ended::Failed(why) = &ended else { return ended };
        let spec = self.plan.board.spec();
        let port = self.supply.as_ref().and_then(|supply| supply.port);
        let (Some(host), Some(port)) = (spec.host, port) else { return ended };
        let came = |record: &Record| {
            let accepted = record.is(SERVICE, "accept") && record.text("actor") == Some(DEVICE);
            accepted || record.is(SERVICE, "fault.armed")
        };
        if self.recorder.records().iter().any(came) {
            return ended;
        }
        Ended::Infra(format!("{}; {why}", network::never_came(&spec.name, host, port)))
    }
}
