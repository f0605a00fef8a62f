//! Panic, trap, stack overflow and a hang of the real image on `--board qemu`: each is named, and the board survives it.
//!
//! Not part of `cargo test`, because the image takes minutes to build: the stage `qemu` of ci/run.sh runs it, after
//! ci/qemu.sh has built the image.
#![cfg(unix)]

mod support;

use std::path::{Path, PathBuf};

use harness::verdict::{Results, RunResult, Verdict};
use support::scenario;

fn image() -> PathBuf {
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).parent().expect("the target directory");
    target.join("bare-metal/riscv32imc-unknown-none-elf/release/kvs-port-qemu-virt")
}

/// A run in which the device dies that way, once it is connected.
fn run(how: &str) -> (Option<i32>, RunResult) {
    let dir = tempfile::tempdir().expect("a directory");
    std::fs::create_dir(dir.path().join("scenarios")).expect("a directory");
    let claim = format!(
        "title: The device dies\nliveness: off\nsteps:\n  \
         - wait: {{ for: connected, by: device, within: 20s }}\n  \
         - command: {{ name: crash, with: {{ how: {how} }} }}\n  \
         - settle: 15s\n"
    );
    std::fs::write(dir.path().join("scenarios/claim.yaml"), claim).expect("a file");
    let image = image();
    let image = image.to_str().expect("UTF-8");
    let words =
        ["run", "claim", "--board", "qemu", "--image", image, "--format", "json", "--out", "out"];
    let said = scenario(dir.path(), &words);
    let results =
        Results::read(&said.out).unwrap_or_else(|e| panic!("{e}\n{}{}", said.out, said.err));
    let run = results.runs.into_iter().next().expect("one run");
    (said.code, run)
}

#[test]
fn each_death_has_its_last_words() {
    for (how, words) in [
        ("panic", "panicked at"),
        ("trap", "trap 5 at pc"),
        ("stack", "stack overflow at pc"),
        ("hang", "watchdog: no task ran for 8 s"),
    ] {
        let (code, run) = run(how);
        assert_eq!((code, run.verdict), (Some(1), Verdict::Fail), "{how}: {:?}", run.reason);
        let reason = run.reason.expect("a reason");
        assert!(reason.contains(words), "{how}: {reason}");
    }
}
