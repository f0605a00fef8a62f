//! A desk with serial boards on ptys, `kvs-port-host` their firmware, and a bench file that lists them.
#![allow(dead_code, reason = "each test file uses some of it")]

use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};

use harness::bench::StateDir;
use harness::board::serial::Mac;
use harness::verdict::{Results, RunResult};
use tempfile::TempDir;

use crate::esp_elf;
use crate::host_firmware::{HostFirmware, Quirks};
use crate::pty_board::{Chip, PtyBoard};
use crate::support::{Said, scenario_with};

pub const PORCH: [u8; 6] = [0xa0, 0x76, 0x4e, 0x12, 0x34, 0x56];
pub const ATTIC: [u8; 6] = [0xa0, 0x76, 0x4e, 0x12, 0x34, 0x57];

/// A board with firmware behind its port.
pub struct Attached {
    pub name: &'static str,
    pub mac: [u8; 6],
    pub board: PtyBoard,
    pub quirks: Arc<Mutex<Quirks>>,
    dev: TempDir,
}

impl Attached {
    pub fn new(name: &'static str, mac: [u8; 6], quirks: Quirks) -> Self {
        let dev = tempfile::tempdir().expect("a directory");
        let link = dev.path().join(name);
        let quirks = Arc::new(Mutex::new(Quirks { link: link.clone(), ..quirks }));
        let firmware = Box::new(HostFirmware::new(mac, &quirks));
        let board = PtyBoard::start(Chip::esp32c3(mac), firmware);
        // As udev does: a pty's own name is the next one's as soon as this one is gone.
        std::os::unix::fs::symlink(board.path(), link).expect("a link");
        Self { name, mac, board, quirks, dev }
    }

    pub fn port(&self) -> String {
        self.dev.path().join(self.name).display().to_string()
    }

    pub fn entry(&self) -> String {
        let power = self.board.power_command().iter().map(|w| format!("{w:?}")).collect::<Vec<_>>();
        format!(
            "[[board]]\nname = \"{}\"\nmac = \"{}\"\nchip = \"esp32c3\"\nport = \"{}\"\n\
             image = \"app.elf\"\ntags = [\"lab\"]\nnetwork = {{ host = \"127.0.0.1\" }}\n\
             reset = {{ method = \"none\", power = [{}] }}\n",
            self.name,
            Mac(self.mac),
            self.port(),
            power.join(", "),
        )
    }
}

/// A directory with a bench file, an image and a folder for locks.
pub struct Desk {
    pub dir: TempDir,
    pub state: StateDir,
}

impl Desk {
    pub fn new(boards: &[&Attached]) -> Self {
        let dir = tempfile::tempdir().expect("a directory");
        let state = StateDir::at(dir.path().join("state")).expect("a folder");
        std::fs::write(dir.path().join("app.elf"), esp_elf::esp32c3(7)).expect("a file");
        let entries: String = boards.iter().map(|board| board.entry()).collect();
        std::fs::write(dir.path().join("bench.toml"), format!("schema = 1\n{entries}"))
            .expect("a file");
        Self { dir, state }
    }

    pub fn scenario(&self, words: &[&str]) -> Said {
        scenario_with(self.dir.path(), words, &[("KVS_BENCH_STATE", &self.state_path())])
    }

    pub fn state_path(&self) -> PathBuf {
        self.dir.path().join("state")
    }

    /// Plays `which` on `boards`; gives the exit code, what was said, and the runs.
    pub fn run(&self, which: &[&str], boards: &[&str]) -> (Said, Vec<RunResult>) {
        let mut words = vec!["run", "--format", "json", "--out", "out"];
        words.extend(which);
        let named: Vec<String> = boards.iter().map(|board| format!("serial:{board}")).collect();
        words.extend(named.iter().flat_map(|board| ["--board", board]));
        let said = self.scenario(&words);
        let results = Results::read(&said.out).unwrap_or_else(|e| panic!("{e}\n{}", said.err));
        (said, results.runs)
    }

    /// The same in the background.
    pub fn begin(&self, which: &[&str], boards: &[&str]) -> Running {
        let mut command = Command::new(env!("CARGO_BIN_EXE_scenario"));
        command.arg("run").args(which).current_dir(self.dir.path());
        for board in boards {
            command.args(["--board", &format!("serial:{board}")]);
        }
        command.env("KVS_BENCH_STATE", self.state_path()).env("NO_COLOR", "1");
        let said = std::fs::File::create(self.dir.path().join("said")).expect("a file");
        command.stdin(Stdio::null()).stderr(said.try_clone().expect("a file")).stdout(said);
        Running(command.spawn().expect("the binary of this package"))
    }

    /// The history of the first run below `out` that has a record of `event`.
    pub fn history_with(&self, event: &str) -> String {
        let mut pending = vec![self.dir.path().join("out")];
        while let Some(path) = pending.pop() {
            if path.is_dir() {
                let entries = std::fs::read_dir(path).expect("a folder");
                pending.extend(entries.map(|entry| entry.expect("an entry").path()));
            } else if path.ends_with("history.jsonl") {
                let text = std::fs::read_to_string(path).expect("a history");
                if text.contains(event) {
                    return text;
                }
            }
        }
        panic!("no history has {event}");
    }

    /// What the run in the background said.
    pub fn said(&self) -> String {
        std::fs::read_to_string(self.dir.path().join("said")).unwrap_or_default()
    }
}

/// A run in the background; killed when this is dropped.
pub struct Running(pub Child);

impl Drop for Running {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
