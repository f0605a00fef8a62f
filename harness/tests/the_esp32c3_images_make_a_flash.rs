//! Each ESP32-C3 image makes a flash without any board: bootloader, partition table and application at their places, and
//! the image's hash in the application's descriptor, from where the firmware says it in its `hello`.
//!
//! Not part of `cargo test`, because the images take minutes to build: the stage `esp32c3` of ci/run.sh runs it, after
//! ci/esp32c3.sh has built them.
#![cfg(feature = "boards")]

mod support;

use std::path::{Path, PathBuf};

use sha2::{Digest as _, Sha256};
use support::scenario;

const FLASH: usize = 4 << 20;
const PARTITIONS: usize = 0x8000;
const APP: usize = 0x1_0000;
/// First byte of an ESP image.
const IMAGE: u8 = 0xe9;
/// The descriptor's magic word, and from there the ELF's hash (`esp_app_desc_t` of ESP-IDF).
const DESCRIPTOR: [u8; 4] = [0x32, 0x54, 0xcd, 0xab];
const HASH: usize = 144;

fn image(name: &str) -> PathBuf {
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).parent().expect("the target directory");
    target.join("bare-metal/riscv32imc-unknown-none-elf/release").join(name)
}

#[test]
fn bootloader_partitions_and_application_stand_in_place() {
    for name in ["kvs-port-esp32c3-wifi", "kvs-port-esp32c3-wifi-test", "kvs-port-esp32c3-qemu"] {
        let elf = image(name);
        let dir = tempfile::tempdir().expect("a directory");
        let words = ["flash", "--image", elf.to_str().expect("UTF-8"), "--chip", "esp32c3"];
        let said = scenario(dir.path(), &[&words[..], &["--save", "flash.bin"]].concat());
        assert_eq!(said.code, Some(0), "{name}: {}{}", said.out, said.err);

        let flash = std::fs::read(dir.path().join("flash.bin")).expect("a file");
        assert_eq!(flash.len(), FLASH, "{name}");
        assert_eq!((flash[0], flash[APP]), (IMAGE, IMAGE), "{name}");
        assert_eq!(flash[PARTITIONS..PARTITIONS + 2], [0xaa, 0x50], "{name}");
        let descriptor = flash[APP..].windows(4).position(|word| word == DESCRIPTOR);
        let hash = APP + descriptor.expect("a descriptor") + HASH;
        let wanted = Sha256::digest(std::fs::read(&elf).expect("a file"));
        assert_eq!(flash[hash..hash + 32], wanted[..], "{name}");
        let used = flash.iter().rposition(|&byte| byte != 0xff).expect("an application") + 1 - APP;
        println!("{name}: {used} bytes from {APP:#x} on");
    }
}
