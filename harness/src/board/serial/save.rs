//! An image file without a board: what a flash chip would hold, for QEMU, for another tool, for the desk.

use std::fs::File;
use std::io::{self, Write as _};
use std::path::Path;

use super::flash::Flashable;
use super::{FlashError, app};

/// What a flash holds where nothing was written.
const ERASED: u8 = 0xff;

/// An image on disk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Saved {
    /// SHA-256 of the ELF, in hex, as it stands in the app descriptor; none when no part is an app with one.
    pub image: Option<String>,
    /// Bytes of it that are not empty flash.
    pub bytes: u64,
}

/// Writes what `what` leaves in a flash of `flash_bytes` (a power of two from 1 MiB on) on a `chip`, into the file `to`,
/// whole or not at all. The same input gives the same bytes.
///
/// # Errors
/// When the image is not for that chip or does not fit, or the file cannot be written.
pub fn save(
    what: &Flashable,
    chip: &str,
    flash_bytes: u32,
    to: &Path,
) -> Result<Saved, FlashError> {
    let source = app::Source::read(what)?;
    if let Some(wanted) = source.wants_another_than(chip) {
        let why = format!("it is for {wanted}, and the image was wanted for {chip}");
        return Err(FlashError::BadImage { path: source.path().to_owned(), why });
    }
    let parts = source.parts(chip, flash_bytes)?;
    let mut flash = vec![ERASED; flash_bytes as usize];
    for part in &parts {
        let start = part.address as usize;
        // `parts` gives none that does not fit.
        if let Some(place) = flash.get_mut(start..start + part.bytes.len()) {
            place.copy_from_slice(&part.bytes);
        }
    }
    let unwritten = |error: io::Error| FlashError::BadImage {
        path: to.to_owned(),
        why: format!("cannot be written: {error}"),
    };
    write(&flash, to).map_err(unwritten)?;
    let bytes = parts.iter().map(|part| part.bytes.len() as u64).sum();
    Ok(Saved { image: app::elf_sha256(&parts), bytes })
}

/// Beside its place first: an emulator that starts meanwhile sees the old image or the new one.
fn write(flash: &[u8], to: &Path) -> io::Result<()> {
    let mut name = to.file_name().ok_or(io::ErrorKind::InvalidInput)?.to_owned();
    name.push(".part");
    let beside = to.with_file_name(name);
    let mut file = File::create(&beside)?;
    file.write_all(flash)?;
    drop(file);
    std::fs::rename(&beside, to)
}
