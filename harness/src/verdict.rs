//! What a check, a run and the whole command concluded.

mod exit;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use exit::{
    EXIT_FAIL, EXIT_INCONCLUSIVE, EXIT_INFRA, EXIT_INTERRUPTED, EXIT_PASS, EXIT_USAGE, Ending,
};

/// What was concluded.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    /// A need is missing; the reason says which.
    Skip,
    /// What was required was seen to hold.
    Pass,
    /// It holds, but somebody should look.
    Warn,
    /// There is no evidence either way.
    Inconclusive,
    /// What was required was seen not to hold.
    Fail,
    /// The board or a tool broke; nothing is said about the device.
    Infra,
}

impl Verdict {
    /// The word in reports.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Skip => "skip",
            Self::Pass => "pass",
            Self::Warn => "warn",
            Self::Inconclusive => "inconclusive",
            Self::Fail => "fail",
            Self::Infra => "infra",
        }
    }

    /// A run's verdict from those of its parts: the worst one, where a broken tool outweighs a
    /// failure, and a part that was skipped does not outweigh a part that ran. Nothing at all is
    /// no evidence.
    pub fn worst(parts: impl IntoIterator<Item = Self>) -> Self {
        parts.into_iter().max().unwrap_or(Self::Inconclusive)
    }
}

impl std::fmt::Display for Verdict {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.pad(self.word())
    }
}

/// What one check concluded about one run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct CheckResult {
    /// The check, as in the scenario file.
    pub id: String,
    /// What it concluded.
    pub verdict: Verdict,
    /// What had to hold, with numbers.
    pub required: String,
    /// What was seen, with numbers; for `inconclusive` and `skip`, what was missing.
    pub found: String,
    /// Records that show it: numbers, from 0, into the run's `history.jsonl` after its header.
    #[serde(default)]
    pub evidence: Vec<usize>,
}

impl CheckResult {
    /// A result without evidence.
    pub fn new(
        id: impl Into<String>,
        verdict: Verdict,
        required: impl Into<String>,
        found: impl Into<String>,
    ) -> Self {
        let (id, required, found) = (id.into(), required.into(), found.into());
        Self { id, verdict, required, found, evidence: Vec::new() }
    }

    /// A check whose need this board lacks.
    pub fn skipped(id: impl Into<String>, missing: &str) -> Self {
        Self::new(id, Verdict::Skip, format!("a board with `{missing}`"), format!("no `{missing}`"))
    }

    /// With the records that show it.
    #[must_use]
    pub fn shown_by(mut self, evidence: impl IntoIterator<Item = usize>) -> Self {
        self.evidence.extend(evidence);
        self.evidence.sort_unstable();
        self.evidence.dedup();
        self
    }

    /// One line: `backoff: required …, found …`.
    pub fn reason(&self) -> String {
        match self.verdict {
            Verdict::Skip => format!("{}: {}", self.id, self.found),
            Verdict::Pass
            | Verdict::Warn
            | Verdict::Inconclusive
            | Verdict::Fail
            | Verdict::Infra => {
                format!("{}: required {}; found {}", self.id, self.required, self.found)
            }
        }
    }
}

/// One scenario, on one board, in one variant, once.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct RunResult {
    /// Scenario id.
    pub id: String,
    /// Board, as `--board` takes it.
    pub board: String,
    /// Variant, `name=value` joined with `,`; empty without `vary`.
    pub variant: String,
    /// Base seed, as `--seed` takes it.
    pub seed: u64,
    /// Repeat, from 1.
    pub repeat: u32,
    /// What it came to.
    pub verdict: Verdict,
    /// Why; null on pass.
    pub reason: Option<String>,
    /// Every check judged.
    pub checks: Vec<CheckResult>,
    /// How long it took, on the board's clock (virtual on `sim`).
    pub duration_ms: u64,
    /// The longest time from a fault to CONNECTED; null when no connection was lost and regained.
    pub recovery_ms: Option<u64>,
    /// The one command that repeats it.
    pub repro: String,
    /// Why its failure is known, by `--baseline`: then it does not change the exit code; else null.
    #[serde(default)]
    pub known: Option<String>,
}

impl RunResult {
    /// The verdict of `checks`, and the reason: that of the first check with this verdict.
    pub fn conclude(checks: &[CheckResult]) -> (Verdict, Option<String>) {
        let verdict = Verdict::worst(checks.iter().map(|check| check.verdict));
        if verdict == Verdict::Pass {
            return (verdict, None);
        }
        let reason = checks.iter().find(|check| check.verdict == verdict);
        (verdict, Some(reason.map_or_else(|| "nothing was judged".to_owned(), CheckResult::reason)))
    }
}

/// How many runs came to what.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Totals {
    /// Runs that passed.
    pub pass: u64,
    /// Runs that passed with something to look at.
    pub warn: u64,
    /// Runs that failed.
    pub fail: u64,
    /// Runs without evidence.
    pub inconclusive: u64,
    /// Runs that were not started, with the reason.
    pub skip: u64,
    /// Runs that a board or tool broke.
    pub infra: u64,
}

impl Totals {
    /// Counts one run.
    pub fn count(&mut self, verdict: Verdict) {
        let count = match verdict {
            Verdict::Pass => &mut self.pass,
            Verdict::Warn => &mut self.warn,
            Verdict::Fail => &mut self.fail,
            Verdict::Inconclusive => &mut self.inconclusive,
            Verdict::Skip => &mut self.skip,
            Verdict::Infra => &mut self.infra,
        };
        *count += 1;
    }

    /// Runs that were started and came to a verdict about the device.
    pub const fn executed(&self) -> u64 {
        self.pass + self.warn + self.fail + self.inconclusive
    }

    /// All runs, started or not.
    pub const fn all(&self) -> u64 {
        self.executed() + self.skip + self.infra
    }
}

impl FromIterator<Verdict> for Totals {
    fn from_iter<I: IntoIterator<Item = Verdict>>(verdicts: I) -> Self {
        let mut totals = Self::default();
        verdicts.into_iter().for_each(|verdict| totals.count(verdict));
        totals
    }
}

/// The document of `--format json` and the core of `run.json`.
///
/// The rule: within one [`Results::SCHEMA`] keys may be added and never change their meaning; a
/// reader ignores keys it does not know and refuses another schema.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Results {
    /// [`Results::SCHEMA`].
    pub schema: String,
    /// How many runs came to what.
    pub totals: Totals,
    /// Every run, in the order of the list of scenarios, boards, variants and repeats.
    pub runs: Vec<RunResult>,
    /// What the results say against `--baseline`, a line each: entries that expired, and those whose
    /// failure is gone. Empty when it holds; null without one.
    #[serde(default)]
    pub baseline: Option<Vec<String>>,
}

impl Results {
    /// Name and version of the document.
    pub const SCHEMA: &str = "kvs-scenario-results/1";

    /// The document of these runs.
    pub fn new(runs: Vec<RunResult>, baseline: Option<Vec<String>>) -> Self {
        let totals = runs.iter().map(|run| run.verdict).collect();
        Self { schema: Self::SCHEMA.to_owned(), totals, runs, baseline }
    }

    /// Reads a document.
    ///
    /// # Errors
    /// When it is not JSON of this shape, or of another schema version.
    pub fn read(text: &str) -> Result<Self, ResultsError> {
        #[derive(Deserialize)]
        struct Kind {
            schema: String,
        }
        let kind: Kind = serde_json::from_str(text)?;
        if kind.schema != Self::SCHEMA {
            return Err(ResultsError::Schema { found: kind.schema });
        }
        Ok(serde_json::from_str(text)?)
    }

    /// The JSON Schema of the document, as it is committed.
    pub fn json_schema() -> String {
        let schema = schemars::schema_for!(Self);
        let mut text = format!("{:#}", schema.to_value());
        text.push('\n');
        text
    }
}

/// Why a results document cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum ResultsError {
    /// Not JSON, or not of this shape.
    #[error("not a results document: {0}")]
    Json(#[from] serde_json::Error),
    /// Another version.
    #[error(
        "the results have schema `{found}`, this program reads `{}`: use the `scenario` that \
         wrote them",
        Results::SCHEMA
    )]
    Schema {
        /// The document's schema.
        found: String,
    },
}

#[cfg(test)]
#[path = "verdict/tests.rs"]
mod tests;
