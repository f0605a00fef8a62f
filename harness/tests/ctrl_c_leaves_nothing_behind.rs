//! Ctrl-C stops every device and what it started, writes what was recorded, and exits 130.
#![cfg(unix)]

#[path = "support/image.rs"]
mod image;

use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process, test_kill_process};

/// A device that is connected to nothing keeps this run waiting.
const CLAIM: &str = "\
title: The device connects
steps:
  - wait: { for: ws.open, by: device, within: 10m }
";
/// How often to look, and how many times: the slowest machine does all of this in less than 60 s.
const LOOK: Duration = Duration::from_millis(20);
const LOOKS: u32 = 3_000;

/// A run of a device that has started a process of its own, and told both ids in `dir`.
fn running(dir: &Path, on_start: &str) -> (Child, Vec<Pid>) {
    std::fs::create_dir(dir.join("scenarios")).expect("a directory");
    std::fs::write(dir.join("scenarios/claim.yaml"), CLAIM).expect("a file");
    let pids = dir.join("pids");
    // Written under another name first, so that it is read whole or not at all.
    let tell = format!(
        "{on_start} sleep 1000 & echo $$ $! > '{0}.part'; mv '{0}.part' '{0}'",
        pids.display()
    );
    let image = image::obedient(dir, &tell);
    let child = Command::new(env!("CARGO_BIN_EXE_scenario"))
        .args(["run", "claim", "--board", "host", "--out", "out", "--image"])
        .arg(image)
        .current_dir(dir)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()
        .expect("the binary of this package");
    until("the device starts", || pids.exists());
    let text = std::fs::read_to_string(&pids).expect("a file");
    let pid = |word: &str| Pid::from_raw(word.parse().expect("a number")).expect("not 0");
    (child, text.split_whitespace().map(pid).collect())
}

fn until(what: &str, mut done: impl FnMut() -> bool) {
    for _ in 0..LOOKS {
        if done() {
            return;
        }
        std::thread::sleep(LOOK);
    }
    panic!("{what}: not in {:?}", LOOK * LOOKS);
}

/// Gone, or dead and not yet reaped by whoever inherited it.
fn is_gone(pid: Pid) -> bool {
    let stat = std::fs::read_to_string(format!("/proc/{}/stat", pid.as_raw_nonzero()));
    let zombie = stat.is_ok_and(|stat| stat.contains(") Z "));
    zombie || test_kill_process(pid).is_err()
}

fn interrupt(child: &Child) {
    let pid = Pid::from_child(child);
    kill_process(pid, Signal::INT).expect("it runs");
}

#[test]
fn the_first_ends_every_process_and_keeps_the_record() {
    let dir = tempfile::tempdir().expect("a directory");
    let (child, pids) = running(dir.path(), "");
    assert_eq!(pids.len(), 2, "the device and what it started");
    interrupt(&child);
    let output = child.wait_with_output().expect("our child");
    let out = String::from_utf8_lossy(&output.stdout);
    assert_eq!(output.status.code(), Some(130), "{out}");
    assert!(out.contains("interrupted"), "{out}");
    for pid in pids {
        until("every process ends", || is_gone(pid));
    }
    let run = dir.path().join("out/claim/host/default/1");
    let history = std::fs::read_to_string(run.join("history.jsonl")).expect("a history");
    assert!(history.lines().count() > 10, "{history}");
    assert!(dir.path().join("out/run.json").exists(), "the manifest is written too");
}

#[test]
fn the_second_ends_at_once_also_a_device_that_ignores_the_first() {
    let dir = tempfile::tempdir().expect("a directory");
    let (mut child, pids) = running(dir.path(), "trap '' HUP INT TERM;");
    interrupt(&child);
    interrupt(&child);
    until("the command ends", || child.try_wait().expect("our child").is_some());
    assert_eq!(child.wait().expect("our child").code(), Some(130));
    for pid in pids {
        until("every process ends", || is_gone(pid));
    }
}

#[test]
fn another_client_and_what_it_started_end_too() {
    let dir = tempfile::tempdir().expect("a directory");
    std::fs::create_dir(dir.path().join("scenarios")).expect("a directory");
    std::fs::write(dir.path().join("scenarios/claim.yaml"), CLAIM).expect("a file");
    // Asked to leave, the client says so; what it started ignores that, and is killed.
    let client = "exec:trap 'touch asked; exit' TERM; (trap '' TERM; exec sleep 1000) & \
                  echo $$ $! > part; mv part pids; wait";
    let child = Command::new(env!("CARGO_BIN_EXE_scenario"))
        .args(["run", "claim", "--board", client, "--out", "out"])
        .current_dir(dir.path())
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()
        .expect("the binary of this package");
    let told = dir.path().join("pids");
    until("the client starts", || told.exists());
    let text = std::fs::read_to_string(&told).expect("a file");
    interrupt(&child);
    let output = child.wait_with_output().expect("our child");
    assert_eq!(output.status.code(), Some(130));
    assert!(dir.path().join("asked").exists(), "it was asked before it was killed");
    for word in text.split_whitespace() {
        let pid = Pid::from_raw(word.parse().expect("a number")).expect("not 0");
        until("every process ends", || is_gone(pid));
    }
}

#[test]
fn a_killed_harness_leaves_no_device_either() {
    let dir = tempfile::tempdir().expect("a directory");
    let (mut child, pids) = running(dir.path(), "");
    child.kill().expect("our child");
    child.wait().expect("our child");
    // What the device itself started is its own business here; the device ends with its stdin.
    let device = pids.first().copied().expect("the device");
    until("the device ends", || is_gone(device));
    if let Some(left) = pids.get(1) {
        // Of this test alone: the script's `sleep`.
        let _ = kill_process(*left, Signal::KILL);
    }
}
