//! `kvs-port-host` as the program behind a pty board.
#![allow(dead_code, reason = "each test file uses some of it")]

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use harness::board::cargo;

/// Its program, built as this test is.
pub fn program() -> PathBuf {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let built = cargo()
        .args(["build", "--quiet", "--locked", "-p", "kvs-port-host", "--bin", "kvs-port-host"])
        .current_dir(&root)
        .status()
        .expect("cargo runs");
    assert!(built.success(), "kvs-port-host builds");
    let test = std::env::current_exe().expect("this test");
    let profile =
        test.parent().and_then(Path::parent).expect("deps stands in the profile's folder");
    profile.join("kvs-port-host")
}

/// One that runs, until this is dropped.
pub struct HostPort {
    child: Child,
    stdin: ChildStdin,
}

impl HostPort {
    /// Starts it; its console comes beside it.
    pub fn start(program: &Path) -> (Self, ChildStdout) {
        let mut command = Command::new(program);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut child = command.spawn().expect("the host port");
        let stdout = child.stdout.take().expect("piped");
        let stdin = child.stdin.take().expect("piped");
        (Self { child, stdin }, stdout)
    }

    /// Writes to its console.
    pub fn tell(&mut self, bytes: &[u8]) {
        // It may have ended by itself.
        let _ = self.stdin.write_all(bytes);
    }
}

impl Drop for HostPort {
    fn drop(&mut self) {
        self.child.kill().expect("ours");
        self.child.wait().expect("ours");
    }
}
