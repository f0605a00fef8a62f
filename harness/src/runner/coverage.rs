//! What no single run can show: that over a scenario's runs on a board the thing it is about really
//! happened (`sometimes`).

use std::collections::BTreeMap;

use super::list::Listed;
use crate::check::sometimes::{self, Sometimes};
use crate::cli::RunArgs;
use crate::verdict::{RunResult, Verdict};

/// Tallies per scenario and board.
#[derive(Default)]
pub struct Coverage {
    tallies: BTreeMap<(String, String), Tally>,
}

#[derive(Default)]
struct Tally {
    /// What was looked for, and whether a run saw it.
    seen: BTreeMap<Sometimes, bool>,
    /// Runs still to come.
    left: usize,
    /// All variants and declared repeats are listed, and those over came to a verdict about the
    /// device.
    complete: bool,
}

impl Coverage {
    /// Of the runs of a list.
    pub fn of(runs: &[Listed], args: &RunArgs) -> Self {
        let whole =
            args.variant.is_none() && args.partition.is_none() && args.only_repeat.is_none();
        let mut tallies: BTreeMap<_, Tally> = BTreeMap::new();
        for run in runs {
            let tally = tallies.entry(key(run)).or_default();
            tally.left += 1;
        }
        for (name, tally) in &mut tallies {
            let of_board = runs.iter().filter(|run| key(run) == *name);
            let declared = |run: &Listed| run.scenario.repeat.get(&run.kind).copied().unwrap_or(1);
            let most = of_board.clone().map(|run| run.label.repeat).max().unwrap_or(0);
            tally.complete = whole && of_board.map(declared).max().unwrap_or(1) <= most;
        }
        Self { tallies }
    }

    /// A run is over. The last of a scenario on a board is told what was never seen; its verdict
    /// then says so.
    pub fn over(&mut self, run: &Listed, seen: &[(Sometimes, bool)], result: &mut RunResult) {
        let Some(tally) = self.tallies.get_mut(&key(run)) else { return };
        tally.left -= 1;
        tally.complete &= says_something(result.verdict);
        for (what, was_seen) in seen {
            *tally.seen.entry(what.clone()).or_default() |= was_seen;
        }
        if tally.left > 0 || !tally.complete || tally.seen.is_empty() {
            return;
        }
        let seen: Vec<_> = std::mem::take(&mut tally.seen).into_iter().collect();
        result.checks.push(sometimes::judge(&seen, true));
        (result.verdict, result.reason) = RunResult::conclude(&result.checks);
    }
}

fn key(run: &Listed) -> (String, String) {
    (run.label.id.clone(), run.label.board.clone())
}

/// Whether a run with this verdict may have shown what is looked for.
fn says_something(verdict: Verdict) -> bool {
    match verdict {
        Verdict::Pass | Verdict::Warn | Verdict::Fail | Verdict::Inconclusive => true,
        Verdict::Skip | Verdict::Infra => false,
    }
}
