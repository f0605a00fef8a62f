//! Work with a chip on a thread of its own, given up when it makes no progress.
//!
//! espflash waits for the end of an answer as long as bytes come at all: a chip that resets half way and prints the same
//! error for ever would hold it for ever. And it believes lengths that a disturbed line may invent, and panics. So nobody
//! waits for it without a limit, and its panic is an answer like any other.

use std::cell::Cell;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread;
use std::time::Duration;

use super::error::{Reached, Stop};
use super::flash::Progress;
use super::{FlashError, PortAt};

/// How long a chip may take before it is known at all. espflash tries for 4 to 12 s.
const CONNECT: Duration = Duration::from_secs(30);
/// To erase. espflash itself allows 30 s per megabyte; beyond this a flash chip is broken, whatever its size.
const ERASE: Duration = Duration::from_secs(600);
/// For one block, above the 10 s that espflash waits.
const BLOCK: Duration = Duration::from_secs(15);
/// To compute an MD5. espflash allows 8 s per megabyte.
const VERIFY: Duration = Duration::from_secs(150);

/// What the work tells while it goes on.
pub(super) struct Report {
    said: Sender<Progress>,
}

impl Report {
    /// To whoever waits.
    pub(super) fn tell(&self, progress: Progress) {
        // Who waits no more has given up on us.
        let _ = self.said.send(progress);
    }
}

/// Does `work` on the chip at `at`, passing on what it tells.
///
/// A chip that stalls is given up: its thread ends, and frees the port, when the line falls silent.
pub(super) fn watched<T: Send + 'static>(
    at: &PortAt,
    work: impl FnOnce(&Report) -> Result<T, FlashError> + Send + 'static,
    progress: &mut dyn FnMut(Progress),
) -> Result<T, FlashError> {
    let (said, heard) = channel();
    let name = format!("loader {}", at.path.display());
    let spawned = thread::Builder::new().name(name).spawn(move || {
        let report = Report { said };
        work(&report)
    });
    let worker = spawned.map_err(|error| FlashError::Unusable {
        path: at.path.clone(),
        why: format!("no thread to be had: {error}"),
    })?;
    let reached = Cell::new(None);
    let mut pass_on = |told: Progress| {
        match told {
            Progress::Begins { total } => reached.set(Some(Reached { written: 0, total })),
            Progress::Written { bytes: written, total } => {
                reached.set(Some(Reached { written, total }));
            }
            Progress::Erasing | Progress::Verifying => {}
        }
        progress(told);
    };
    if let Err(stalled) = follow(&heard, &mut pass_on) {
        return Err(stalled.after(at, reached.get()));
    }
    let panicked = |_| Stop::Nonsense.after(at, reached.get());
    worker.join().map_err(panicked)?
}

/// Until the work is done; or it stalls.
fn follow(heard: &Receiver<Progress>, pass_on: &mut dyn FnMut(Progress)) -> Result<(), Stop> {
    let mut limit = CONNECT;
    loop {
        match heard.recv_timeout(limit) {
            Ok(told) => {
                limit = match told {
                    // What comes next is an erasure, or the stub's start.
                    Progress::Begins { .. } | Progress::Erasing => ERASE,
                    Progress::Written { .. } => BLOCK,
                    Progress::Verifying => VERIFY,
                };
                pass_on(told);
            }
            Err(RecvTimeoutError::Disconnected) => return Ok(()),
            Err(RecvTimeoutError::Timeout) => return Err(Stop::Stalled),
        }
    }
}
