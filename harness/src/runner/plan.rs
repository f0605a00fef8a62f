//! What one run is asked to do, and what comes of it.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use crate::board::{Board, Image};
use crate::history::History;
use crate::redact::Secret;
use crate::scenario::model::Scenario;

/// One scenario variant on one board, once.
#[derive(Clone)]
pub struct Plan {
    /// Position in the command's stable order.
    pub number: usize,
    /// The scenario's id: its path.
    pub id: String,
    /// The variant's name; empty without `vary`.
    pub variant: String,
    /// The repeat, from 1.
    pub repeat: u32,
    /// The base seed, as `--seed` takes it.
    pub base_seed: u64,
    /// The run's own seed.
    pub seed: u64,
    /// The variant, placeholders replaced.
    pub scenario: Arc<Scenario>,
    /// What it runs on.
    pub board: Arc<dyn Board>,
    /// What the board prepared.
    pub image: Image,
    /// The certificate authority that all runs of one command share; making one is slow.
    pub authority: Option<mock_kvs::Authority>,
    /// The longest it may take on its own clock.
    pub limit: Duration,
    /// It was played before, and spoilt by a starved harness.
    pub retried: bool,
    /// A snapshot is held against it.
    pub snapshot: bool,
    /// The one command that repeats it.
    pub repro: String,
    /// A deliberate defect to switch on; only in an image built with mutants.
    pub mutant: Option<String>,
}

/// How a run ended, before its evidence is judged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ended {
    /// Every step was done.
    Done,
    /// A step's demand was not met: the device's failure.
    Failed(String),
    /// Something that had to happen for the run to mean anything did not.
    Inconclusive(String),
    /// The board or the harness broke.
    Infra(String),
    /// Ctrl-C.
    Interrupted,
}

impl Ended {
    /// The reason, where there is one.
    pub fn why(&self) -> Option<&str> {
        match self {
            Self::Failed(why) | Self::Inconclusive(why) | Self::Infra(why) => Some(why),
            Self::Done | Self::Interrupted => None,
        }
    }
}

/// What a run leaves behind.
pub struct Played {
    /// How it ended.
    pub ended: Ended,
    /// Everything recorded.
    pub history: History,
    /// The end of the device's console.
    pub console: String,
    /// Values that must stand nowhere in what is written.
    pub secrets: Vec<Secret>,
    /// The points that waits and steps gave a name to.
    pub marks: BTreeMap<String, u64>,
    /// The service's wall clock at the run's start, Unix milliseconds.
    pub wall_start_unix_ms: u64,
    /// The device's wall clock minus the service's, as injected before its start.
    pub clock_offset_ms: i64,
    /// Time on the run's own clock.
    pub simulated: Duration,
    /// The latest a harness timer was.
    pub late: Duration,
}

impl Played {
    /// A run that did not come to anything.
    pub fn nothing(ended: Ended) -> Self {
        Self {
            ended,
            history: History::default(),
            console: String::new(),
            secrets: Vec::new(),
            marks: BTreeMap::new(),
            wall_start_unix_ms: 0,
            clock_offset_ms: 0,
            simulated: Duration::ZERO,
            late: Duration::ZERO,
        }
    }
}
