//! Which board `scenario flash` and `scenario monitor` mean, and where it hangs now.

use std::path::{Path, PathBuf};

use crate::bench::{Bench, Entry, Hold, StateDir, is_on_the_desk};
use crate::board::serial::{PortAt, Site, desk, port};
use crate::cli::AUTO;

/// The console's speed where no bench file says another.
const BAUD: u32 = 115_200;

/// A board as it was named.
pub enum Attached {
    /// Of the bench file.
    Listed(Box<Entry>),
    /// On this port.
    At(PathBuf),
    /// The only one that is plugged in.
    Only,
}

impl Attached {
    /// What `word` means.
    ///
    /// # Errors
    /// When it is none of them, as a sentence.
    pub fn named(word: &str, bench: Option<&Path>) -> Result<Self, String> {
        // As `--board` takes it.
        let word = word.strip_prefix("serial:").unwrap_or(word);
        if word == AUTO {
            return Ok(Self::Only);
        }
        if is_on_the_desk(word) {
            return Ok(Self::At(word.into()));
        }
        let bench = Bench::read(bench).map_err(|error| explained(&error))?;
        match &bench.meant_by(word).map_err(|error| explained(&error))?[..] {
            [entry] => Ok(Self::Listed(Box::new((*entry).clone()))),
            several => {
                let names: Vec<_> = several.iter().map(|entry| entry.name.as_str()).collect();
                Err(format!("`{word}` means several boards: name one of {}", names.join(", ")))
            }
        }
    }

    /// What the bench file says of it.
    pub fn entry(&self) -> Option<&Entry> {
        match self {
            Self::Listed(entry) => Some(entry),
            Self::At(_) | Self::Only => None,
        }
    }

    /// Where it hangs now, ours until the hold is dropped: no run uses it meanwhile.
    ///
    /// # Errors
    /// When it is not there, or a run has it, as a sentence.
    pub fn take(&self) -> Result<(Site, Hold), String> {
        let no_folder = |error| format!("no folder for the boards' locks: {error}");
        let state = StateDir::open().map_err(no_folder)?;
        let path = match self {
            Self::Listed(entry) => {
                return desk::of_the_bench(entry, &state).map_err(|error| error.to_string());
            }
            Self::At(path) => path.clone(),
            Self::Only => port::only().map_err(|error| error.to_string())?,
        };
        let hold = Hold::port(&state, &path).map_err(|error| error.to_string())?;
        let site = Site {
            board: path.display().to_string(),
            pattern: path.display().to_string(),
            reset: port::reset_of(&path),
            at: PortAt { path, baud: BAUD },
            power: Vec::new(),
            #[cfg(unix)]
            remote: None,
        };
        Ok((site, hold))
    }
}

/// An error of the bench file with its advice, in one text.
fn explained(error: &dyn miette::Diagnostic) -> String {
    match error.help() {
        Some(help) => format!("{error}; {help}"),
        None => error.to_string(),
    }
}
