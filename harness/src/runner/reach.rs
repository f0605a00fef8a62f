//! What looks like the firmware's failure, and is the bench's: a board that was unplugged, or that never
//! got as far as this machine.

use std::time::Duration;

use serde_json::json;
use tokio::time::{Instant, timeout_at};

use super::plan::Ended;
use super::stage::Stage;
use crate::bench::network;
use crate::board::{Kind, Output};
use crate::history::{Record, SERVICE};
use crate::scenario::model::DEVICE;

/// A board that loses its power loses its connections at once; its port is missed a moment later.
const MISSED_WITHIN: Duration = Duration::from_millis(500);

impl Stage {
    /// `ended`, or infra where it ended so because the bench broke.
    pub async fn unless_the_bench_broke(&mut self, ended: Ended) -> Ended {
        if self.plan.board.spec().kind != Kind::Serial || ended == Ended::Interrupted {
            return ended;
        }
        let until = Instant::now() + MISSED_WITHIN;
        while self.device.is_some() {
            let Ok(Some(heard)) = timeout_at(until, self.inlets.heard.recv()).await else { break };
            match heard.what {
                Output::Gone(why) => {
                    self.device = None;
                    self.say("board.gone", vec![("why", json!(why))]);
                    return Ended::Infra(why);
                }
                // A damaged line is in the console's log.
                Output::Line(line) => drop(self.recorder.device(heard.at, line)),
                Output::Log(line) => self.recorder.log(line),
                Output::Said(_) | Output::Ended(_) | Output::Unstarted(_) => {}
            }
        }
        self.unless_unreached(ended)
    }

    /// `ended`, or infra where a board of the bench failed without a single connection, and nobody kept
    /// it from one.
    fn unless_unreached(&self, ended: Ended) -> Ended {
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
