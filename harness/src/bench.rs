//! The bench: which boards hang on this machine, where, and how each is reached and restarted.
//!
//! A file in TOML ([guide](../docs/bench.md)), `bench.toml` of the working directory unless `--bench`
//! names another. Nothing here touches a serial port: that is `board/serial.rs`.

mod hold;
mod model;
pub mod network;
mod parse;
pub mod password;
mod ports;
pub mod quarantine;
mod render;
mod state;
mod wanted;

use std::path::{Path, PathBuf};

use crate::board::serial::Mac;
use crate::scenario::problem::{Problem, Text, nearest};

pub use hold::{Hold, HoldError, Holder, describe, holder};
pub use model::{Bench, CHIPS, Entry, Firmware, MadeFor, Network, Port, ResetBy};
pub use ports::matches_of;
pub use state::{STATE_DIR, StateDir};
pub use wanted::{Wanted, is_on_the_desk, wanted};

/// The bench file of a directory.
pub const FILE: &str = "bench.toml";

/// Why there is no bench to work with.
#[derive(Debug, thiserror::Error, miette::Diagnostic)]
pub enum BenchError {
    /// The file says something that cannot be meant.
    #[error(transparent)]
    #[diagnostic(transparent)]
    File(Box<Problem>),
    /// There is none, or it cannot be read.
    #[error("cannot read the bench file {}: {source}", path.display())]
    #[diagnostic(help(
        "`scenario init` writes one to fill in; a single board needs none: `--board serial:auto`"
    ))]
    Read {
        /// Where it was looked for.
        path: PathBuf,
        /// Why not.
        source: std::io::Error,
    },
    /// No board is named so.
    #[error("{} has no board `{name}`", file.display())]
    NoBoard {
        /// As asked for: a name, a MAC or a tag.
        name: String,
        /// The bench file.
        file: PathBuf,
        /// What might have been meant.
        #[help]
        help: String,
    },
}

impl Bench {
    /// Reads `given`, or the working directory's file.
    ///
    /// # Errors
    /// When it is not there or is wrong somewhere.
    pub fn read(given: Option<&Path>) -> Result<Self, BenchError> {
        let path = given.unwrap_or(Path::new(FILE));
        let text = std::fs::read_to_string(path)
            .map_err(|source| BenchError::Read { path: path.to_owned(), source })?;
        Self::parse(path, text)
    }

    /// The same; nothing where no file was named and there is none.
    ///
    /// # Errors
    /// As [`Self::read`].
    pub fn read_if_there(given: Option<&Path>) -> Result<Option<Self>, BenchError> {
        if given.is_none() && !Path::new(FILE).exists() {
            return Ok(None);
        }
        Self::read(given).map(Some)
    }

    /// Reads the text of the file at `path`.
    ///
    /// # Errors
    /// With the place of the first thing that is wrong.
    pub fn parse(path: &Path, text: String) -> Result<Self, BenchError> {
        let text = Text { name: path.display().to_string(), text: text.into() };
        let boards = parse::boards(&text, path.parent().unwrap_or(Path::new("")))
            .map_err(BenchError::File)?;
        Ok(Self { file: path.to_owned(), boards })
    }

    /// The boards that `name` means: the one of that name or MAC, or all with that tag.
    ///
    /// # Errors
    /// When there is none.
    pub fn meant_by(&self, name: &str) -> Result<Vec<&Entry>, BenchError> {
        let mac = name.parse::<Mac>().ok();
        let one = self.boards.iter().find(|board| board.name == name || Some(board.mac) == mac);
        if let Some(board) = one {
            return Ok(vec![board]);
        }
        let tagged: Vec<_> =
            self.boards.iter().filter(|board| board.tags.iter().any(|tag| tag == name)).collect();
        if !tagged.is_empty() {
            return Ok(tagged);
        }
        let names = self.boards.iter().map(|board| board.name.as_str());
        let tags = self.boards.iter().flat_map(|board| board.tags.iter().map(String::as_str));
        Err(BenchError::NoBoard {
            name: name.to_owned(),
            file: self.file.clone(),
            help: nearest(name, names.chain(tags)),
        })
    }
}

#[cfg(test)]
mod tests;
