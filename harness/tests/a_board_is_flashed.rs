//! Flashing, on a pty board of our own that behaves, and that misbehaves.
#![cfg(unix)]

#[path = "support/esp_elf.rs"]
mod esp_elf;
#[path = "support/pty_board/mod.rs"]
mod pty_board;

use std::path::PathBuf;
use std::time::Duration;

use harness::board::serial::flash::{Flashable, Flashed, Part, Progress, flash, identify};
use harness::board::serial::save::save;
use harness::board::serial::{Contents, FlashError, Identity, Mac, PortAt, Reset, Stop};
use pty_board::{Chip, Fault, Nothing, PtyBoard};
use sha2::{Digest as _, Sha256};
use tempfile::TempDir;

/// Far above what any wait takes.
const LIMIT: Duration = Duration::from_secs(60);
const MAC: [u8; 6] = [0xa0, 0x76, 0x4e, 0x12, 0x34, 0x56];

#[test]
fn a_chip_says_who_it_is_and_keeps_what_it_holds() {
    let bench = Bench::new(Chip::esp32c3(MAC));
    let found = identify(&bench.at(), Reset::None).expect("an identity");
    let flash_bytes = 4 << 20;
    assert_eq!(
        found,
        Identity { chip: "esp32c3".into(), mac: Mac(MAC), flash_bytes, secured: false }
    );
    let again = identify(&bench.at(), Reset::None).expect("the loader waits on");
    assert_eq!(again, found);
    assert_eq!(bench.board.touched(), 0);
}

#[test]
fn an_elf_is_written_read_back_and_booted_and_its_hash_is_said() {
    let bench = Bench::new(Chip::esp32c3(MAC));
    let mut told = Vec::new();
    let flashed = bench.flash_with(Some(Mac(MAC)), false, &mut |progress| told.push(progress));
    let flashed = flashed.expect("flashed");
    let sha256 = hex(&Sha256::digest(&bench.elf));
    assert_eq!(
        flashed.image.as_deref(),
        Some(&*sha256),
        "the ELF's own hash stands in its descriptor"
    );
    assert_eq!(bench.board.flash().elf_sha256(), Some(sha256), "and the board would boot that");
    assert!(flashed.restarted);
    assert_eq!(told.first(), Some(&Progress::Begins { total: flashed.bytes }));
    let last = told.iter().rev().find(|progress| matches!(progress, Progress::Written { .. }));
    assert_eq!(last, Some(&Progress::Written { bytes: flashed.bytes, total: flashed.bytes }));
    let verified = told.iter().filter(|progress| **progress == Progress::Verifying).count();
    assert_eq!(verified, 3, "bootloader, partition table, app");
}

#[test]
fn a_chip_that_stays_in_its_loader_is_flashed_all_the_same_and_says_so() {
    let bench = Bench::new(Chip::esp32c3(MAC));
    bench.board.break_down(Fault::Stays);
    let flashed = bench.flash().expect("verified");
    assert!(!flashed.restarted, "a hand must press RESET");
    assert!(bench.board.flash().app().is_ok());
}

#[test]
fn erase_leaves_nothing_of_what_was_there() {
    let bench = Bench::new(Chip::esp32c3(MAC));
    let far = Part { address: 0x30_0000, bytes: vec![0x55; 4096] };
    let parts =
        Flashable::Parts { listed_in: "parts".into(), chip: "esp32c3".into(), parts: vec![far] };
    flash(&bench.at(), Reset::None, &parts, None, false, &mut |_| {}).expect("a lone part");
    assert_eq!(bench.board.flash().bytes()[0x30_0000], 0x55);
    bench.flash().expect("flashed");
    assert_eq!(bench.board.flash().bytes()[0x30_0000], 0x55, "only what is written is erased");
    bench.flash_with(None, true, &mut |_| {}).expect("flashed");
    assert_eq!(bench.board.flash().bytes()[0x30_0000], 0xff);
}

#[test]
fn an_image_file_needs_no_board_and_holds_what_a_board_would() {
    let bench = Bench::new(Chip::esp32c3(MAC));
    let folder = tempfile::tempdir().expect("a folder");
    let (file, again) = (folder.path().join("flash.bin"), folder.path().join("again.bin"));
    let what = Flashable::elf(&bench.image);
    let saved = save(&what, "esp32c3", 4 << 20, &file).expect("saved");
    let flashed = bench.flash().expect("flashed");
    assert_eq!(saved.image, flashed.image);
    let bytes = std::fs::read(&file).expect("read");
    assert!(bytes == bench.board.flash().bytes(), "the file is the flash, byte for byte");
    save(&what, "esp32c3", 4 << 20, &again).expect("saved");
    assert!(bytes == std::fs::read(&again).expect("read"), "and the same each time");
    let error = save(&what, "esp32c6", 4 << 20, &again).expect_err("another chip");
    assert!(error.to_string().contains("it is for esp32c3"), "{error}");
    let error = save(&what, "esp32c3", 3 << 20, &again).expect_err("no such flash");
    assert!(matches!(error, FlashError::BadImage { .. }), "{error}");
    assert_eq!(
        std::fs::read_dir(folder.path()).expect("listed").count(),
        2,
        "nothing half-written"
    );
}

#[test]
fn nothing_is_written_to_the_wrong_board() {
    let other = Mac([0xa0, 0x76, 0x4e, 0, 0, 1]);
    let bench = Bench::new(Chip::esp32c3(MAC));
    let error = bench.flash_with(Some(other), false, &mut |_| {}).expect_err("refused");
    assert!(
        matches!(error, FlashError::WrongMac { wanted, found, .. } if wanted == other && found == Mac(MAC))
    );
    untouched(&bench, &error);

    let bench = Bench::new(Chip::esp32c6(MAC));
    let error = bench.flash().expect_err("refused");
    assert!(
        matches!(&error, FlashError::WrongChip { wanted, found, .. } if wanted == "esp32c3" && found == "esp32c6")
    );
    untouched(&bench, &error);
}

#[test]
fn nothing_is_written_to_a_secured_board() {
    let plain = Chip::esp32c3(MAC);
    let secured = [
        ("secure boot", Chip { security_flags: 1, ..plain.clone() }),
        ("secure download", Chip { security_flags: 1 << 2, ..plain.clone() }),
        ("encryption", Chip { crypt_count: 0b111, ..plain.clone() }),
    ];
    for (what, chip) in secured {
        let bench = Bench::new(chip);
        let error = bench.flash().expect_err(what);
        assert!(
            matches!(&error, FlashError::Secured { why, .. } if why.contains(what)),
            "{what}: {error}"
        );
        untouched(&bench, &error);
    }
    // An even number of burnt fuses: it was turned off again.
    Bench::new(Chip { crypt_count: 0b11, ..plain }).flash().expect("flashed");
}

#[test]
fn a_chip_that_never_answers_is_said_to() {
    let bench = Bench::new(Chip::esp32c3(MAC));
    bench.board.break_down(Fault::Mute);
    let error = bench.flash().expect_err("no answer");
    assert!(matches!(error, FlashError::NoAnswer { .. }), "{error}");
    assert!(error.to_string().contains("hold BOOT"), "{error}");
    untouched(&bench, &error);
}

#[test]
fn lost_bytes_leave_a_half_flashed_board_that_the_next_flash_puts_right() {
    half_flashed(Fault::DropsEvery(5_000), |why| assert_ne!(why, "", "{why}"));
}

#[test]
fn a_board_that_resets_half_way_and_then_prints_for_ever_is_given_up() {
    let bench = Bench::new(Chip::esp32c3(MAC));
    bench.board.break_down(Fault::ResetsAt(30_000));
    let error = bench.flash().expect_err("broken off");
    let FlashError::Interrupted { written, ref why, .. } = error else { panic!("{error}") };
    assert!(written > 0, "{error}");
    assert_eq!(*why, Stop::Stalled);
    assert_eq!(error.contents(), Contents::HalfFlashed);
    assert!(bench.board.flash().app().is_err(), "half an app does not boot");
    // Once the line is silent its port is free again, and the next flash puts it right.
    bench.board.silence();
    pty_board::wait_for("a flash", LIMIT, || match bench.flash() {
        Ok(_) => true,
        Err(FlashError::Busy { .. }) => false,
        Err(error) => panic!("{error}"),
    });
    assert!(bench.board.flash().app().is_ok());
}

#[test]
fn a_worn_flash_is_found_out_by_the_chip_s_own_md5() {
    let bench = Bench::new(Chip::esp32c3(MAC));
    bench.board.break_down(Fault::WornAt(0x1_2345));
    let error = bench.flash().expect_err("verify failed");
    assert!(matches!(error, FlashError::VerifyFailed { at: 0x1_0000, .. }), "{error}");
    assert_eq!(error.contents(), Contents::HalfFlashed);
    assert!(bench.board.flash().app().is_err(), "and it does not boot");
    bench.board.mend();
    bench.flash().expect("a new flash chip");
}

#[test]
fn an_unplugged_board_is_gone_and_half_flashed() {
    let bench = Bench::new(Chip::esp32c3(MAC));
    bench.board.break_down(Fault::UnplugsAt(30_000));
    let error = bench.flash().expect_err("unplugged");
    assert_eq!(error.contents(), Contents::HalfFlashed, "{error}");
    assert!(error.to_string().contains("the port is gone"), "{error}");
    let error = bench.flash().expect_err("still unplugged");
    assert!(matches!(error, FlashError::NoPort { .. }), "{error}");
}

#[test]
fn what_cannot_be_flashed_is_refused_before_any_port_is_opened() {
    let nowhere = PortAt { path: "/dev/no-such-port".into(), baud: 115_200 };
    let folder = tempfile::tempdir().expect("a folder");
    let file = |name: &str, bytes: &[u8]| {
        let path = folder.path().join(name);
        std::fs::write(&path, bytes).expect("written");
        Flashable::elf(&path)
    };
    let part = |address, size| Part { address, bytes: vec![0; size] };
    let parts = |parts: &[Part]| Flashable::Parts {
        listed_in: "flasher_args.json".into(),
        chip: "esp32c3".into(),
        parts: parts.to_vec(),
    };
    let own_program = std::fs::read(std::env::current_exe().expect("this test")).expect("read");
    let cases: [(&str, Flashable); 8] = [
        ("No such file", Flashable::elf(&folder.path().join("nothing"))),
        ("not an ELF", file("script", b"#!/bin/sh")),
        ("not an ELF", file("host", &own_program)),
        ("esp_app_desc!", file("plain", &esp_elf::without_descriptor(1))),
        ("damaged", file("damaged", &esp_elf::without_magic(1))),
        ("nothing to write", parts(&[])),
        ("does not begin at a sector", parts(&[part(0x1100, 8)])),
        ("overlap", parts(&[part(0x2000, 8), part(0x1000, 0x1001)])),
    ];
    for (why, what) in cases {
        let error = flash(&nowhere, Reset::None, &what, None, false, &mut |_| {}).expect_err(why);
        assert!(matches!(&error, FlashError::BadImage { .. }), "{why}: {error}");
        assert!(error.to_string().contains(why), "{why}: {error}");
    }
    let error = identify(&nowhere, Reset::None).expect_err("no port");
    assert!(matches!(error, FlashError::NoPort { .. }), "{error}");
}

#[test]
fn a_port_that_somebody_holds_is_busy() {
    let bench = Bench::new(Chip::esp32c3(MAC));
    let _held = harness::board::serial::port::open_console(&bench.at()).expect("a console");
    let error = bench.flash().expect_err("busy");
    assert!(matches!(error, FlashError::Busy { .. }), "{error}");
}

/// Breaks a flash with `fault`: the board must not be trusted until the next flash, which must work.
fn half_flashed(fault: Fault, judge: impl FnOnce(&str)) {
    let bench = Bench::new(Chip::esp32c3(MAC));
    bench.board.break_down(fault);
    let error = bench.flash().expect_err("broken off");
    let FlashError::Interrupted { written, total, ref why, .. } = error else { panic!("{error}") };
    assert!(written < total && total > 80_000, "{error}");
    assert_eq!(error.contents(), Contents::HalfFlashed);
    judge(&why.to_string());
    assert!(bench.board.flash().app().is_err(), "half an app does not boot");
    bench.board.mend();
    bench.flash().expect("the next one");
    assert!(bench.board.flash().app().is_ok());
}

fn untouched(bench: &Bench, error: &FlashError) {
    assert_eq!(error.contents(), Contents::AsBefore, "{error}");
    assert_eq!(bench.board.touched(), 0, "{error}");
}

/// A board, and an image on disk.
struct Bench {
    board: PtyBoard,
    elf: Vec<u8>,
    image: PathBuf,
    _folder: TempDir,
}

impl Bench {
    fn new(chip: Chip) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let (elf, image) = (esp_elf::esp32c3(7), folder.path().join("app.elf"));
        std::fs::write(&image, &elf).expect("written");
        Self { board: PtyBoard::start(chip, Box::new(Nothing)), elf, image, _folder: folder }
    }

    fn at(&self) -> PortAt {
        PortAt { path: self.board.path().to_owned(), baud: 115_200 }
    }

    fn flash(&self) -> Result<Flashed, FlashError> {
        self.flash_with(None, false, &mut |_| {})
    }

    fn flash_with(
        &self,
        expect: Option<Mac>,
        erase: bool,
        progress: &mut dyn FnMut(Progress),
    ) -> Result<Flashed, FlashError> {
        flash(&self.at(), Reset::None, &Flashable::elf(&self.image), expect, erase, progress)
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
