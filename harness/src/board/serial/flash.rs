//! The chip's ROM loader, through espflash: who is there, and writing an image that is read back.

use std::path::PathBuf;

use super::{FlashError, Identity, Mac, PortAt, Reset};

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

/// Asks the chip who it is. Writes nothing; afterwards the app runs again, but with [`Reset::None`] the loader waits on.
///
/// # Errors
/// When nobody answers. A secured chip is no error here: [`Identity::secured`].
pub fn identify(at: &PortAt, reset: Reset) -> Result<Identity, FlashError> {
    let _ = (at, reset);
    Err(FlashError::NoAnswer { path: at.path.clone(), why: "identify is being written".into() })
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
    let _ = (reset, what, expect, erase, progress);
    Err(FlashError::NoAnswer { path: at.path.clone(), why: "flash is being written".into() })
}
