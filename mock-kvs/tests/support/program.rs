//! The binary as a child, with its ready file.

use std::io::Read as _;
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::Duration;

use serde_json::Value;

/// Longer than anything here takes on a busy machine.
const LONG: Duration = Duration::from_secs(30);
const STEP: Duration = Duration::from_millis(5);

/// A mock in a process of its own, in a folder of its own.
pub struct Program {
    child: Child,
    pub ready: Value,
}

impl Program {
    /// Starts it with more arguments, and waits until it serves.
    pub fn start(dir: &Path, more: &[&str]) -> Self {
        let file = dir.join("ready.json");
        let child = command(dir, more).spawn().expect("started");
        let mut program = Self { child, ready: Value::Null };
        program.ready = until("the ready file", || {
            let ended = program.child.try_wait().expect("a status");
            if ended.is_some() {
                panic!("it ended early: {}", program.errors());
            }
            let text = std::fs::read_to_string(&file).ok()?;
            Some(serde_json::from_str(&text).expect("never half a file"))
        });
        program
    }

    /// Starts it, and waits for nothing.
    pub fn start_unready(dir: &Path, more: &[&str]) -> Self {
        Self { child: command(dir, more).spawn().expect("started"), ready: Value::Null }
    }

    pub fn text(&self, key: &str) -> &str {
        self.ready[key].as_str().unwrap_or_else(|| panic!("no {key} in {}", self.ready))
    }

    /// The address of the admin API.
    pub fn admin(&self) -> std::net::SocketAddr {
        let address = self.text("admin").trim_start_matches("http://");
        address.parse().expect("an address")
    }

    pub fn signal(&self, signal: rustix::process::Signal) {
        let pid = rustix::process::Pid::from_child(&self.child);
        rustix::process::kill_process(pid, signal).expect("signalled");
    }

    /// Waits for its end; what it logged.
    pub fn ended(mut self) -> (ExitStatus, String) {
        let status = until("its end", || self.child.try_wait().expect("a status"));
        (status, self.errors())
    }

    /// Ends it in order.
    pub fn stop(self) -> String {
        self.signal(rustix::process::Signal::TERM);
        let (status, errors) = self.ended();
        assert!(status.success(), "{errors}");
        errors
    }

    fn errors(&mut self) -> String {
        let mut errors = String::new();
        self.child.stderr.take().expect("piped").read_to_string(&mut errors).expect("text");
        errors
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Starts it and waits for the refusal: what it says.
pub fn refusal(dir: &Path, more: &[&str]) -> String {
    let output = command(dir, more).output().expect("ran");
    assert!(!output.status.success());
    String::from_utf8(output.stderr).expect("text")
}

/// Waits for a condition.
pub fn until<T>(what: &str, mut holds: impl FnMut() -> Option<T>) -> T {
    for _ in 0..LONG.as_millis() / STEP.as_millis() {
        if let Some(found) = holds() {
            return found;
        }
        std::thread::sleep(STEP);
    }
    panic!("no {what} within {LONG:?}")
}

fn command(dir: &Path, more: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_mock-kvs"));
    command.current_dir(dir).env_remove("RUST_LOG");
    for (option, value) in
        [("--listen", "127.0.0.1:0"), ("--admin", "127.0.0.1:0"), ("--ready-file", "ready.json")]
    {
        if !more.contains(&option) && !more.contains(&"--config") {
            command.args([option, value]);
        }
    }
    command.args(more).stdout(Stdio::null()).stderr(Stdio::piped());
    command
}
