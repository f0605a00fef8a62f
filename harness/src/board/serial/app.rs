//! From a file to what stands in the flash: espflash's bootloader, partition table and app of an ELF, or the parts of an
//! ESP-IDF build. Everything that espflash would take on trust is looked at first.

use std::io::Write as _;
use std::path::{Path, PathBuf};

use espflash::flasher::{FlashData, FlashSettings, FlashSize};
use espflash::image_format::{ImageFormat, Metadata, idf::IdfBootloaderFormat};
use espflash::target::{Chip, XtalFrequency};
use object::read::elf::ElfFile32;
use object::{Architecture, Object as _, ObjectSection as _};
use tempfile::NamedTempFile;

use super::FlashError;
use super::flash::{Flashable, Part};

/// Flash is erased by sectors.
const SECTOR: u32 = 0x1000;
/// Of a flash that has room for it. It is espflash's own but for the last 64 KiB, where our firmware keeps its things.
const PARTITIONS: &str = include_str!("../../../../firmware/ports/esp32c3/partitions.csv");
const PARTITIONS_END: u32 = 4 << 20;
/// First byte of an ESP image (bootloader, app).
const IMAGE_MAGIC: u8 = 0xe9;
/// Where an image's header names its chip.
const IMAGE_CHIP: usize = 12;
/// `esp_app_desc_t`: its magic word, its size, and where it holds the ELF's SHA-256; it is the first thing in an app, after
/// 24 bytes of header and 8 of the first segment's
/// (<https://docs.espressif.com/projects/esp-idf/en/stable/esp32/api-reference/system/app_image_format.html>).
const DESCRIPTOR_MAGIC: [u8; 4] = 0xabcd_5432_u32.to_le_bytes();
const DESCRIPTOR_BYTES: u64 = 256;
const DESCRIPTOR_AT: usize = 32;
const ELF_SHA256: std::ops::Range<usize> = DESCRIPTOR_AT + 144..DESCRIPTOR_AT + 176;

/// What is to be written, read and found sound.
pub(super) enum Source {
    /// An ELF with an app descriptor.
    Elf { path: PathBuf, bytes: Vec<u8>, chip: Option<String> },
    /// Parts that neither overlap nor share a sector.
    Parts { listed_in: PathBuf, chip: String, parts: Vec<Part> },
}

impl Source {
    /// # Errors
    /// When it cannot be read or cannot be flashed on any chip.
    pub(super) fn read(what: &Flashable) -> Result<Self, FlashError> {
        match what {
            Flashable::Elf(path) => {
                let bytes = std::fs::read(path).map_err(|error| bad(path, error.to_string()))?;
                check_elf(&bytes).map_err(|why| bad(path, why))?;
                let chip = Metadata::from_bytes(Some(&bytes)).chip_name().map(str::to_owned);
                Ok(Self::Elf { path: path.clone(), bytes, chip })
            }
            Flashable::Parts { listed_in, chip, parts } => {
                let mut parts = parts.clone();
                parts.sort_by_key(|part| part.address);
                check_parts(&parts).map_err(|why| bad(listed_in, why))?;
                Ok(Self::Parts { listed_in: listed_in.clone(), chip: chip.clone(), parts })
            }
        }
    }

    pub(super) fn path(&self) -> &Path {
        match self {
            Self::Elf { path, .. } | Self::Parts { listed_in: path, .. } => path,
        }
    }

    /// The chip that this is for, when that is not `chip`.
    pub(super) fn wants_another_than(&self, chip: &str) -> Option<String> {
        let wanted = match self {
            Self::Elf { chip: Some(wanted), .. } | Self::Parts { chip: wanted, .. } => {
                wanted.clone()
            }
            Self::Elf { chip: None, bytes, .. } => {
                let xtensa = matches!(chip, "esp32" | "esp32s2" | "esp32s3");
                let elf = ElfFile32::<object::Endianness>::parse(&**bytes);
                match elf.map(|elf| elf.architecture()) {
                    Ok(Architecture::Xtensa) if !xtensa => "an Xtensa chip".into(),
                    Ok(Architecture::Riscv32) if xtensa => "a RISC-V chip".into(),
                    Ok(_) | Err(_) => return None,
                }
            }
        };
        (wanted != chip).then_some(wanted)
    }

    /// What goes where on a `chip` with so much flash.
    pub(super) fn parts(&self, chip: &str, flash_bytes: u32) -> Result<Vec<Part>, FlashError> {
        let bad = |why: String| bad(self.path(), why);
        let known: Chip =
            chip.parse().map_err(|_| bad(format!("espflash does not know the chip {chip}")))?;
        let parts = match self {
            Self::Elf { bytes, .. } => image(bytes, known, flash_bytes).map_err(&bad)?,
            Self::Parts { parts, .. } => parts.clone(),
        };
        for part in &parts {
            let end = u64::from(part.address) + part.bytes.len() as u64;
            if end > u64::from(flash_bytes) {
                return Err(bad(format!(
                    "the part at {:#x} ends at {end:#x}, and the flash at {flash_bytes:#x}: build it for this flash size",
                    part.address
                )));
            }
            let header = part.bytes.get(IMAGE_CHIP..IMAGE_CHIP + 2);
            let id = header
                .filter(|_| part.bytes[0] == IMAGE_MAGIC)
                .map(|id| u16::from_le_bytes([id[0], id[1]]));
            if id.is_some_and(|id| id != known.id()) {
                return Err(bad(format!(
                    "the image at {:#x} is for another chip than {chip}",
                    part.address
                )));
            }
        }
        Ok(parts)
    }
}

/// SHA-256 of the ELF, in hex, as the first app among `parts` has it in its descriptor.
pub(super) fn elf_sha256(parts: &[Part]) -> Option<String> {
    parts.iter().find_map(|part| {
        let is_app = part.bytes.first() == Some(&IMAGE_MAGIC)
            && part.bytes.get(DESCRIPTOR_AT..DESCRIPTOR_AT + 4) == Some(&DESCRIPTOR_MAGIC);
        let hash = part.bytes.get(ELF_SHA256).filter(|_| is_app)?;
        Some(hash.iter().map(|byte| format!("{byte:02x}")).collect())
    })
}

/// Bootloader, partition table and app.
fn image(elf: &[u8], chip: Chip, flash_bytes: u32) -> Result<Vec<Part>, String> {
    let sizes = [1_u32, 2, 4, 8, 16, 32, 64, 128].map(|mebi| format!("{mebi}MB"));
    let size = sizes
        .iter()
        .filter_map(|name| name.parse::<FlashSize>().ok())
        .find(|size| size.size() == flash_bytes);
    let size = size.ok_or_else(|| {
        format!("a flash of {flash_bytes} bytes is none that an image can be made for")
    })?;
    // The crystal that boards have; ESP32 and ESP32-C2 with 26 MHz need an ESP-IDF build's own parts.
    let crystal = if matches!(chip, Chip::Esp32h2 | Chip::Esp32h4) {
        XtalFrequency::_32Mhz
    } else {
        XtalFrequency::_40Mhz
    };
    let settings = FlashSettings::new(None, Some(size), None);
    let data = FlashData::new(settings, 0, None, chip, crystal);
    // espflash takes a table by its file only.
    let mut table = NamedTempFile::new().map_err(|error| format!("no temporary file: {error}"))?;
    table
        .write_all(PARTITIONS.as_bytes())
        .map_err(|error| format!("no temporary file: {error}"))?;
    let table = (flash_bytes >= PARTITIONS_END).then_some(table.path());
    let image = IdfBootloaderFormat::new(elf, &data, table, None, None, None);
    let image: ImageFormat<'_> = image.map_err(|error| super::error::chain(&error))?.into();
    let part = |segment: espflash::image_format::Segment<'_>| Part {
        address: segment.addr,
        bytes: segment.data().to_vec(),
    };
    Ok(image.flash_segments().into_iter().map(part).collect())
}

/// espflash panics on an ELF whose descriptor is cut off or lies in no segment, and takes one without.
fn check_elf(bytes: &[u8]) -> Result<(), String> {
    let elf = ElfFile32::<object::Endianness>::parse(bytes);
    let elf = elf.map_err(|error| {
        format!("not an ELF of a 32-bit chip ({error}); give the program that cargo built")
    })?;
    if !elf.is_little_endian()
        || !matches!(elf.architecture(), Architecture::Riscv32 | Architecture::Xtensa)
    {
        return Err("an ELF, but of no ESP32: build it for the chip's target".into());
    }
    let Some(section) = elf.section_by_name(".flash.appdesc") else {
        return Err("it has no app descriptor, which the bootloader and we go by: add \
            `esp_bootloader_esp_idf::esp_app_desc!()` to the program"
            .into());
    };
    let data =
        section.data().map_err(|error| format!("its app descriptor cannot be read: {error}"))?;
    if (data.len() as u64) < DESCRIPTOR_BYTES
        || !data.starts_with(&DESCRIPTOR_MAGIC)
        || section.address() == 0
    {
        return Err("its app descriptor is damaged: build it anew".into());
    }
    Ok(())
}

/// Parts are verified one after the other: a later one must not erase what was verified.
fn check_parts(sorted: &[Part]) -> Result<(), String> {
    if sorted.is_empty() {
        return Err("there is nothing to write in it".into());
    }
    for part in sorted {
        if part.bytes.is_empty() {
            return Err(format!("the part at {:#x} is empty", part.address));
        }
        if !part.address.is_multiple_of(SECTOR) {
            return Err(format!(
                "the part at {:#x} does not begin at a sector ({SECTOR:#x} bytes)",
                part.address
            ));
        }
    }
    for pair in sorted.windows(2) {
        let [first, second] = pair else { continue };
        if u64::from(first.address) + first.bytes.len() as u64 > u64::from(second.address) {
            return Err(format!(
                "the parts at {:#x} and {:#x} overlap",
                first.address, second.address
            ));
        }
    }
    Ok(())
}

fn bad(path: &Path, why: String) -> FlashError {
    FlashError::BadImage { path: path.to_owned(), why }
}
