//! Boards that did not wake up whatever was tried: left alone for a while, so that not every run of
//! the night waits for them.

use std::io;

use serde::{Deserialize, Serialize};

use super::StateDir;
use crate::board::serial::Mac;
use crate::report::Wall;

const ENDING: &str = "sick";
/// After so long a board gets another chance by itself.
const LASTS_S: i64 = 60 * 60;

/// Why a board is left alone, since when and for how long.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sick {
    /// What was found.
    pub why: String,
    /// Seconds since 1970.
    pub since_unix_s: i64,
    /// From then on it gets another chance.
    pub until_unix_s: i64,
}

impl Sick {
    /// In words, with what to do.
    #[must_use]
    pub fn advice(&self, name: &str) -> String {
        format!(
            "board {name} is in quarantine since {}: {}; look at it, then `scenario boards reset \
             {name}` lets it back (it gets another chance by itself at {})",
            Wall::from_unix(self.since_unix_s).rfc3339(),
            self.why,
            Wall::from_unix(self.until_unix_s).rfc3339()
        )
    }
}

/// Whether the board is in quarantine at `now`.
#[must_use]
pub fn of(dir: &StateDir, mac: Mac, now: Wall) -> Option<Sick> {
    let text = std::fs::read_to_string(dir.of_board(mac, ENDING)).ok()?;
    // A file that says nothing keeps no board away.
    let sick: Sick = serde_json::from_str(&text).ok()?;
    (unix_s(now) < sick.until_unix_s).then_some(sick)
}

/// Puts the board into quarantine.
///
/// # Errors
/// When that cannot be written down.
pub fn put(dir: &StateDir, mac: Mac, why: &str, now: Wall) -> io::Result<()> {
    let since_unix_s = unix_s(now);
    let until_unix_s = since_unix_s + LASTS_S;
    let sick = Sick { why: why.to_owned(), since_unix_s, until_unix_s };
    let text = serde_json::to_vec(&sick).map_err(io::Error::other)?;
    std::fs::write(dir.of_board(mac, ENDING), text)
}

/// Lets the board back.
///
/// # Errors
/// When the file stays.
pub fn lift(dir: &StateDir, mac: Mac) -> io::Result<()> {
    match std::fs::remove_file(dir.of_board(mac, ENDING)) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        Ok(()) | Err(_) => Ok(()),
    }
}

fn unix_s(now: Wall) -> i64 {
    i64::try_from(now.unix_ms() / 1_000).unwrap_or(i64::MAX)
}
