//! One run at a time on a board, and on a port: a lock that ends with whoever holds it.
//!
//! The lock is the system's on an open file (`flock`), so it ends with the process, however that
//! does. What the file says is only for people: who holds it, and since when. The file stays.

use std::fs::{File, TryLockError};
use std::io::{self, Read as _, Seek as _, Write as _};
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::StateDir;
use crate::board::serial::Mac;
use crate::report::Wall;

const ENDING: &str = "lock";
/// Somebody may only be looking whether it is held, for an instant.
const TRIES: u32 = 5;
const BETWEEN_TRIES: Duration = Duration::from_millis(20);

/// A board or port that is ours until this is dropped.
#[derive(Debug)]
pub struct Hold {
    file: File,
}

/// Who has a board.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Holder {
    /// The process.
    pub pid: u32,
    /// Since when, as in `2026-03-01T12:00:00Z`.
    pub since: String,
}

/// Why a board or port is not to be had.
#[derive(Debug, thiserror::Error)]
pub enum HoldError {
    /// Another run has it.
    #[error("{what} is in use by {}; it is free when that run ends", describe(.holder.as_ref()))]
    Held {
        /// `board porch (a0:…)` or a port.
        what: String,
        /// Who.
        holder: Option<Holder>,
    },
    /// The lock cannot be taken at all.
    #[error("cannot lock {what} at {}: {source}", path.display())]
    Broken {
        /// Which.
        what: String,
        /// The lock's file.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
}

impl Hold {
    /// Takes the board; `name` is for the message when it is taken.
    ///
    /// # Errors
    /// When another run has it, with who that is.
    pub fn board(dir: &StateDir, mac: Mac, name: &str) -> Result<Self, HoldError> {
        Self::take(dir.of_board(mac, ENDING), format!("board {name} ({mac})"))
    }

    /// Takes a port while it is asked which board hangs there.
    ///
    /// # Errors
    /// As [`Self::board`].
    pub fn port(dir: &StateDir, path: &Path) -> Result<Self, HoldError> {
        Self::take(dir.of_port(path, ENDING), format!("port {}", path.display()))
    }

    fn take(path: PathBuf, what: String) -> Result<Self, HoldError> {
        let broken = |what, path, source| HoldError::Broken { what, path, source };
        let mut file = match open(&path) {
            Ok(file) => file,
            Err(source) => return Err(broken(what, path, source)),
        };
        for tried in 1..=TRIES {
            match file.try_lock() {
                Ok(()) => break,
                Err(TryLockError::WouldBlock) if tried < TRIES => {
                    std::thread::sleep(BETWEEN_TRIES);
                }
                Err(TryLockError::WouldBlock) => {
                    return Err(HoldError::Held { what, holder: said(&mut file) });
                }
                Err(TryLockError::Error(source)) => return Err(broken(what, path, source)),
            }
        }
        let ours = Holder { pid: std::process::id(), since: Wall::now().rfc3339() };
        // Only for people: the lock itself stands without.
        let _ = write(&mut file, &serde_json::to_vec(&ours).unwrap_or_default());
        Ok(Self { file })
    }
}

impl Drop for Hold {
    fn drop(&mut self) {
        // The lock goes with the file, a moment later.
        let _ = write(&mut self.file, b"");
    }
}

/// Who has the board now; nothing where it is free.
#[must_use]
pub fn holder(dir: &StateDir, mac: Mac) -> Option<Holder> {
    let mut file = File::open(dir.of_board(mac, ENDING)).ok()?;
    // To look takes the lock for an instant: not where nobody has written that it is theirs.
    let who = said(&mut file)?;
    match file.try_lock_shared() {
        Err(TryLockError::WouldBlock) => Some(who),
        // Left by a run that was killed.
        Ok(()) | Err(TryLockError::Error(_)) => None,
    }
}

fn open(path: &Path) -> io::Result<File> {
    File::options().read(true).write(true).create(true).truncate(false).open(path)
}

fn write(file: &mut File, bytes: &[u8]) -> io::Result<()> {
    file.set_len(0)?;
    file.rewind()?;
    file.write_all(bytes)
}

fn said(file: &mut File) -> Option<Holder> {
    let mut text = String::new();
    file.read_to_string(&mut text).ok()?;
    serde_json::from_str(&text).ok()
}

/// In words.
pub fn describe(holder: Option<&Holder>) -> String {
    match holder {
        Some(Holder { pid, since }) => format!("another run (pid {pid}, since {since})"),
        None => "another run, which has not said who it is".to_owned(),
    }
}
