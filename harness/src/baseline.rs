//! Failures that are known (decision 21), so that a client which already fails can be adopted, and
//! from then on only gets better.
//!
//! A known failure is reported and does not change the exit code. A new one does, and so do an
//! entry that has expired and one whose failure is gone: the list only ever shrinks by somebody
//! looking at it.

use std::path::Path;

use serde::Deserialize;

use crate::report::Wall;
use crate::scenario::units::Date;
use crate::verdict::{CheckResult, RunResult, Verdict};

/// The file's version.
const VERSION: u32 = 1;

/// What `--baseline` names.
#[derive(Clone, Debug, Default)]
pub struct Baseline {
    known: Vec<Known>,
    today_unix_ms: i64,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    baseline: u32,
    known: Vec<Known>,
}

/// One known failure.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Known {
    /// Scenario.
    id: String,
    /// As `--board` takes it; a `*` at the end stands for the rest.
    board: String,
    /// One variant; all of them without.
    variant: Option<String>,
    /// The check that fails, as reports name it.
    check: String,
    /// Why, in words or as a link.
    reason: String,
    /// Who sees to it.
    owner: String,
    /// The first day on which it counts again.
    expiry: Date,
}

/// Why a baseline cannot be used.
#[derive(Debug, thiserror::Error, miette::Diagnostic)]
pub enum BaselineError {
    /// No such file.
    #[error("cannot read the baseline {path}: {source}")]
    Read {
        /// Where.
        path: String,
        /// Why.
        source: std::io::Error,
    },
    /// Not of this shape.
    #[error("{path} is no baseline: {what}")]
    #[diagnostic(help(
        "`baseline: 1`, then `known:` with entries of id, board, check, reason, owner and expiry \
         (and variant, if it is one's only)"
    ))]
    Shape {
        /// Which file.
        path: String,
        /// What is wrong, and where.
        what: String,
    },
}

impl Baseline {
    /// Reads a file.
    ///
    /// # Errors
    /// When it cannot be read, is of another shape or version, or an entry says nothing.
    pub fn read(path: &Path, now: Wall) -> Result<Self, BaselineError> {
        let name = path.display().to_string();
        let text = std::fs::read_to_string(path)
            .map_err(|source| BaselineError::Read { path: name.clone(), source })?;
        Self::parse(&text, now).map_err(|what| BaselineError::Shape { path: name, what })
    }

    fn parse(text: &str, now: Wall) -> Result<Self, String> {
        let options = serde_saphyr::options! { with_snippet: false };
        let file: File = serde_saphyr::from_str_with_options(text, options)
            .map_err(|error| error.to_string())?;
        if file.baseline != VERSION {
            return Err(format!("its version is {}, this program reads {VERSION}", file.baseline));
        }
        let blank = |known: &&Known| {
            [&known.id, &known.board, &known.check, &known.reason, &known.owner]
                .iter()
                .any(|text| text.trim().is_empty())
        };
        match file.known.iter().position(|known| blank(&known)) {
            Some(at) => Err(format!("entry {} has an empty field", at + 1)),
            None => {
                let today_unix_ms = i64::try_from(now.unix_ms()).unwrap_or(i64::MAX);
                Ok(Self { known: file.known, today_unix_ms })
            }
        }
    }

    /// Says of a run that did not pass why that is known, if all of it is.
    pub fn mark(&self, result: &mut RunResult) {
        if !is_failure(result.verdict) {
            return;
        }
        let bad = result.checks.iter().filter(|check| check.verdict == result.verdict);
        let reasons: Option<Vec<String>> = bad.map(|check| self.reason(result, check)).collect();
        result.known = reasons.filter(|all| !all.is_empty()).map(|mut all| {
            all.dedup();
            all.join("; ")
        });
    }

    /// What the results say against the list: each line is a reason to fail.
    pub fn findings(&self, results: &[RunResult]) -> Vec<String> {
        self.known.iter().filter_map(|known| self.finding(known, results)).collect()
    }

    fn reason(&self, result: &RunResult, check: &CheckResult) -> Option<String> {
        let fits = |known: &&Known| {
            known.covers(result) && known.check == check.id && !self.has_expired(known)
        };
        self.known
            .iter()
            .find(fits)
            .map(|known| format!("{} ({}, until {})", known.reason, known.owner, day(known.expiry)))
    }

    fn finding(&self, known: &Known, results: &[RunResult]) -> Option<String> {
        let Known { id, board, check, owner, .. } = known;
        let entry = format!("{id} [{board}] {check} ({owner})");
        if self.has_expired(known) {
            let on = day(known.expiry);
            return Some(format!("expired on {on}: {entry}; mend it, or say until when"));
        }
        let ran = results.iter().filter(|run| known.covers(run) && was_played(run.verdict));
        let mut verdicts = Vec::new();
        let mut runs = 0;
        for run in ran {
            runs += 1;
            verdicts.extend(run.checks.iter().filter(|c| c.id == *check).map(|c| c.verdict));
        }
        if runs == 0 || verdicts.iter().any(|verdict| is_failure(*verdict)) {
            return None;
        }
        if verdicts.is_empty() {
            return Some(format!("never judged: {entry}; no run has a check of that name"));
        }
        let passed = verdicts.iter().any(|v| matches!(v, Verdict::Pass | Verdict::Warn));
        passed.then(|| format!("passes unexpectedly: {entry}; remove the entry"))
    }

    fn has_expired(&self, known: &Known) -> bool {
        known.expiry.unix_ms <= self.today_unix_ms
    }
}

impl Known {
    fn covers(&self, result: &RunResult) -> bool {
        let on_board = match self.board.strip_suffix('*') {
            Some(start) => result.board.starts_with(start),
            None => result.board == self.board,
        };
        let in_variant = self.variant.as_ref().is_none_or(|variant| *variant == result.variant);
        on_board && in_variant && result.id == self.id
    }
}

/// What a baseline can be about: a broken tool is nobody's known failure.
fn is_failure(verdict: Verdict) -> bool {
    match verdict {
        Verdict::Fail | Verdict::Inconclusive => true,
        Verdict::Skip | Verdict::Pass | Verdict::Warn | Verdict::Infra => false,
    }
}

fn was_played(verdict: Verdict) -> bool {
    match verdict {
        Verdict::Pass | Verdict::Warn | Verdict::Fail | Verdict::Inconclusive => true,
        Verdict::Skip | Verdict::Infra => false,
    }
}

/// `2027-03-01`
fn day(date: Date) -> String {
    let text = date.to_string();
    text.split('T').next().unwrap_or(&text).to_owned()
}

#[cfg(test)]
#[path = "baseline/tests.rs"]
mod tests;
