//! Why a board was not identified or not flashed: what, where, and how to put it right.

use std::error::Error;
use std::io;
use std::path::{Path, PathBuf};

use super::{Mac, PortAt};

/// Why a port was not opened, a chip not identified, an image not written. Always infra, never the device's failure.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FlashError {
    /// Nothing has that path.
    #[error("{}: there is no such port; {}", .path.display(), offer(.there))]
    NoPort {
        /// What was asked for.
        path: PathBuf,
        /// The ports that are there.
        there: Vec<PathBuf>,
    },
    /// `auto`, and not exactly one port looks like a board.
    #[error("{}", ambiguous(.there))]
    WhichPort {
        /// Those that do.
        there: Vec<PathBuf>,
    },
    /// Somebody else has it open.
    #[error("{}: the port is busy; close the program that holds it (a monitor, an IDE, another run; \
        `fuser {}` names it)", .path.display(), .path.display())]
    Busy {
        /// The port.
        path: PathBuf,
    },
    /// The system refuses this user.
    #[error("{}: permission denied; {}", .path.display(), join_group(.group))]
    Permission {
        /// The port.
        path: PathBuf,
        /// The group whose members may; usually `dialout`.
        group: Option<String>,
    },
    /// It is there and cannot be used as a serial port.
    #[error("{}: cannot be opened as a serial port: {why}", .path.display())]
    Unusable {
        /// The port.
        path: PathBuf,
        /// What the system said.
        why: String,
    },
    /// No ROM loader speaks there.
    #[error("{}: the chip does not answer{}; hold BOOT, press RESET, let BOOT go and try again; if it stays silent: \
        a cable that carries data, the right port, TX and RX the right way round", .path.display(), remark(.why))]
    NoAnswer {
        /// The port.
        path: PathBuf,
        /// What was heard instead.
        why: String,
    },
    /// The image is for another chip, or the bench file names another.
    #[error("{}: this is an {found}, and {what} is for {wanted}; nothing was written; choose the board or the image \
        that belong together", .path.display())]
    WrongChip {
        /// The port.
        path: PathBuf,
        /// What wanted another: the image's file or the bench entry.
        what: String,
        /// The chip it wants.
        wanted: String,
        /// The chip that is there.
        found: String,
    },
    /// Another board than the bench file says hangs on this port.
    #[error("{}: the board with MAC {found} is here, and {wanted} was wanted; nothing was written; boards have changed \
        places: `scenario boards probe` shows which hangs where", .path.display())]
    WrongMac {
        /// The port.
        path: PathBuf,
        /// The board that was wanted.
        wanted: Mac,
        /// The board that is there.
        found: Mac,
    },
    /// Secure boot, flash encryption or secure download mode.
    #[error("{}: {why} on this {chip}; an image that is not signed and encrypted for it would leave it dead, so only \
        boards without secure boot are flashed; nothing was written", .path.display())]
    Secured {
        /// The port.
        path: PathBuf,
        /// The chip.
        chip: String,
        /// Which protection.
        why: String,
    },
    /// The image cannot be flashed.
    #[error("{}: {why}", .path.display())]
    BadImage {
        /// Its file.
        path: PathBuf,
        /// What is wrong and what to do.
        why: String,
    },
    /// The list of a build's parts cannot be used; as it says itself.
    #[error("{0}")]
    Unlisted(String),
    /// The chip or the line stopped while the flash was written.
    #[error("{}: broken off after {written} of {total} bytes: {why}; the flash holds half an image now: flash it \
        again before anything else", .path.display())]
    Interrupted {
        /// The port.
        path: PathBuf,
        /// Bytes that the chip had taken.
        written: u64,
        /// Bytes of the whole image.
        total: u64,
        /// What happened.
        why: Stop,
    },
    /// What stands in the flash is not what was sent.
    #[error("{}: the flash at {at:#x} does not hold what was written: the chip's MD5 of it differs; flash it again; a \
        second time means a worn or badly powered flash chip", .path.display())]
    VerifyFailed {
        /// The port.
        path: PathBuf,
        /// Where the part begins that differs.
        at: u32,
    },
    /// The port went away.
    #[error("{}: the port is gone: unplugged, or the USB hub lost power", .path.display())]
    Gone {
        /// The port.
        path: PathBuf,
    },
}

/// What a board's flash holds after an attempt that failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use = "a half-flashed board must not be trusted until a flash was verified"]
pub enum Contents {
    /// What it held before: not a byte was written.
    AsBefore,
    /// Part of an image. Remember it until [`super::flash::flash`] returns `Ok`.
    HalfFlashed,
}

impl FlashError {
    /// What the flash holds now.
    pub const fn contents(&self) -> Contents {
        match self {
            Self::Interrupted { .. } | Self::VerifyFailed { .. } => Contents::HalfFlashed,
            Self::NoPort { .. }
            | Self::WhichPort { .. }
            | Self::Busy { .. }
            | Self::Permission { .. }
            | Self::Unusable { .. }
            | Self::NoAnswer { .. }
            | Self::WrongChip { .. }
            | Self::WrongMac { .. }
            | Self::Secured { .. }
            | Self::BadImage { .. }
            | Self::Unlisted(_)
            | Self::Gone { .. } => Contents::AsBefore,
        }
    }

    /// The port that is not there, with those that are.
    pub(super) fn no_port(at: &PortAt) -> Self {
        Self::NoPort { path: at.path.clone(), there: super::port::list() }
    }
}

/// How the talk with a chip ended that should have gone on.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Stop {
    /// Its port is there no more.
    #[error("the port is gone: unplugged, or the USB hub lost power")]
    Gone,
    /// It goes on about something, but no block is done.
    #[error(
        "it makes no progress any more: it may have reset and print something else for ever; reset it"
    )]
    Stalled,
    /// What came is no answer of a loader at all.
    #[error(
        "what came over the line made no sense: a disturbed line, or not a loader; try a shorter cable"
    )]
    Nonsense,
    /// As espflash says it.
    #[error("{0}")]
    Said(String),
}

impl Stop {
    /// Why espflash gave up on the port `path`.
    pub(super) fn of(path: &Path, error: &espflash::Error) -> Self {
        if hung_up(error) || !path.exists() {
            return Self::Gone;
        }
        // What espflash was about, before what went wrong, is ours to say.
        let cause: &dyn Error = error.source().unwrap_or(error);
        Self::Said(chain(cause))
    }

    /// What it means once `reached` was; nothing, while nothing was to be written yet.
    pub(super) fn after(self, at: &PortAt, reached: Option<Reached>) -> FlashError {
        let path = at.path.clone();
        match (reached, self) {
            (Some(Reached { written, total }), why) => {
                FlashError::Interrupted { path, written, total, why }
            }
            (None, Self::Gone) => FlashError::Gone { path },
            (None, why) => FlashError::NoAnswer { path, why: why.to_string() },
        }
    }
}

/// How far a flash was: from here on the old contents are lost.
#[derive(Clone, Copy, Debug)]
pub(super) struct Reached {
    /// Bytes that the chip had taken.
    pub(super) written: u64,
    /// Bytes of the whole image.
    pub(super) total: u64,
}

/// Whether something below `error` says that the port hung up.
fn hung_up(error: &(dyn Error + 'static)) -> bool {
    let mut next = Some(error);
    while let Some(error) = next {
        let kind = match error.downcast_ref::<serialport::Error>().map(serialport::Error::kind) {
            Some(serialport::ErrorKind::Io(kind)) => Some(kind),
            Some(
                serialport::ErrorKind::NoDevice
                | serialport::ErrorKind::InvalidInput
                | serialport::ErrorKind::Unknown,
            )
            | None => error.downcast_ref::<io::Error>().map(io::Error::kind),
        };
        if kind == Some(io::ErrorKind::BrokenPipe) {
            return true;
        }
        next = error.source();
    }
    false
}

/// An error and what it came from, in one line.
pub(super) fn chain(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(error) = next {
        let cause = error.to_string();
        if !text.contains(&cause) {
            text = format!("{text}: {cause}");
        }
        next = error.source();
    }
    text
}

fn offer(there: &[PathBuf]) -> String {
    match there {
        [] => "and none is there: is the board plugged in, with a cable that carries data?".into(),
        there => format!("there are: {}", paths(there)),
    }
}

fn ambiguous(there: &[PathBuf]) -> String {
    match there {
        [] => "no port here looks like a board: plug one in with a cable that carries data, or name its port".into(),
        there => format!("several boards are plugged in: name one of {}", paths(there)),
    }
}

fn paths(there: &[PathBuf]) -> String {
    let there: Vec<String> = there.iter().map(|path| path.display().to_string()).collect();
    there.join(", ")
}

fn join_group(group: &Option<String>) -> String {
    let group = group.as_deref().unwrap_or("dialout");
    format!(
        "join the group that owns it: `sudo usermod -aG {group} $USER`, then log out and in again"
    )
}

fn remark(why: &str) -> String {
    if why.is_empty() { String::new() } else { format!(" ({why})") }
}
