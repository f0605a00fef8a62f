//! The boards of one command, those of the bench file with what it says of them.

use super::{Bench, BenchError, Entry};
use crate::cli::{AUTO, BoardName, RunArgs};
use crate::scenario::select::boards;

/// One board that a command asks for.
#[derive(Clone, Debug)]
pub struct Wanted {
    /// As `--board` takes it: a MAC or a tag became the names it stands for.
    pub board: BoardName,
    /// What the bench file says of it; nothing for boards that are in none.
    pub entry: Option<Entry>,
}

/// The boards that `args` names, each once, or the default ones. The bench file is read only where a
/// board of it is named.
///
/// # Errors
/// When that cannot be read, or has no such board.
pub fn wanted(args: &RunArgs) -> Result<Vec<Wanted>, BenchError> {
    let mut bench = None;
    let mut all: Vec<Wanted> = Vec::new();
    for board in boards(args) {
        let found = match &board {
            BoardName::Serial(which) if !is_on_the_desk(which) => {
                let bench = match &mut bench {
                    Some(bench) => bench,
                    empty => empty.insert(Bench::read(args.bench.file.as_deref())?),
                };
                let named = |entry: &Entry| Wanted {
                    board: BoardName::Serial(entry.name.clone()),
                    entry: Some(entry.clone()),
                };
                bench.meant_by(which)?.into_iter().map(named).collect()
            }
            BoardName::Sim
            | BoardName::Host
            | BoardName::Qemu
            | BoardName::QemuEsp32c3
            | BoardName::Serial(_)
            | BoardName::Exec(_) => vec![Wanted { board, entry: None }],
        };
        for wanted in found {
            if all.iter().all(|other| other.board != wanted.board) {
                all.push(wanted);
            }
        }
    }
    Ok(all)
}

/// Whether `which` needs no bench file: the only board that is plugged in, or a port.
#[must_use]
pub fn is_on_the_desk(which: &str) -> bool {
    which == AUTO || which.contains(['/', '\\']) || which.starts_with("COM")
}
