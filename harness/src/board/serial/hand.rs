//! What a hand at the bench does with one board, outside any run.

use std::path::PathBuf;
use std::sync::mpsc;
use std::time::Duration;

use super::Identity;
use super::desk::{in_words, locate, of_the_bench, wanted_image};
use super::flash::{Flashable, Flashed};
use super::ladder::Rung;
use super::wire::{Deed, Wire};
use crate::bench::{Entry, Hold, StateDir, quarantine};
use crate::board::{BoardError, Output};

/// A board that was restarted says something within this.
const PATIENCE: Duration = Duration::from_secs(5);

/// Asks the board who it is.
///
/// # Errors
/// When it is in use or not there, or somebody else is.
pub fn identify(entry: &Entry, state: &StateDir) -> Result<(PathBuf, Identity), BoardError> {
    let (site, _hold) = of_the_bench(entry, state)?;
    let who = site.identify()?;
    let path = site.at.path;
    if who.mac != entry.mac {
        return Err(BoardError(format!(
            "board {} is {}, and {} hangs at {}: boards have changed places, or the bench file is \
             wrong",
            entry.name,
            entry.mac,
            who.mac,
            path.display()
        )));
    }
    Ok((path, who))
}

/// Restarts the board, climbing the recovery ladder until it says something, and lifts its quarantine;
/// gives the rungs that were tried, `None` being a plain restart, and its first line.
///
/// # Errors
/// When it stays silent, with what was tried.
pub fn wake(entry: &Entry, state: &StateDir) -> Result<(Vec<Rung>, String), BoardError> {
    // Whoever was put into quarantine is who needs this.
    let _hold = Hold::board(state, entry.mac, &entry.name)
        .map_err(|error| BoardError(error.to_string()))?;
    let site = locate(entry, state)?;
    let rungs = Rung::of(&site);
    let (said, lines) = mpsc::channel();
    let wire = Wire::open(site, None, move |what| {
        // Once it has spoken nobody listens.
        let _ = said.send(what);
    })?;
    let mut tried = Vec::new();
    let mut heard = hear_after(&wire, Some(Deed::Restart), PATIENCE, &lines)?;
    for rung in rungs {
        if heard.is_some() {
            break;
        }
        tried.push(rung);
        heard = hear_after(&wire, rung.deed(), rung.patience(), &lines).unwrap_or(None);
    }
    let Some(line) = heard else {
        let words: Vec<_> = tried.iter().map(|rung| rung.word()).collect();
        return Err(BoardError(format!(
            "board {} stays silent, also after {}",
            entry.name,
            words.join(", ")
        )));
    };
    quarantine::lift(state, entry.mac)
        .map_err(|error| BoardError(format!("its quarantine cannot be lifted: {error}")))?;
    Ok((tried, line))
}

/// The first line after `deed`, if one comes in time.
fn hear_after(
    wire: &Wire,
    deed: Option<Deed>,
    patience: Duration,
    lines: &mpsc::Receiver<Output>,
) -> Result<Option<String>, BoardError> {
    if let Some(deed) = deed {
        let closed = |_| BoardError("the console is closed".into());
        wire.ask(deed).blocking_recv().map_err(closed)??;
    }
    let until = tokio::time::Instant::now() + patience;
    loop {
        let left = until.saturating_duration_since(tokio::time::Instant::now());
        match lines.recv_timeout(left) {
            Ok(Output::Line(line)) if line.trim().is_empty() => {}
            // The line itself follows.
            Ok(Output::Said(_)) => {}
            Ok(Output::Line(line) | Output::Log(line)) => return Ok(Some(line)),
            Ok(Output::Gone(why) | Output::Ended(why) | Output::Unstarted(why)) => {
                return Err(BoardError(why));
            }
            Err(_) => return Ok(None),
        }
    }
}

/// Erases the whole flash, with all that the board was told and kept, and writes its image anew.
///
/// # Errors
/// When it is in use or not there, or the flash cannot be written.
pub fn wipe(entry: &Entry, state: &StateDir) -> Result<Flashed, BoardError> {
    let (site, _hold) = of_the_bench(entry, state)?;
    let what = Flashable::of(&wanted_image(entry, None)?).map_err(in_words)?;
    site.flash(&what, entry.mac, true)
}
