//! Snapshots: what a scenario looks like when it runs as it should, beside the scenario.
//!
//! The file holds the normalised history ([`normal`]) of `sim`, seed 0, repeat 1, one section per
//! variant; runs on other boards are compared with its milestones ([`milestone`]) (decision 17).
//! Files are insta's: `scenario run` writes `NAME.snap.new` beside a snapshot that changed, and
//! `cargo insta review` or `--snapshots accept` takes it over.

pub mod milestone;
pub mod normal;

mod diff;
mod file;
mod fold;

use std::collections::BTreeSet;
use std::io;
use std::path::{Path, PathBuf};

use crate::history::History;

pub use diff::Difference;

/// What to do about snapshots (`--snapshots`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Mode {
    /// Compare; write `.snap.new` beside one that changed or is missing.
    #[default]
    Check,
    /// Write what is.
    Accept,
    /// Neither read nor write.
    Off,
}

/// One variant's normalised history.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Section {
    /// The variant, as in results; empty without `vary`.
    pub variant: String,
    /// Its lines.
    pub lines: Vec<String>,
}

impl Section {
    /// That of a run.
    pub fn of(variant: impl Into<String>, history: &History) -> Self {
        Self { variant: variant.into(), lines: normal::lines(history) }
    }

    /// Where another run of the same variant parts from this; `None` when it does not.
    pub fn difference(&self, run: &Self) -> Option<Difference> {
        let mut first = diff::first(&self.lines.join("\n"), &run.lines.join("\n"))?;
        first.variant.clone_from(&self.variant);
        Some(first)
    }
}

/// A scenario's whole snapshot.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Snapshot {
    /// One per variant, in the scenario's order.
    pub sections: Vec<Section>,
}

/// What came of a snapshot.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Settled {
    /// It is as it was; or snapshots are off.
    Same,
    /// It was written, new or changed.
    Accepted(PathBuf),
    /// It differs; what is stands in `.snap.new`.
    Changed {
        /// The `.snap.new` file.
        new: PathBuf,
        /// Where it differs first.
        first: Difference,
    },
    /// There is none yet; what is stands in `.snap.new`.
    Missing {
        /// The `.snap.new` file.
        new: PathBuf,
    },
}

impl Settled {
    /// Whether the command must fail for it.
    pub const fn is_change(&self) -> bool {
        match self {
            Self::Same | Self::Accepted(_) => false,
            Self::Changed { .. } | Self::Missing { .. } => true,
        }
    }
}

const HEADING: &str = "# ";

impl Snapshot {
    /// The file's contents.
    pub fn text(&self) -> String {
        let mut text = String::new();
        for section in &self.sections {
            if !text.is_empty() {
                text.push('\n');
            }
            if !section.variant.is_empty() {
                text.push_str(&format!("{HEADING}{}\n", section.variant));
            }
            for line in &section.lines {
                text.push_str(line);
                text.push('\n');
            }
        }
        text
    }

    /// What [`Snapshot::text`] wrote.
    pub fn parse(text: &str) -> Self {
        let mut sections: Vec<Section> = Vec::new();
        for line in text.lines().filter(|line| !line.is_empty()) {
            if let Some(variant) = line.strip_prefix(HEADING) {
                sections.push(Section { variant: variant.to_owned(), lines: Vec::new() });
            } else {
                if sections.is_empty() {
                    sections.push(Section { variant: String::new(), lines: Vec::new() });
                }
                if let Some(section) = sections.last_mut() {
                    section.lines.push(line.to_owned());
                }
            }
        }
        Self { sections }
    }

    /// The section of a variant.
    pub fn section(&self, variant: &str) -> Option<&Section> {
        self.sections.iter().find(|section| section.variant == variant)
    }

    /// The snapshot beside a scenario file, when there is one.
    ///
    /// # Errors
    /// Those of the file system, and a file that is not in insta's format.
    pub fn read(scenario: &Path) -> io::Result<Option<Self>> {
        Ok(file::read(&path_beside(scenario))?.map(|text| Self::parse(&text)))
    }

    /// Compares with, or becomes, the snapshot beside `scenario`, as `mode` says. `source` is the
    /// scenario as it is named in the file's header: a path below the repository.
    ///
    /// # Errors
    /// Those of the file system, and a file that is not in insta's format.
    pub fn settle(&self, scenario: &Path, source: &str, mode: Mode) -> io::Result<Settled> {
        let path = path_beside(scenario);
        let new = new_beside(&path);
        let text = self.text();
        match mode {
            Mode::Off => Ok(Settled::Same),
            Mode::Accept => {
                let known = file::read(&path)?;
                file::remove(&new)?;
                if known.as_deref() == Some(text.as_str()) {
                    return Ok(Settled::Same);
                }
                file::write(&path, source, &text)?;
                Ok(Settled::Accepted(path))
            }
            Mode::Check => {
                let known = file::read(&path)?;
                let first = known.as_deref().map(|known| diff::first(known, &text));
                match first {
                    Some(None) => {
                        // What a former run left would still be offered for review.
                        file::remove(&new)?;
                        Ok(Settled::Same)
                    }
                    Some(Some(first)) => {
                        file::write(&new, source, &text)?;
                        Ok(Settled::Changed { new, first })
                    }
                    None => {
                        file::write(&new, source, &text)?;
                        Ok(Settled::Missing { new })
                    }
                }
            }
        }
    }
}

/// `reset.snap` beside `reset.yaml`.
pub fn path_beside(scenario: &Path) -> PathBuf {
    scenario.with_extension("snap")
}

fn new_beside(snapshot: &Path) -> PathBuf {
    snapshot.with_extension("snap.new")
}

/// Snapshots below `folder` that stand beside none of `scenarios`. Only an unfiltered run may call
/// them errors.
///
/// # Errors
/// Those of the file system.
pub fn unreferenced(folder: &Path, scenarios: &BTreeSet<PathBuf>) -> io::Result<Vec<PathBuf>> {
    let wanted: BTreeSet<PathBuf> = scenarios.iter().map(|path| path_beside(path)).collect();
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder)? {
            let path = entry?.path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|e| e == "snap") && !wanted.contains(&path) {
                found.push(path);
            }
        }
    }
    found.sort();
    Ok(found)
}

#[cfg(test)]
mod tests;
