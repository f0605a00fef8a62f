//! `--board qemu-esp32c3`: skipped with the reason where Espressif's QEMU is absent. With a stand-in for
//! it, the harness boots a flash, provisions and judges what is in it.
#![cfg(unix)]

#[path = "support/image.rs"]
mod image;
mod support;

use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use harness::verdict::{Results, RunResult, Verdict};
use support::scenario_with;

const CLAIM: &str = "\
title: The device connects
liveness: off
steps:
  - wait: { for: ws.open, by: device, within: 200ms }
";

/// What the harness needs of the emulator: it names its machines, boots the flash that it is given, and
/// its console is a socket. The device in it is a script.
const STAND_IN: &str = r#"#!/usr/bin/env python3
import os, socket, sys
if sys.argv[1:] == ["-M", "help"]:
    print("none                 empty machine\nesp32c3              Espressif ESP32C3 machine")
    sys.exit()
words = dict(zip(sys.argv[1:], sys.argv[2:]))
options = lambda text: dict(word.split("=", 1) for word in text.split(",") if "=" in word)
assert words["-M"] == "esp32c3" and "model=open_eth" in words["-nic"], words
flash = options(words["-drive"])["file"]
assert open(flash, "rb").read() == open(os.environ["FLASH"], "rb").read()
chardev = next(options(word) for word in sys.argv if "id=uart" in word)
console = socket.socket(socket.AF_UNIX)
console.connect(chardev["path"])
os.dup2(console.fileno(), 0)
os.dup2(console.fileno(), 1)
os.execv(os.environ["DEVICE"], [os.environ["DEVICE"]])
"#;

/// Runs the claim with only `path` to look for emulators in.
fn run(dir: &Path, more: &[&str], environment: &[(&str, &Path)]) -> (Option<i32>, RunResult) {
    std::fs::create_dir_all(dir.join("scenarios")).expect("a directory");
    std::fs::write(dir.join("scenarios/claim.yaml"), CLAIM).expect("a file");
    let words = [&["run", "claim", "--board", "qemu-esp32c3", "--format", "json"], more].concat();
    let said = scenario_with(dir, &words, environment);
    let results = Results::read(&said.out).unwrap_or_else(|e| panic!("{e}\n{}", said.err));
    (said.code, results.runs.into_iter().next().expect("one run"))
}

#[test]
fn without_the_emulator_it_is_skipped_with_the_reason() {
    let dir = tempfile::tempdir().expect("a directory");
    let nothing: &[(&str, &Path)] = &[("PATH", dir.path())];
    for (more, exit) in [(&[][..], 3), (&["--allow-skip"], 0)] {
        let (code, run) = run(dir.path(), more, nothing);
        assert_eq!((code, run.verdict), (Some(exit), Verdict::Skip));
        let reason = run.reason.expect("a reason");
        assert!(reason.starts_with("no Espressif QEMU: "), "{reason}");
    }
}

/// A folder with the stand-in as the emulator, before the rest of PATH.
fn with_stand_in(dir: &Path) -> PathBuf {
    let bin = dir.join("bin");
    std::fs::create_dir(&bin).expect("a directory");
    let emulator = bin.join("qemu-system-riscv32");
    std::fs::write(&emulator, STAND_IN).expect("a file");
    std::fs::set_permissions(&emulator, std::fs::Permissions::from_mode(0o755)).expect("its mode");
    let rest = std::env::var_os("PATH").unwrap_or_default();
    let all = std::iter::once(bin).chain(std::env::split_paths(&rest));
    std::env::join_paths(all).expect("a path").into()
}

#[test]
fn a_flash_is_booted_and_its_device_judged() {
    if std::process::Command::new("python3").arg("--version").output().is_err() {
        eprintln!("SKIPPED: python3 is not on PATH");
        return;
    }
    let dir = tempfile::tempdir().expect("a directory");
    let flash = dir.path().join("flash,4M.bin");
    std::fs::write(&flash, vec![0xff; 4 << 20]).expect("a file");
    let device = image::obedient(dir.path(), "");
    let path = with_stand_in(dir.path());
    let environment: &[(&str, &Path)] = &[("PATH", &path), ("FLASH", &flash), ("DEVICE", &device)];
    let image = flash.to_str().expect("UTF-8");
    let (code, judged) = run(dir.path(), &["--image", image], environment);
    // It took every setting and `start`, and connected nowhere.
    assert_eq!((code, judged.verdict), (Some(1), Verdict::Fail), "{:?}", judged.reason);

    std::fs::write(&flash, [0xff; 100]).expect("a file");
    let (code, refused) = run(dir.path(), &["--image", image], environment);
    assert_eq!((code, refused.verdict), (Some(3), Verdict::Infra));
    let reason = refused.reason.expect("a reason");
    assert!(reason.contains("100 bytes: the emulator takes an ELF, or a flash of 2"), "{reason}");
}
