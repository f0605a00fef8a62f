//! A line now and then where there is no terminal: a log must show that long work goes on.

use std::time::Duration;

use tokio::time::Instant;

use super::event::RunEvent;
use super::human::{brief, tally};
use crate::verdict::Totals;

/// A log that shows nothing for longer looks stuck.
const SILENCE_MAX: Duration = Duration::from_secs(30);

/// Counts runs as they end. Their verdicts are told in the list's order, hence often later.
pub struct Heartbeat {
    begin: Instant,
    /// When the log last grew.
    told: Instant,
    runs: usize,
    totals: Totals,
}

impl Heartbeat {
    /// The suite begins.
    pub fn new(now: Instant) -> Self {
        Self { begin: now, told: now, runs: 0, totals: Totals::default() }
    }

    /// Takes in what happened; gives a line when the log has been silent for too long.
    pub fn follow(&mut self, event: &RunEvent, now: Instant) -> Option<String> {
        match event {
            RunEvent::SuiteStarted(started) => self.runs = started.runs,
            RunEvent::RunOver { verdict, .. } => self.totals.count(*verdict),
            // Each of these is a line by itself.
            RunEvent::RunFinished(_) | RunEvent::Note(_) | RunEvent::SuiteFinished(_) => {
                self.told = now;
            }
            RunEvent::RunStarted(_) | RunEvent::StepReached { .. } => {}
        }
        if now.duration_since(self.told) < SILENCE_MAX {
            return None;
        }
        self.told = now;
        let (over, took) = (self.totals.all(), brief(now.duration_since(self.begin)));
        let counts = tally(&self.totals, |_, text| text);
        Some(format!("  … {over} of {} runs are over after {took}: {counts}\n", self.runs))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::event::{RunLabel, SuiteStarted};
    use crate::verdict::Verdict;

    #[test]
    fn a_silent_log_grows_and_a_busy_one_is_left_alone() {
        let begin = Instant::now();
        let at = |seconds| begin + Duration::from_secs(seconds);
        let mut heartbeat = Heartbeat::new(begin);
        let started = SuiteStarted {
            runs: 40,
            scenarios: 2,
            boards: vec!["host".into()],
            seed: 0,
            jobs: 8,
            out: "out".into(),
        };
        assert_eq!(heartbeat.follow(&RunEvent::SuiteStarted(started), at(0)), None);
        let over = |verdict| RunEvent::RunOver { run: label(), verdict };
        assert_eq!(heartbeat.follow(&over(Verdict::Pass), at(5)), None);
        assert_eq!(heartbeat.follow(&RunEvent::Note("a line".into()), at(20)), None);
        assert_eq!(heartbeat.follow(&over(Verdict::Fail), at(49)), None);
        let line = heartbeat.follow(&over(Verdict::Pass), at(50)).expect("30 s of silence");
        assert_eq!(line, "  … 3 of 40 runs are over after 50.0 s: 2 pass, 1 fail\n");
        assert_eq!(heartbeat.follow(&over(Verdict::Pass), at(60)), None);
    }

    fn label() -> RunLabel {
        RunLabel {
            number: 0,
            id: "reconnect/cut".into(),
            board: "host".into(),
            variant: String::new(),
            repeat: 1,
        }
    }
}
