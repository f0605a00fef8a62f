//! What the runner says while it works. Reporters only read it.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use crate::verdict::{RunResult, Totals, Verdict};

/// One thing that happened in the suite, in order.
#[derive(Clone, Debug)]
pub enum RunEvent {
    /// The list of runs is made; nothing has started.
    SuiteStarted(SuiteStarted),
    /// A run started.
    RunStarted(RunLabel),
    /// A run came to a step.
    StepReached {
        /// Which run.
        run: RunLabel,
        /// The step, from 1; a repeated one counts once.
        step: usize,
        /// How many there are.
        of: usize,
        /// The step in a few words.
        text: String,
    },
    /// A run is over: at once, and in any order. What it came to is told in full by
    /// [`RunEvent::RunFinished`].
    RunOver {
        /// Which run.
        run: RunLabel,
        /// As it stands before what is judged over several runs.
        verdict: Verdict,
    },
    /// A run ended, and was judged or skipped; told in the order of the list.
    RunFinished(Box<RunFinished>),
    /// Something worth a line that belongs to no run: an image built, a snapshot written.
    Note(String),
    /// Every run has ended, or the suite was interrupted.
    SuiteFinished(SuiteFinished),
}

/// The list of runs is made.
#[derive(Clone, Debug)]
pub struct SuiteStarted {
    /// How many runs there will be.
    pub runs: usize,
    /// How many scenarios they are of.
    pub scenarios: usize,
    /// The boards, as `--board` takes them.
    pub boards: Vec<String>,
    /// The base seed.
    pub seed: u64,
    /// Runs at a time.
    pub jobs: usize,
    /// The run folder.
    pub out: PathBuf,
}

/// Which run: one scenario, on one board, in one variant, once.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RunLabel {
    /// Position in the list of runs, from 0.
    pub number: usize,
    /// Scenario id.
    pub id: String,
    /// Board, as `--board` takes it.
    pub board: String,
    /// Variant; empty without `vary`.
    pub variant: String,
    /// Repeat, from 1.
    pub repeat: u32,
}

impl std::fmt::Display for RunLabel {
    /// `reconnect/close-1001 [sim] cut_at=50% #2`; the first repeat is not numbered.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} [{}]", self.id, self.board)?;
        if !self.variant.is_empty() {
            write!(f, " {}", self.variant)?;
        }
        if self.repeat > 1 {
            write!(f, " #{}", self.repeat)?;
        }
        Ok(())
    }
}

/// A run that ended.
#[derive(Clone, Debug)]
pub struct RunFinished {
    /// Which.
    pub run: RunLabel,
    /// What it came to.
    pub result: RunResult,
    /// The claim, as the scenario's title says it.
    pub title: Arc<str>,
    /// The scenario's file, as the user would name it, and the line to point at (of the step
    /// that was not met, else 1).
    pub file: (String, usize),
    /// The last records before it ended, one line each, secrets removed; newest last.
    pub last: Vec<String>,
    /// Time on the wall.
    pub took: Duration,
    /// The run's seed, derived from the base seed (decision 20).
    pub seed: u64,
    /// The run's own folder, once written.
    pub folder: Option<PathBuf>,
    /// The device's last reading of each of its gauges.
    pub gauges: BTreeMap<String, u64>,
}

/// Every run has ended.
#[derive(Clone, Debug)]
pub struct SuiteFinished {
    /// How many runs came to what.
    pub totals: Totals,
    /// Time on the wall.
    pub took: Duration,
    /// Ctrl-C ended it early.
    pub interrupted: bool,
}
