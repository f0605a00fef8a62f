//! The real binary, in a directory of its own.
#![allow(dead_code, reason = "each test file uses some of it")]

use std::path::Path;
use std::process::{Command, Stdio};

/// A scenario whose demand no client meets in one variant of two.
pub const IMPOSSIBLE: &str = "\
title: Back within a blink
vary: { within: [10ms, 7s] }
steps:
  - wait: { for: ws.open, by: device, within: 20s }
  - inject: { fault: reset, as: cut }
  - wait: { for: ws.open, by: device, since: cut, within: \"{within}\" }
";

/// What the binary said.
pub struct Said {
    pub code: Option<i32>,
    pub out: String,
    pub err: String,
}

/// Runs `scenario` in a directory, without what this machine's environment would change.
pub fn scenario(dir: &Path, words: &[&str]) -> Said {
    scenario_with(dir, words, &[])
}

/// The same, with more in its environment.
pub fn scenario_with(dir: &Path, words: &[&str], environment: &[(&str, &Path)]) -> Said {
    let output = Command::new(env!("CARGO_BIN_EXE_scenario"))
        .args(words)
        .current_dir(dir)
        .env_remove("GITHUB_ACTIONS")
        .env_remove("GITHUB_STEP_SUMMARY")
        .env("NO_COLOR", "1")
        .envs(environment.iter().copied())
        .stdin(Stdio::null())
        .output()
        .expect("the binary of this package");
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("UTF-8");
    Said { code: output.status.code(), out: text(output.stdout), err: text(output.stderr) }
}
