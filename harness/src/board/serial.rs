//! Boards on a serial port: found, flashed, watched.
//!
//! What a bench file and a report say of them needs nothing beside this program. What touches a port is
//! behind the feature `boards`.

mod identity;
mod ladder;

#[cfg(feature = "boards")]
mod app;
#[cfg(feature = "boards")]
pub mod decode;
#[cfg(feature = "boards")]
pub mod desk;
#[cfg(feature = "boards")]
mod driver;
#[cfg(feature = "boards")]
mod error;
#[cfg(feature = "boards")]
pub mod flash;
#[cfg(feature = "boards")]
pub mod hand;
#[cfg(feature = "boards")]
mod loader;
#[cfg(feature = "boards")]
pub mod monitor;
#[cfg(feature = "boards")]
pub mod port;
#[cfg(all(unix, feature = "boards"))]
pub mod remote;
#[cfg(feature = "boards")]
pub mod save;
#[cfg(feature = "boards")]
mod site;
#[cfg(feature = "boards")]
mod voice;
#[cfg(feature = "boards")]
mod watch;
#[cfg(feature = "boards")]
mod wire;

#[cfg(feature = "boards")]
pub use error::{Contents, FlashError, Stop};
pub use identity::{Identity, Mac, PortAt, Reset};
pub use ladder::Rung;
#[cfg(feature = "boards")]
pub use site::Site;

use std::path::PathBuf;

use super::{Board, Spec};
#[cfg(not(feature = "boards"))]
use super::{BoardError, Device, Ear, Image, Reach};
use crate::bench::Entry;
#[cfg(feature = "boards")]
use crate::bench::Firmware;
#[cfg(feature = "boards")]
use crate::cli::{AUTO, SERIAL};

/// What to do when this program was built without boards on ports.
pub const WITHOUT_BOARDS: &str = "this `scenario` was built without boards on serial ports; in a checkout, \
    `cargo boards …` builds and runs it with them (`cargo install --path harness --features boards` installs it so)";

/// The board `serial:…` of `spec`: of its bench entry, or the one that its name means without.
#[cfg(feature = "boards")]
pub(super) fn board(spec: Spec, entry: Option<Entry>, image: Option<PathBuf>) -> Box<dyn Board> {
    let spec = match &entry {
        Some(entry) if entry.firmware == Firmware::Foreign => as_foreign(spec),
        Some(_) | None => spec,
    };
    let asked = match (entry, spec.name.strip_prefix(SERIAL)) {
        (Some(entry), _) => desk::Asked::Listed(Box::new(entry)),
        (None, Some(path)) if path != AUTO => desk::Asked::At(path.into()),
        (None, _) => desk::Asked::Only,
    };
    Box::new(driver::Attached::new(spec, asked, image))
}

/// A firmware that takes no commands and need not write a trace.
#[cfg(feature = "boards")]
fn as_foreign(spec: Spec) -> Spec {
    const LACKS: [&str; 4] = ["certificate", "clock.set", "gauges", "trace"];
    let meets = spec.meets.into_iter().filter(|need| !LACKS.contains(&need.as_str())).collect();
    Spec { meets, ..spec }
}

/// A board that this build cannot drive.
#[cfg(not(feature = "boards"))]
pub(super) fn board(spec: Spec, _entry: Option<Entry>, _image: Option<PathBuf>) -> Box<dyn Board> {
    Box::new(Undriven(spec))
}

#[cfg(not(feature = "boards"))]
struct Undriven(Spec);

#[cfg(not(feature = "boards"))]
impl Board for Undriven {
    fn spec(&self) -> &Spec {
        &self.0
    }

    fn prepare(&mut self) -> Result<Image, BoardError> {
        Err(BoardError(WITHOUT_BOARDS.into()))
    }

    fn start(&self, _reach: Reach, _seed: u64, _ear: Ear) -> Result<Box<dyn Device>, BoardError> {
        Err(BoardError(WITHOUT_BOARDS.into()))
    }
}
