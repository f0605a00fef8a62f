//! An ESP32-C3 as Espressif's QEMU emulates it: the ROM boots what stands in its flash, as on a board.

use std::path::{Path, PathBuf};

use tempfile::TempDir;

use super::{EMULATOR, NETWORK, asked, path};
use crate::board::BoardError;
use crate::board::image::{self, Image};
#[cfg(not(feature = "boards"))]
use crate::board::serial::WITHOUT_BOARDS;
#[cfg(feature = "boards")]
use crate::board::serial::{flash::Flashable, save::save};

const MACHINE: &str = "esp32c3";
const INSTALL: &str =
    "it comes with ESP-IDF: `idf_tools.py install qemu-riscv32`, then `. export.sh`";
/// The sizes that the emulated flash may have, bytes.
const SIZES: [usize; 4] = [2 << 20, 4 << 20, 8 << 20, 16 << 20];

/// Why this machine has no such emulator; Debian's knows no ESP32-C3.
pub fn absent() -> Option<String> {
    match asked(&["-M", "help"]) {
        Err(error) => Some(format!("no Espressif QEMU: {EMULATOR}: {error}; {INSTALL}")),
        Ok(machines) => (!machines.lines().any(|line| line.starts_with(MACHINE))).then(|| {
            format!(
                "no Espressif QEMU: the {EMULATOR} on PATH has no machine `{MACHINE}`; {INSTALL}"
            )
        }),
    }
}

/// A flash as it is before a run; each run has a copy.
pub struct Flash {
    path: PathBuf,
    /// Where it was made; it ends with this.
    _made: Option<TempDir>,
}

/// The image and the flash it makes: of an ELF, `given` or built here; or a whole flash that is given.
pub fn image(given: Option<&Path>) -> Result<(Image, Flash), BoardError> {
    let built = match given {
        Some(path) => path.to_owned(),
        None => image::build_bare_metal(
            "firmware/ports/esp32c3",
            "kvs-port-esp32c3",
            &["--no-default-features", "--features", "qemu,test-console"],
        )?,
    };
    let image = Image::of(&built)?;
    let failed = |error| BoardError(format!("image {}: {error}", built.display()));
    let bytes = std::fs::read(&built).map_err(failed)?;
    if bytes.starts_with(b"\x7fELF") {
        return Ok((image, merged(&built)?));
    }
    if SIZES.contains(&bytes.len()) {
        return Ok((image, Flash { path: built, _made: None }));
    }
    let (shown, size) = (built.display(), bytes.len());
    let takes = "the emulator takes an ELF, or a flash of 2, 4, 8 or 16 MiB";
    Err(BoardError(format!("image {shown}: {size} bytes: {takes}")))
}

/// What makes the emulator this machine, with a copy of `flash` that is put into `folder`.
pub fn arguments(flash: &Flash, folder: &Path) -> Result<Vec<String>, BoardError> {
    let file = folder.join("flash.bin");
    std::fs::copy(&flash.path, &file)
        .map_err(|error| BoardError(format!("cannot write the emulator's flash: {error}")))?;
    Ok(vec![
        "-M".into(),
        MACHINE.into(),
        "-drive".into(),
        format!("file={},if=mtd,format=raw", path(&file)),
        "-nic".into(),
        format!("user,id={NETWORK},model=open_eth,ipv6=off"),
    ])
}

/// The flash that an ELF makes: bootloader, partition table and application.
#[cfg(feature = "boards")]
fn merged(elf: &Path) -> Result<Flash, BoardError> {
    const FLASH_BYTES: u32 = 4 << 20;
    let folder = tempfile::Builder::new().prefix("kvs-flash-").tempdir();
    let folder = folder.map_err(|error| BoardError(format!("no folder for a flash: {error}")))?;
    let path = folder.path().join("flash.bin");
    let made = save(&Flashable::elf(elf), MACHINE, FLASH_BYTES, &path);
    made.map_err(|error| BoardError(error.to_string()))?;
    Ok(Flash { path, _made: Some(folder) })
}

#[cfg(not(feature = "boards"))]
fn merged(_elf: &Path) -> Result<Flash, BoardError> {
    Err(BoardError(format!("an ELF must be made a flash first: {WITHOUT_BOARDS}")))
}
