//! `--board qemu`: a guest that hangs or dies is told apart from a device that fails, and none outlives its run.
//!
//! The guests here are a few words of machine code; the real image runs in the `qemu` stage of ci/run.sh.
#![cfg(unix)]

mod support;

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use harness::verdict::{Results, RunResult, Verdict};
use rustix::process::{Pid, Signal, kill_process, test_kill_process};
use support::scenario;

const CLAIM: &str = "\
title: The device connects
liveness: off
steps:
  - wait: { for: ws.open, by: device, within: 1s }
";
/// `j .`
const SPIN: [u32; 1] = [0x0000_006f];
/// Writes `7 << 16 | 0x3333` to QEMU's test device at 0x100000: exit status 7.
const EXIT_7: [u32; 5] = [0x0010_02b7, 0x0007_3337, 0x3333_0313, 0x0062_a023, 0x0000_006f];

#[expect(clippy::print_stderr, reason = "a test that is skipped says so, loudly")]
fn emulator() -> bool {
    let found = Command::new("qemu-system-riscv32").arg("--version").output().is_ok();
    if !found {
        eprintln!("SKIPPED: qemu-system-riscv32 is not on PATH (ci/qemu.sh installs it)");
    }
    found
}

fn claim(dir: &Path, code: &[u32]) -> String {
    std::fs::create_dir(dir.join("scenarios")).expect("a directory");
    std::fs::write(dir.join("scenarios/claim.yaml"), CLAIM).expect("a file");
    let image = dir.join("image.bin");
    let bytes: Vec<u8> = code.iter().flat_map(|word| word.to_le_bytes()).collect();
    std::fs::write(&image, bytes).expect("a file");
    image.to_str().expect("UTF-8").to_owned()
}

fn run(code: &[u32]) -> (Option<i32>, RunResult) {
    let dir = tempfile::tempdir().expect("a directory");
    let image = claim(dir.path(), code);
    let words = ["run", "claim", "--board", "qemu", "--image", &image, "--format", "json"];
    let said = scenario(dir.path(), &words);
    let results = Results::read(&said.out).unwrap_or_else(|e| panic!("{e}\n{}", said.err));
    (said.code, results.runs.into_iter().next().expect("one run"))
}

#[test]
fn a_guest_that_hangs_is_infra() {
    if !emulator() {
        return;
    }
    let (code, run) = run(&SPIN);
    assert_eq!((code, run.verdict), (Some(3), Verdict::Infra));
    let reason = run.reason.expect("a reason");
    assert!(reason.contains("said no hello"), "{reason}");
}

#[test]
fn a_guest_that_ends_is_infra_with_its_exit_code() {
    if !emulator() {
        return;
    }
    let (code, run) = run(&EXIT_7);
    assert_eq!((code, run.verdict), (Some(3), Verdict::Infra));
    let reason = run.reason.expect("a reason");
    assert!(reason.contains("before it said hello: exit status: 7"), "{reason}");
}

#[test]
fn an_image_that_is_not_there_is_infra() {
    if !emulator() {
        return;
    }
    let dir = tempfile::tempdir().expect("a directory");
    claim(dir.path(), &SPIN);
    let words = ["run", "claim", "--board", "qemu", "--image", "no-such-image"];
    let said = scenario(dir.path(), &words);
    assert_eq!(said.code, Some(3), "{}", said.out);
    assert!(said.out.contains("no-such-image"), "{}", said.out);
}

/// The emulators that `parent` started, read from `/proc`.
fn emulators_of(parent: u32) -> Vec<Pid> {
    let all = std::fs::read_dir("/proc").expect("Linux").flatten();
    let child = |entry: std::fs::DirEntry| {
        let id: i32 = entry.file_name().to_str()?.parse().ok()?;
        let stat = std::fs::read_to_string(entry.path().join("stat")).ok()?;
        let (_, rest) = stat.rsplit_once(") ")?;
        let its_parent: u32 = rest.split(' ').nth(1)?.parse().ok()?;
        // Not the one that is only asked for its version.
        let words = std::fs::read_to_string(entry.path().join("cmdline")).ok()?;
        (its_parent == parent && words.contains("-kernel")).then_some(Pid::from_raw(id)?)
    };
    all.filter_map(child).collect()
}

#[test]
#[cfg(target_os = "linux")]
fn no_emulator_outlives_ctrl_c() {
    if !emulator() {
        return;
    }
    let dir = tempfile::tempdir().expect("a directory");
    let image = claim(dir.path(), &SPIN);
    let mut child = Command::new(env!("CARGO_BIN_EXE_scenario"))
        .args(["run", "claim", "--board", "qemu", "--out", "out", "--image", &image])
        .current_dir(dir.path())
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .spawn()
        .expect("the binary of this package");
    let started = until(|| Some(emulators_of(child.id())).filter(|all| !all.is_empty()));
    kill_process(Pid::from_child(&child), Signal::INT).expect("it runs");
    assert_eq!(child.wait().expect("our child").code(), Some(130));
    for pid in started {
        until(|| is_gone(pid).then_some(()));
    }
}

/// Gone, or dead and not yet reaped by whoever inherited it.
fn is_gone(pid: Pid) -> bool {
    let stat = std::fs::read_to_string(format!("/proc/{}/stat", pid.as_raw_nonzero()));
    stat.is_ok_and(|stat| stat.contains(") Z ")) || test_kill_process(pid).is_err()
}

fn until<T>(mut done: impl FnMut() -> Option<T>) -> T {
    for _ in 0..1_000 {
        if let Some(found) = done() {
            return found;
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    panic!("not in 10 s");
}
