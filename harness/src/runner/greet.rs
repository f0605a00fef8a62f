//! A device's first word; and what is tried with a board that has none.

use std::time::Duration;

use serde_json::json;
use tokio::time::Instant;

use super::plan::Ended;
use super::stage::{Pumped, Stage};
use crate::board::BoardError;

/// A device says hello within this after it was started.
const HELLO_LIMIT: Duration = Duration::from_secs(5);

impl Stage {
    /// Waits until the device has said who it is. A board that says nothing before it was ever started
    /// climbs the recovery ladder, as far as it has one: each rung stands in the history.
    ///
    /// # Errors
    /// Infra when it stays silent; Failed when a device that ran before does not boot again.
    pub async fn greet(&mut self) -> Result<(), Ended> {
        if self.greeted_within(HELLO_LIMIT).await? {
            return Ok(());
        }
        let why = format!("said no hello in {} s", HELLO_LIMIT.as_secs());
        if self.started {
            return Err(Ended::Failed(format!("the device did not boot again: it {why}")));
        }
        let rungs = self.device.as_ref().map(|device| device.rungs()).unwrap_or_default();
        let mut tried = Vec::new();
        for (at, rung) in rungs.iter().enumerate() {
            let (word, patience) = (rung.word(), rung.patience());
            let place =
                vec![("rung", json!(word)), ("n", json!(at + 1)), ("of", json!(rungs.len()))];
            self.say("board.silent", place);
            let Some(device) = &mut self.device else { break };
            if let Err(BoardError(why)) = device.climb(*rung).await {
                self.say("board.rung.failed", vec![("rung", json!(word)), ("why", json!(why))]);
                tried.push(format!("{word} (failed: {why})"));
                continue;
            }
            if self.greeted_within(patience).await? {
                self.say("board.woke", vec![("rung", json!(word))]);
                return Ok(());
            }
            tried.push(format!("{word} ({} s)", patience.as_secs()));
        }
        if tried.is_empty() {
            return Err(Ended::Infra(format!("the board {why}")));
        }
        let why = format!("{why}, nor after {}", tried.join(", "));
        let advice = self.plan.board.give_up(&why);
        self.say("board.given_up", vec![("why", json!(why))]);
        Err(Ended::Infra(advice.unwrap_or_else(|| format!("the board {why}"))))
    }

    async fn greeted_within(&mut self, limit: Duration) -> Result<bool, Ended> {
        let until = Instant::now() + limit;
        while !self.greeted {
            if self.pump(until).await? == Pumped::Due {
                return Ok(false);
            }
        }
        Ok(true)
    }
}
