//! Which scenarios a `run` command means, and the command that repeats one run.

use std::fmt::Write;
use std::path::Path;
use std::sync::Arc;

use miette::Diagnostic;
use thiserror::Error;

use super::parse::ScenarioFile;
use super::problem::closest;
use crate::cli::{BoardName, RunArgs};
use crate::report::event::RunLabel;

/// A selection that cannot be meant.
#[derive(Debug, Error, Diagnostic, PartialEq, Eq)]
pub enum SelectError {
    /// `--variant` names none.
    #[error("no scenario has a variant `{variant}`")]
    NoVariant {
        /// As given.
        variant: String,
        /// What might have been meant.
        #[help]
        help: String,
    },
}

/// The files that `--filter` and `--variant` leave; none when nothing fits the filter.
///
/// # Errors
/// When `--variant` names a variant that no file has.
pub fn select(
    files: &[Arc<ScenarioFile>],
    args: &RunArgs,
) -> Result<Vec<Arc<ScenarioFile>>, SelectError> {
    let meant = |file: &&Arc<ScenarioFile>| {
        args.filter.as_ref().is_none_or(|filter| filter.fits(&file.id, file.scenario()))
    };
    let files: Vec<Arc<ScenarioFile>> = files.iter().filter(meant).cloned().collect();
    let Some(variant) = &args.variant else { return Ok(files) };
    let with_variant: Vec<_> =
        files.iter().filter(|file| file.variant(variant).is_some()).cloned().collect();
    if with_variant.is_empty() && !files.is_empty() {
        let names = files.iter().flat_map(|file| &file.variants).map(|v| v.name.as_str());
        let help = match closest(variant, names.filter(|name| !name.is_empty())) {
            Some(near) => format!("did you mean `{near}`?"),
            None => "`scenario explain ID` lists the variants".to_owned(),
        };
        return Err(SelectError::NoVariant { variant: variant.clone(), help });
    }
    Ok(with_variant)
}

/// The boards that the command names, each once, or the default ones.
pub fn boards(args: &RunArgs) -> Vec<BoardName> {
    if args.boards.is_empty() {
        return BoardName::DEFAULT.to_vec();
    }
    let mut boards: Vec<BoardName> = Vec::new();
    for board in &args.boards {
        if !boards.contains(board) {
            boards.push(board.clone());
        }
    }
    boards
}

/// What a run depends on beside what its label says.
#[derive(Clone, Copy, Debug, Default)]
pub struct Given<'a> {
    /// Base seed.
    pub seed: u64,
    /// `--image`.
    pub image: Option<&'a Path>,
    /// `--mutant`.
    pub mutant: Option<&'a str>,
    /// `--netns`.
    pub netns: bool,
}

/// `scenario run ID --board B --seed S …`: repeats exactly this run. `argument` is the scenario's
/// [`ScenarioFile::argument`].
pub fn repro(argument: &str, label: &RunLabel, given: Given<'_>) -> String {
    let mut command = format!(
        "scenario run {} --board {} --seed {}",
        quoted(argument),
        quoted(&label.board),
        given.seed
    );
    let mut add = |flag: &str, value: &str| {
        // Writing to a string cannot fail.
        let _ = write!(command, " {flag} {}", quoted(value));
    };
    if !label.variant.is_empty() {
        add("--variant", &label.variant);
    }
    if label.repeat > 1 {
        add("--only-repeat", &label.repeat.to_string());
    }
    if let Some(image) = given.image {
        add("--image", &image.display().to_string());
    }
    if let Some(mutant) = given.mutant {
        add("--mutant", mutant);
    }
    if given.netns {
        command.push_str(" --netns");
    }
    command
}

/// As a shell takes it for one word.
fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./:=,%@+".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        return word.to_owned();
    }
    format!("'{}'", word.replace('\'', r"'\''"))
}

#[cfg(test)]
#[path = "select/tests.rs"]
mod tests;
