//! Flashing against a ROM loader that is not ours: PyPI's `esp32-mock-bootloader`, over its pty. It takes espflash's stub, so
//! that this is also the fast way: compressed blocks, the stub's MD5.
#![cfg(unix)]

#[path = "support/esp_elf.rs"]
mod esp_elf;

use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};

use harness::board::serial::flash::{Flashable, flash, identify};
use harness::board::serial::save::save;
use harness::board::serial::{Contents, FlashError, Mac, PortAt, Reset};
use sha2::{Digest as _, Sha256};

/// What the stand-in says of every ESP32-C3 it plays.
const MAC: Mac = Mac([0x24, 0x0a, 0xc4, 0x1f, 0x67, 0x7d]);

#[test]
fn it_is_identified_flashed_and_read_back_and_another_tool_finds_the_same() {
    let Some(loader) = Loader::start("esp32c3") else { return };
    let found = identify(&loader.at, Reset::None).expect("an identity");
    assert_eq!((found.chip.as_str(), found.mac, found.secured), ("esp32c3", MAC, false));

    let folder = tempfile::tempdir().expect("a folder");
    let (elf, image) = (esp_elf::esp32c3(9), folder.path().join("app.elf"));
    std::fs::write(&image, &elf).expect("written");
    let what = Flashable::elf(&image);
    let other = Mac([2, 0, 0, 0, 0, 1]);
    let error = flash(&loader.at, Reset::None, &what, Some(other), false, &mut |_| {});
    let error = error.expect_err("another board was wanted");
    assert!(matches!(error, FlashError::WrongMac { .. }), "{error}");
    assert_eq!(error.contents(), Contents::AsBefore);

    let flashed = flash(&loader.at, Reset::None, &what, Some(MAC), true, &mut |_| {});
    let flashed = flashed.expect("flashed");
    let sha256: String = Sha256::digest(&elf).iter().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!(flashed.image, Some(sha256));

    // Espressif's own tool reads the flash of the same stand-in.
    let file = folder.path().join("flash.bin");
    save(&what, "esp32c3", found.flash_bytes, &file).expect("saved");
    let esptool = Command::new(&loader.python)
        .args(["-m", "esptool", "--chip", "esp32c3", "--before", "no-reset", "--after", "no-reset"])
        .arg("--port")
        .arg(&loader.at.path)
        .args(["verify-flash", "0x0"])
        .arg(&file)
        .output()
        .expect("esptool");
    let said = String::from_utf8_lossy(&esptool.stdout).into_owned();
    assert!(esptool.status.success(), "{said}\n{}", String::from_utf8_lossy(&esptool.stderr));
}

#[test]
fn an_image_for_another_chip_is_refused() {
    let Some(loader) = Loader::start("esp32s3") else { return };
    let folder = tempfile::tempdir().expect("a folder");
    let image = folder.path().join("app.elf");
    std::fs::write(&image, esp_elf::esp32c3(9)).expect("written");
    let error = flash(&loader.at, Reset::None, &Flashable::elf(&image), None, false, &mut |_| {});
    let error = error.expect_err("an ESP32-S3");
    assert!(matches!(&error, FlashError::WrongChip { found, .. } if found == "esp32s3"), "{error}");
}

/// The stand-in's process.
struct Loader {
    process: Child,
    python: PathBuf,
    at: PortAt,
    /// It would end when it cannot print.
    _said: BufReader<ChildStdout>,
}

impl Loader {
    /// None, said loudly, when it is not installed.
    fn start(chip: &str) -> Option<Self> {
        let target = Path::new(env!("CARGO_TARGET_TMPDIR")).parent().expect("a target directory");
        let python = target.join("tools/python/bin/python");
        let there = Command::new(&python).args(["-c", "import esp32_mock_bootloader"]).output();
        if !there.is_ok_and(|output| output.status.success()) {
            let mut err = std::io::stderr();
            let _ = writeln!(
                err,
                "SKIPPED: esp32-mock-bootloader is not installed; run ci/packages.sh"
            );
            return None;
        }
        // It ends by itself should we be killed.
        let mut process = Command::new(&python)
            .args([
                "-m",
                "esp32_mock_bootloader.cli",
                "run",
                "--pty",
                "--timeout",
                "120",
                "--chip",
                chip,
            ])
            .stdout(Stdio::piped())
            .spawn()
            .expect("started");
        let mut first = String::new();
        let mut said = BufReader::new(process.stdout.take().expect("its output"));
        said.read_line(&mut first).expect("its first line");
        let path = first.trim().rsplit(' ').next().expect("the pty").into();
        Some(Self { process, python, at: PortAt { path, baud: 115_200 }, _said: said })
    }
}

impl Drop for Loader {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
