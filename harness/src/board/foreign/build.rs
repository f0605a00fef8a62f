//! `build/flasher_args.json`: what an ESP-IDF build says is to be flashed, and where
//! (<https://docs.espressif.com/projects/esp-idf/en/stable/esp32/api-guides/build-system.html>, "flasher_args.json").

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use serde_json::Value;

/// A chip has no more flash than this; a larger number is a mistake.
const FLASH_MAX: u64 = 128 << 20;
/// First byte of an ESP image (bootloader, app).
const IMAGE_MAGIC: u8 = 0xe9;
/// `esp_app_desc_t` is the first thing in an app, behind 24 bytes of header and 8 of its first segment
/// (<https://docs.espressif.com/projects/esp-idf/en/stable/esp32/api-reference/system/app_image_format.html>).
const DESCRIPTOR_AT: usize = 32;
const DESCRIPTOR_MAGIC: [u8; 4] = 0xabcd_5432_u32.to_le_bytes();

/// What a build made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Build {
    /// The file that lists it.
    pub listed_in: PathBuf,
    /// As espflash spells it: `esp32s3`.
    pub chip: String,
    /// By address; at least one.
    pub parts: Vec<FilePart>,
    /// Who the app says it is; none when no part is an app.
    pub app: Option<AppDescriptor>,
}

/// One file and its place in the flash.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FilePart {
    /// Where it begins.
    pub address: u32,
    /// Where it was read from.
    pub file: PathBuf,
    /// What it holds.
    pub bytes: Vec<u8>,
}

/// What an app says of itself.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AppDescriptor {
    /// `project()` in the build's CMake file.
    pub project: String,
    /// `PROJECT_VER`: mostly what `git describe` says.
    pub version: String,
    /// The version of ESP-IDF.
    pub idf: String,
    /// SHA-256 of the ELF, in hex.
    pub elf_sha256: String,
}

/// Why a build cannot be flashed. Each says what to do.
#[derive(Debug, thiserror::Error)]
pub enum BuildError {
    /// The list is not there.
    #[error("{}: {source}; `idf.py build` writes it, into the project's build folder", .path.display())]
    NoList {
        /// The list.
        path: PathBuf,
        /// The system's reason.
        source: std::io::Error,
    },
    /// It is no list.
    #[error("{}: not ESP-IDF's flasher_args.json: {why}", .path.display())]
    NotAList {
        /// The list.
        path: PathBuf,
        /// Where and what.
        why: String,
    },
    /// A file that it names is not there.
    #[error("{}: names {}, which cannot be read: {source}; run `idf.py build` again, and give the list where it was \
        built: its paths are relative to it", .list.display(), .file.display())]
    NoPart {
        /// The list.
        list: PathBuf,
        /// The file.
        file: PathBuf,
        /// The system's reason.
        source: std::io::Error,
    },
    /// A part has to be encrypted by the chip.
    #[error("{}: {entry} is to be flashed encrypted; only builds without flash encryption are flashed: a development \
        build without CONFIG_SECURE_FLASH_ENC_ENABLED will do", .list.display())]
    Encrypted {
        /// The list.
        list: PathBuf,
        /// The entry that says so.
        entry: String,
    },
    /// A part does not fit.
    #[error("{}: {} ends at {end:#x}, and the build is for {size} of flash", .list.display(), .file.display())]
    TooLarge {
        /// The list.
        list: PathBuf,
        /// The file.
        file: PathBuf,
        /// Where it would end.
        end: u64,
        /// As the list says it: `4MB`.
        size: String,
    },
}

#[derive(Deserialize)]
struct List {
    flash_files: BTreeMap<String, PathBuf>,
    extra_esptool_args: Esptool,
    #[serde(default)]
    flash_settings: Settings,
    /// `app`, `bootloader`, `partition-table`, …
    #[serde(flatten)]
    entries: BTreeMap<String, Value>,
}

#[derive(Deserialize)]
struct Esptool {
    chip: String,
}

#[derive(Default, Deserialize)]
struct Settings {
    flash_size: Option<String>,
}

impl Build {
    /// Reads the list and every file it names.
    ///
    /// # Errors
    /// When one of them is not there, or cannot be flashed.
    pub fn read(list: &Path) -> Result<Self, BuildError> {
        let text = std::fs::read_to_string(list);
        let text = text.map_err(|source| BuildError::NoList { path: list.to_owned(), source })?;
        let wrong = |why: String| BuildError::NotAList { path: list.to_owned(), why };
        let said: List = serde_json::from_str(&text).map_err(|error| wrong(error.to_string()))?;
        if let Some(entry) = encrypted(&said.entries) {
            return Err(BuildError::Encrypted { list: list.to_owned(), entry });
        }
        if said.flash_files.is_empty() {
            return Err(wrong("flash_files is empty".into()));
        }
        let folder = list.parent().unwrap_or(Path::new(""));
        let mut parts = Vec::new();
        for (place, file) in said.flash_files {
            let address = address(&place).ok_or_else(|| {
                wrong(format!("flash_files: `{place}` is no address in flash such as 0x10000"))
            })?;
            let file = folder.join(file);
            match std::fs::read(&file) {
                Ok(bytes) => parts.push(FilePart { address, file, bytes }),
                Err(source) => {
                    return Err(BuildError::NoPart { list: list.to_owned(), file, source });
                }
            }
        }
        parts.sort_by_key(|part| part.address);
        if let Some(size) = said.flash_settings.flash_size {
            fits(list, &parts, &size)?;
        }
        let app = parts.iter().find_map(|part| AppDescriptor::of(&part.bytes));
        // `--chip` takes `esp32-s3` too.
        let chip = said.extra_esptool_args.chip.to_ascii_lowercase().replace('-', "");
        Ok(Self { listed_in: list.to_owned(), chip, parts, app })
    }
}

/// The entry, if there is one, that wants its part encrypted.
fn encrypted(entries: &BTreeMap<String, Value>) -> Option<String> {
    let wants = |entry: &Value| match entry.get("encrypted") {
        Some(Value::Bool(wants)) => *wants,
        Some(Value::String(word)) => word == "true",
        Some(Value::Null | Value::Number(_) | Value::Array(_) | Value::Object(_)) | None => false,
    };
    entries.iter().find(|(_, entry)| wants(entry)).map(|(name, _)| name.clone())
}

/// `0x10000`, or in decimal.
fn address(text: &str) -> Option<u32> {
    let hex = text.strip_prefix("0x").or_else(|| text.strip_prefix("0X"));
    let address = match hex {
        Some(digits) => u32::from_str_radix(digits, 16).ok()?,
        None => text.parse().ok()?,
    };
    (u64::from(address) < FLASH_MAX).then_some(address)
}

/// Whether every part ends within the flash that the build is for; `keep` and `detect` name none.
fn fits(list: &Path, parts: &[FilePart], size: &str) -> Result<(), BuildError> {
    let (digits, unit) =
        size.split_at(size.find(|c: char| !c.is_ascii_digit()).unwrap_or(size.len()));
    let shift = match unit {
        "MB" => 20,
        "KB" => 10,
        _ => return Ok(()),
    };
    let Some(bytes) = digits.parse::<u64>().ok().and_then(|count| count.checked_shl(shift)) else {
        return Ok(());
    };
    for part in parts {
        let end = u64::from(part.address) + part.bytes.len() as u64;
        if end > bytes {
            let (list, file) = (list.to_owned(), part.file.clone());
            return Err(BuildError::TooLarge { list, file, end, size: size.to_owned() });
        }
    }
    Ok(())
}

impl AppDescriptor {
    /// Of an app's image; none when it is none.
    #[must_use]
    pub fn of(image: &[u8]) -> Option<Self> {
        let descriptor = image.get(DESCRIPTOR_AT..DESCRIPTOR_AT + 176)?;
        if image.first() != Some(&IMAGE_MAGIC) || !descriptor.starts_with(&DESCRIPTOR_MAGIC) {
            return None;
        }
        // Magic, secure version and 8 reserved bytes; version, project, time, date, ESP-IDF, hash.
        let text = |range: std::ops::Range<usize>| {
            let bytes = descriptor.get(range).unwrap_or_default();
            let end = bytes.iter().position(|byte| *byte == 0).unwrap_or(bytes.len());
            String::from_utf8_lossy(bytes.get(..end).unwrap_or_default()).into_owned()
        };
        let hash = descriptor.get(144..176).unwrap_or_default();
        Some(Self {
            version: text(16..48),
            project: text(48..80),
            idf: text(112..144),
            elf_sha256: hash.iter().map(|byte| format!("{byte:02x}")).collect(),
        })
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::{AppDescriptor, Build};

    /// As ESP-IDF 5 writes it for a project `camera`.
    const LIST: &str = r#"{
        "write_flash_args" : [ "--flash_mode", "dio", "--flash_size", "4MB", "--flash_freq", "80m" ],
        "flash_settings" : { "flash_mode": "dio", "flash_size": "4MB", "flash_freq": "80m" },
        "flash_files" : {
            "0x0" : "bootloader/bootloader.bin",
            "0x10000" : "camera.bin",
            "0x8000" : "partition_table/partition-table.bin"
        },
        "bootloader" : { "offset" : "0x0", "file" : "bootloader/bootloader.bin", "encrypted" : "false" },
        "app" : { "offset" : "0x10000", "file" : "camera.bin", "encrypted" : "false" },
        "extra_esptool_args" : { "after": "hard_reset", "before": "default_reset", "stub": true, "chip": "esp32s3" }
    }"#;

    fn app() -> Vec<u8> {
        let mut image = vec![0; 512];
        image[0] = 0xe9;
        image[32..36].copy_from_slice(&0xabcd_5432_u32.to_le_bytes());
        image[48..54].copy_from_slice(b"v1.2-3");
        image[80..86].copy_from_slice(b"camera");
        image[144..150].copy_from_slice(b"v5.4.1");
        image[176..208].fill(0xab);
        image
    }

    fn built(list: &str) -> tempfile::TempDir {
        let folder = tempfile::tempdir().expect("a folder");
        let put = |name: &str, bytes: &[u8]| {
            let path = folder.path().join(name);
            std::fs::create_dir_all(path.parent().expect("a parent")).expect("a folder");
            std::fs::write(path, bytes).expect("written");
        };
        put("bootloader/bootloader.bin", &[0xe9; 64]);
        put("partition_table/partition-table.bin", &[0xaa; 64]);
        put("camera.bin", &app());
        put("flasher_args.json", list.as_bytes());
        folder
    }

    fn read(folder: &Path) -> Result<Build, String> {
        Build::read(&folder.join("flasher_args.json")).map_err(|error| error.to_string())
    }

    fn refused(list: &str, says: &[&str]) {
        let folder = built(list);
        let why = read(folder.path()).expect_err("refused");
        for word in says.iter().chain(&["flasher_args.json"]) {
            assert!(why.contains(word), "{word} is not in: {why}");
        }
    }

    #[test]
    fn files_are_found_beside_the_list_and_the_app_says_who_it_is() {
        let folder = built(LIST);
        let build = read(folder.path()).expect("a build");
        assert_eq!(build.chip, "esp32s3");
        let places: Vec<u32> = build.parts.iter().map(|part| part.address).collect();
        assert_eq!(places, [0, 0x8000, 0x10000]);
        assert_eq!(build.parts[2].bytes, app());
        let wanted = AppDescriptor {
            project: "camera".into(),
            version: "v1.2-3".into(),
            idf: "v5.4.1".into(),
            elf_sha256: "ab".repeat(32),
        };
        assert_eq!(build.app, Some(wanted));
    }

    #[test]
    fn what_cannot_be_flashed_is_said_with_what_to_do() {
        let nowhere = Build::read(Path::new("/nowhere/flasher_args.json")).expect_err("refused");
        assert!(nowhere.to_string().contains("idf.py build"), "{nowhere}");
        refused("{", &["not ESP-IDF's"]);
        refused(&LIST.replace("extra_esptool_args", "extra"), &["extra_esptool_args"]);
        refused(&LIST.replace("camera.bin", "lost.bin"), &["lost.bin", "idf.py build"]);
        refused(&LIST.replace("\"0x8000\"", "\"somewhere\""), &["`somewhere`", "0x10000"]);
        refused(&LIST.replace("\"0x8000\"", "\"0xfffffff0\""), &["0xfffffff0"]);
        let encrypted = LIST.replace(
            r#""file" : "camera.bin", "encrypted" : "false""#,
            r#""file" : "camera.bin", "encrypted" : "true""#,
        );
        refused(&encrypted, &["app is to be flashed encrypted"]);
        refused(&LIST.replace("4MB", "64KB"), &["camera.bin ends at 0x10200", "64KB"]);
        refused(r#"{"flash_files": {}, "extra_esptool_args": {"chip": "esp32"}}"#, &["is empty"]);
    }

    #[test]
    fn other_images_have_no_descriptor() {
        let image = app();
        for length in 0..208 {
            assert_eq!(AppDescriptor::of(&image[..length]), None);
        }
        assert_eq!(AppDescriptor::of(&[0xe9; 512]), None);
    }
}
