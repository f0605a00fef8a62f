//! Everything that reads a suite's events: what is printed, and what is left in the run folder.

use std::io::{self, IsTerminal as _, Write};
use std::path::{Path, PathBuf};

use super::event::{RunEvent, RunFinished, RunLabel};
use super::human::Human;
use super::manifest::{About, BoardImage, Manifest};
use super::{FolderError, RunFolder, Wall, github, junit, summary};
use crate::cli::{Format, RunArgs};
use crate::verdict::Results;

/// What a run leaves to be kept, without secrets.
#[derive(Debug, Default)]
pub struct Kept {
    /// `history.jsonl`.
    pub history: Vec<u8>,
    /// `console.log`.
    pub console: String,
}

/// The reporters of one command.
pub struct Reporters {
    /// None where nothing can be written: verdicts are told all the same.
    folder: Option<RunFolder>,
    start: Wall,
    format: Format,
    human: Option<Human<Box<dyn Write>>>,
    finished: Vec<RunFinished>,
    /// The first thing that could not be printed or written; told at the end.
    trouble: Option<io::Error>,
    unkept: Option<FolderError>,
}

impl Reporters {
    /// Prints as `args` say, and records below `out`; where nothing can be written there, the end
    /// says so.
    pub fn new(args: &RunArgs, out: &Path, start: Wall) -> Self {
        let colours = std::env::var_os("NO_COLOR").is_none();
        let human: Option<Human<Box<dyn Write>>> = match args.format {
            Format::Human if io::stdout().is_terminal() => {
                Some(Human::terminal(Box::new(io::stdout()), colours))
            }
            Format::Human => Some(Human::plain(Box::new(io::stdout()), false)),
            // Stdout is the document's; whoever sits at a terminal still wants to see how it goes.
            Format::Json if io::stderr().is_terminal() => {
                Some(Human::terminal(Box::new(io::stderr()), colours))
            }
            Format::Json => None,
        };
        let (folder, unkept) = match RunFolder::create(out) {
            Ok(folder) => (Some(folder), None),
            Err(error) => (None, Some(error)),
        };
        Self {
            folder,
            start,
            format: args.format,
            human,
            finished: Vec::new(),
            trouble: None,
            unkept,
        }
    }

    /// Something happened.
    pub fn tell(&mut self, event: RunEvent) {
        let event = match event {
            RunEvent::RunFinished(run) => {
                self.finished.push((*run).clone());
                RunEvent::RunFinished(run)
            }
            other @ (RunEvent::SuiteStarted(_)
            | RunEvent::RunStarted(_)
            | RunEvent::StepReached { .. }
            | RunEvent::RunOver { .. }
            | RunEvent::Note(_)
            | RunEvent::SuiteFinished(_)) => other,
        };
        let shown = self.human.as_mut().map(|human| human.show(&event, &self.finished));
        if let Some(Err(error)) = shown {
            self.trouble.get_or_insert(error);
            self.human = None;
        }
    }

    /// Writes what a run left; gives its folder when that went well.
    pub fn keep(&mut self, label: &RunLabel, kept: &Kept) -> Option<PathBuf> {
        let written = write(self.folder.as_ref()?, label, kept);
        written.map_err(|error| self.unkept.get_or_insert(error)).ok()
    }

    /// Writes the reports over all runs, and prints the document where one was asked for. Gives
    /// what could not be recorded, if anything.
    ///
    /// # Errors
    /// When something could not be printed.
    pub fn finish(
        mut self,
        args: &RunArgs,
        boards: Vec<BoardImage>,
        findings: Option<Vec<String>>,
        interrupted: bool,
    ) -> io::Result<Option<FolderError>> {
        // The list's order, whatever board came first.
        self.finished.sort_by_key(|run| run.run.number);
        let results = self.finished.iter().map(|run| run.result.clone()).collect();
        let results = Results::new(results, findings);
        if let Err(error) = self.over_all(args, boards, &results, interrupted)? {
            self.unkept.get_or_insert(error);
        }
        if let (Format::Human, None, Some(folder)) = (self.format, &self.unkept, &self.folder) {
            writeln!(io::stdout(), "recorded in {}", folder.root().display())?;
        }
        if self.format == Format::Json {
            let mut text = serde_json::to_string_pretty(&results)?;
            text.push('\n');
            io::stdout().write_all(text.as_bytes())?;
        } else if std::env::var_os("GITHUB_ACTIONS").is_some() {
            io::stdout().write_all(github::annotations(&self.finished).as_bytes())?;
        }
        match self.trouble {
            Some(error) => Err(error),
            None => Ok(self.unkept),
        }
    }

    fn over_all(
        &self,
        args: &RunArgs,
        boards: Vec<BoardImage>,
        results: &Results,
        interrupted: bool,
    ) -> io::Result<Result<(), FolderError>> {
        let summary = summary::summary(&self.finished, results).map_err(io::Error::other)?;
        if let Some(path) = std::env::var_os("GITHUB_STEP_SUMMARY") {
            let file = std::fs::OpenOptions::new().append(true).create(true).open(path);
            file.and_then(|mut file| file.write_all(summary.as_bytes()))?;
        }
        let Some(folder) = &self.folder else { return Ok(Ok(())) };
        let about = About { args, start: self.start, boards, interrupted };
        let manifest =
            Manifest::new(about, results.clone(), &self.finished, folder.root()).text()?;
        let junit = junit::junit(&self.finished).map_err(io::Error::other)?;
        let files = [("run.json", &manifest), ("junit.xml", &junit), ("summary.md", &summary)];
        Ok(files.into_iter().try_for_each(|(name, text)| folder.write(name, text)))
    }
}

fn write(folder: &RunFolder, label: &RunLabel, kept: &Kept) -> Result<PathBuf, FolderError> {
    folder.write_run(label, "history.jsonl", |out| out.write_all(&kept.history))?;
    folder.write_run(label, "console.log", |out| out.write_all(kept.console.as_bytes()))
}
