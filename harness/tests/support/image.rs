//! Images that are shell scripts: devices that misbehave as no firmware should.
#![allow(dead_code, reason = "each test file uses some of it")]

use std::fmt::Write as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use kvs_trace::{Event, LineBuf};

/// Commands that a run gives before and with `start`, and some.
const ACKS: u32 = 200;

/// A console line as a device writes it.
pub fn line(seq: u32, event: &Event<'_>) -> String {
    event.write(seq, 0, &mut LineBuf::new()).to_owned()
}

/// The first line of a device.
pub fn hello() -> String {
    line(
        0,
        &Event::Hello { proto: 1, image: "unknown", board: "host", reset: "power", mac: "none" },
    )
}

/// An executable script in `dir`.
pub fn script(dir: &Path, body: &str) -> PathBuf {
    let path = dir.join("image.sh");
    std::fs::write(&path, format!("#!/bin/sh\n{body}\n")).expect("a file");
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).expect("its owner");
    path
}

/// A script that says hello, acknowledges every command, and does `on_start` after `start`.
pub fn obedient(dir: &Path, on_start: &str) -> PathBuf {
    let mut acks = String::new();
    for id in 1..=ACKS {
        writeln!(acks, "{}", line(id, &Event::Ack { id })).expect("memory");
    }
    let acks_file = dir.join("acks");
    std::fs::write(&acks_file, acks).expect("a file");
    let body = format!(
        "echo '{}'\nwhile read -r mark id command rest; do\n  sed -n \"${{id}}p\" '{}'\n  \
         case \"$command\" in start) {on_start} ;; esac\ndone",
        hello(),
        acks_file.display(),
    );
    script(dir, &body)
}
