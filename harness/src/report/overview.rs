//! Scenarios against boards: what the final table and the summary show.

use std::collections::BTreeMap;

use super::event::RunFinished;
use crate::verdict::Verdict;

/// The table: a row for each scenario, a column for each board.
pub struct Overview<'r> {
    /// Boards, in the order of the runs.
    pub boards: Vec<&'r str>,
    /// Scenarios with their cells, in the order of the runs.
    pub rows: Vec<(&'r str, BTreeMap<&'r str, Cell>)>,
}

/// All runs of one scenario on one board.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cell {
    /// The worst of their verdicts.
    pub verdict: Verdict,
    /// How many passed, with or without a warning.
    pub passed: usize,
    /// How many there were.
    pub all: usize,
}

impl<'r> Overview<'r> {
    /// Of these runs.
    pub fn of(runs: &'r [RunFinished]) -> Self {
        let mut overview = Self { boards: Vec::new(), rows: Vec::new() };
        for run in runs {
            let (id, board) = (run.run.id.as_str(), run.run.board.as_str());
            if !overview.boards.contains(&board) {
                overview.boards.push(board);
            }
            let place = overview.rows.iter().position(|(known, _)| *known == id);
            let place = place.unwrap_or_else(|| {
                overview.rows.push((id, BTreeMap::new()));
                overview.rows.len() - 1
            });
            let cell = overview.rows[place].1.entry(board).or_insert(Cell {
                verdict: Verdict::Skip,
                passed: 0,
                all: 0,
            });
            let verdict = run.result.verdict;
            cell.verdict = Verdict::worst([cell.verdict, verdict]);
            cell.passed += usize::from(matches!(verdict, Verdict::Pass | Verdict::Warn));
            cell.all += 1;
        }
        overview
    }
}

impl std::fmt::Display for Cell {
    /// `pass`, `fail 5/6`: the count only when there are several.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match (self.verdict, self.all) {
            (Verdict::Skip, _) | (_, 1) => f.write_str(self.verdict.word()),
            (verdict, all) => write!(f, "{verdict} {}/{all}", self.passed),
        }
    }
}
