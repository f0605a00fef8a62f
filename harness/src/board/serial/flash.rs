//! The chip's ROM loader, through espflash: who is there, and writing an image that is read back.

use std::path::{Path, PathBuf};

use super::loader::{Loader, Parts};
use super::watch::{Report, watched};
use super::{FlashError, Identity, Mac, PortAt, Reset, app};
use crate::board::foreign::{Build, BuildError, FilePart};

/// What can be written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Flashable {
    /// An ELF of esp-hal or ESP-IDF: espflash's bootloader and partition table, and the app.
    Elf(PathBuf),
    /// Files at addresses, as an ESP-IDF build's `flasher_args.json` lists them.
    Parts {
        /// The file that lists them, for messages.
        listed_in: PathBuf,
        /// The chip they are for, as espflash spells it.
        chip: String,
        /// What goes where.
        parts: Vec<Part>,
    },
}

/// Bytes and their place in the flash.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    /// Where they begin.
    pub address: u32,
    /// What stands there afterwards.
    pub bytes: Vec<u8>,
}

/// How far a flash is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Progress {
    /// The board is known and right, the next thing is to write: from here on the old contents are lost. Whoever must
    /// not forget that (a lock file, a quarantine) notes it now, and strikes it out after `Ok`.
    Begins {
        /// Bytes of the whole image.
        total: u64,
    },
    /// The chip erases.
    Erasing,
    /// So many bytes were taken by the chip.
    Written {
        /// Since the beginning, over all parts.
        bytes: u64,
        /// Bytes of the whole image.
        total: u64,
    },
    /// The chip computes the MD5 of what it holds.
    Verifying,
}

/// An image that stands in the flash, read back by the chip. There is no other way to have one than [`flash`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Flashed {
    /// The board.
    pub identity: Identity,
    /// SHA-256 of the ELF, in hex, as it stands in the app descriptor: what the firmware says in its `hello`. None when
    /// no part is an app with a descriptor.
    pub image: Option<String>,
    /// Bytes written.
    pub bytes: u64,
    /// Whether the app was started; otherwise it waits for a reset from outside.
    pub restarted: bool,
}

impl Flashable {
    /// What `--image PATH` names: a list of an ESP-IDF build's parts (`flasher_args.json`), or an ELF.
    ///
    /// # Errors
    /// When it is a list, and it or a file that it names cannot be used.
    pub fn of(path: &Path) -> Result<Self, FlashError> {
        if path.extension().is_none_or(|extension| extension != "json") {
            return Ok(Self::elf(path));
        }
        let unusable = |error: BuildError| FlashError::Unlisted(error.to_string());
        let build = Build::read(path).map_err(unusable)?;
        let part = |part: FilePart| Part { address: part.address, bytes: part.bytes };
        let parts = build.parts.into_iter().map(part).collect();
        Ok(Self::Parts { listed_in: build.listed_in, chip: build.chip, parts })
    }

    /// An ELF.
    pub fn elf(path: &Path) -> Self {
        Self::Elf(path.to_owned())
    }
}

/// Asks the chip who it is. Writes nothing; afterwards the app runs again, but with [`Reset::None`] the loader waits on.
///
/// # Errors
/// When nobody answers, or in secure download mode, which hides even the MAC. Any other protection is no error here:
/// [`Identity::secured`].
pub fn identify(at: &PortAt, reset: Reset) -> Result<Identity, FlashError> {
    let port = at.clone();
    let ask = move |_: &Report| {
        let mut loader = Loader::enter(&port, reset)?;
        let identity = loader.identity()?;
        loader.leave();
        Ok(identity)
    };
    watched(at, ask, &mut |_| {})
}

/// Writes `what`, has the chip read it back, and starts it. A wrong chip, a wrong MAC and a secured board are refused
/// before a byte is written. It blocks; it is for a thread that may.
///
/// # Errors
/// [`FlashError::contents`] says whether the flash still holds what it held: the caller must remember when it does not.
pub fn flash(
    at: &PortAt,
    reset: Reset,
    what: &Flashable,
    expect: Option<Mac>,
    erase: bool,
    progress: &mut dyn FnMut(Progress),
) -> Result<Flashed, FlashError> {
    // What can be known to be wrong without a board is said without one.
    let source = app::Source::read(what)?;
    let port = at.clone();
    let write = move |report: &Report| {
        let mut loader = Loader::enter(&port, reset)?;
        let identity = loader.identity()?;
        admit(&port, &identity, loader.protection(), expect)?;
        if let Some(wanted) = source.wants_another_than(&identity.chip) {
            let what = source.path().display().to_string();
            let found = identity.chip;
            return Err(FlashError::WrongChip { path: port.path, what, wanted, found });
        }
        let parts = source.parts(&identity.chip, identity.flash_bytes)?;
        loader.with_stub()?;
        write(loader, identity, &Parts::new(parts), erase, report)
    };
    watched(at, write, progress)
}

/// Refuses a board that must not be written to.
fn admit(
    at: &PortAt,
    identity: &Identity,
    protection: Option<&str>,
    expect: Option<Mac>,
) -> Result<(), FlashError> {
    let path = at.path.clone();
    if let Some(wanted) = expect.filter(|wanted| *wanted != identity.mac) {
        return Err(FlashError::WrongMac { path, wanted, found: identity.mac });
    }
    match protection {
        None => Ok(()),
        Some(why) => {
            Err(FlashError::Secured { path, chip: identity.chip.clone(), why: why.to_owned() })
        }
    }
}

fn write(
    mut loader: Loader,
    identity: Identity,
    parts: &Parts,
    erase: bool,
    report: &Report,
) -> Result<Flashed, FlashError> {
    report.tell(Progress::Begins { total: parts.total });
    if erase {
        report.tell(Progress::Erasing);
        loader.erase(identity.flash_bytes, parts.total)?;
    }
    let restarted = loader.write(parts, report)?;
    Ok(Flashed { identity, image: app::elf_sha256(&parts.parts), bytes: parts.total, restarted })
}
