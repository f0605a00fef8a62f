//! `scenario flash` and `scenario monitor`, as people call them, on a pty board.
#![cfg(unix)]

#[path = "support/esp_elf.rs"]
mod esp_elf;
#[path = "support/pty_board/mod.rs"]
mod pty_board;
mod support;

use std::io::{BufRead as _, BufReader};
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use pty_board::{Chip, Console, Fault, Firmware, Flash, Nothing, PtyBoard};
use rustix::process::{Pid, Signal, kill_process};
use sha2::{Digest as _, Sha256};
use support::{Said, scenario_with};
use tempfile::TempDir;

const MAC: [u8; 6] = [0xa0, 0x76, 0x4e, 0x12, 0x34, 0x56];
/// Far above what any step takes.
const LIMIT: Duration = Duration::from_secs(30);

#[test]
fn a_board_is_flashed_by_its_port_and_the_image_s_hash_is_said() {
    let desk = Desk::new(Box::new(Nothing));
    let port = desk.port();
    let said = desk.scenario(&["flash", &port, "--image", "app.elf"]);
    assert_eq!(said.code, Some(0), "{}", said.err);
    assert!(
        said.out.starts_with(&format!("flashed {port}: esp32c3 a0:76:4e:12:34:56, 4 MiB\n")),
        "{}",
        said.out
    );
    assert!(said.out.contains(&format!("image {} ", desk.sha256())), "{}", said.out);
    assert!(desk.board.flash().app().is_ok());
    assert!(said.err.contains("verifying …"), "{}", said.err);
}

#[test]
fn a_board_of_the_bench_file_is_known_by_its_mac() {
    let desk = Desk::new(Box::new(Nothing));
    desk.bench("a0:76:4e:12:34:56");
    let said = desk.scenario(&["flash", "porch"]);
    assert_eq!(said.code, Some(0), "{}", said.err);
    let flashed = desk.board.touched();
    desk.bench("a0:76:4e:00:00:01");
    let said = desk.scenario(&["flash", "porch"]);
    assert_eq!(said.code, Some(3), "{}", said.out);
    assert!(said.err.contains("MAC a0:76:4e:12:34:56 is here"), "{}", said.err);
    assert_eq!(desk.board.touched(), flashed, "nothing was written");
    let said = desk.scenario(&["flash", "portch"]);
    assert_eq!(said.code, Some(64));
    assert!(said.err.contains("porch"), "the nearest name: {}", said.err);
}

#[test]
fn a_flash_that_breaks_off_is_infra_and_says_that_the_board_is_half_flashed() {
    let desk = Desk::new(Box::new(Nothing));
    desk.board.break_down(Fault::UnplugsAt(30_000));
    // As udev does: a pty's own name is the next one's as soon as this one is gone.
    let link = desk.folder.path().join("ttyUSB0");
    std::os::unix::fs::symlink(desk.port(), &link).expect("a link");
    let words = ["flash", link.to_str().expect("UTF-8"), "--image", "app.elf"];
    let said = desk.scenario(&words);
    assert_eq!(said.code, Some(3), "{}", said.out);
    assert!(said.err.contains("the port is gone"), "{}", said.err);
    assert!(said.err.contains("half-flashed"), "{}", said.err);
    std::fs::remove_file(&link).expect("ours");
    let said = desk.scenario(&words);
    assert_eq!(said.code, Some(3), "{}", said.out);
    assert!(said.err.contains("there is no such port"), "{}", said.err);
}

#[test]
fn an_image_is_saved_without_a_board() {
    let desk = Desk::new(Box::new(Nothing));
    let words = [
        "flash",
        "--save",
        "flash.bin",
        "--chip",
        "esp32c3",
        "--image",
        "app.elf",
        "--size",
        "8MiB",
    ];
    let said = desk.scenario(&words);
    assert_eq!(said.code, Some(0), "{}", said.err);
    assert!(said.out.contains(desk.sha256().as_str()), "{}", said.out);
    let saved = std::fs::metadata(desk.folder.path().join("flash.bin")).expect("saved");
    assert_eq!(saved.len(), 8 << 20);
    let said = desk.scenario(&["flash"]);
    assert_eq!(said.code, Some(64), "{}", said.err);
}

#[test]
fn an_esp_idf_build_is_flashed_by_its_list() {
    let desk = Desk::new(Box::new(Nothing));
    let list = r#"{"flash_files": {"0x10000": "app.bin", "0x200000": "data.bin"},
        "extra_esptool_args": {"chip": "esp32c3"}}"#;
    for (name, bytes) in
        [("flasher_args.json", list.as_bytes()), ("app.bin", b"an app"), ("data.bin", &[7; 5_000])]
    {
        std::fs::write(desk.folder.path().join(name), bytes).expect("written");
    }
    let said = desk.scenario(&["flash", &desk.port(), "--image", "flasher_args.json"]);
    assert_eq!(said.code, Some(0), "{}", said.err);
    let flash = desk.board.flash();
    assert!(flash.bytes()[0x1_0000..].starts_with(b"an app\xff"));
    assert_eq!(flash.bytes()[0x20_0000..0x20_0000 + 5_000], [7; 5_000]);
    std::fs::remove_file(desk.folder.path().join("data.bin")).expect("removed");
    let said = desk.scenario(&["flash", &desk.port(), "--image", "flasher_args.json"]);
    assert_eq!(said.code, Some(3), "{}", said.out);
    assert!(said.err.contains("data.bin"), "{}", said.err);
}

#[test]
fn a_monitor_decodes_panics_outlives_the_cable_and_keeps_a_log() {
    let address = esp_elf::APP_MAIN + 8;
    let panic = move || Box::new(Talker(format!("Guru Meditation: MEPC : {address:#010x}")));
    let first = Desk::new(panic());
    let flashed = first.scenario(&["flash", &first.port(), "--image", "app.elf"]);
    assert_eq!(flashed.code, Some(0), "{}", flashed.err);
    // The name stays when the cable comes back, as in /dev/serial/by-id.
    let port = first.folder.path().join("port");
    symlink(first.board.path(), &port).expect("a link");

    let mut monitor = Monitor::start(&first, &port);
    monitor.see("MEPC");
    monitor.see(&format!("{address:#010x} app_main"));
    first.board.unplug();
    monitor.see("-- the port is gone");
    let second = Desk::new(panic());
    let flashed = second.scenario(&["flash", &second.port(), "--image", "app.elf"]);
    assert_eq!(flashed.code, Some(0), "{}", flashed.err);
    std::fs::remove_file(&port).expect("the link");
    symlink(second.board.path(), &port).expect("a link");
    monitor.see("-- the port is back");
    monitor.see("MEPC");

    let shown = monitor.end();
    let log = std::fs::read_to_string(first.folder.path().join("console.log")).expect("a log");
    assert_eq!(log, shown, "what was shown is kept");
    let stamps: Vec<f64> = shown.lines().filter_map(stamp).collect();
    assert!(stamps.len() >= 4 && stamps.is_sorted(), "{shown}");
}

/// The seconds at the beginning of a line.
fn stamp(line: &str) -> Option<f64> {
    line.strip_prefix('[')?.split(']').next()?.trim().parse().ok()
}

/// Firmware that says the same again and again: a monitor may come late.
struct Talker(String);

impl Firmware for Talker {
    fn boot(&mut self, _flash: &Flash, console: Console) {
        let line = self.0.clone();
        std::thread::spawn(move || {
            while console.line(&line) {
                std::thread::sleep(Duration::from_millis(50));
            }
        });
    }

    fn hear(&mut self, _bytes: &[u8]) {}

    fn halt(&mut self) {}
}

/// A folder with an image, and a board.
struct Desk {
    board: PtyBoard,
    folder: TempDir,
}

impl Desk {
    fn new(firmware: Box<dyn Firmware>) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        std::fs::write(folder.path().join("app.elf"), esp_elf::esp32c3(3)).expect("written");
        Self { board: PtyBoard::start(Chip::esp32c3(MAC), firmware), folder }
    }

    fn port(&self) -> String {
        self.board.path().display().to_string()
    }

    /// The first digits, as the firmware would say them.
    fn sha256(&self) -> String {
        let hash = Sha256::digest(esp_elf::esp32c3(3));
        hash.iter().take(8).map(|byte| format!("{byte:02x}")).collect()
    }

    fn bench(&self, mac: &str) {
        let text = format!(
            "schema = 1\n[[board]]\nname = \"porch\"\nmac = \"{mac}\"\nchip = \"esp32c3\"\nport = \"{}\"\n\
             image = \"app.elf\"\nreset = {{ method = \"none\" }}\n",
            self.port()
        );
        std::fs::write(self.folder.path().join("bench.toml"), text).expect("written");
    }

    fn scenario(&self, words: &[&str]) -> Said {
        scenario_with(self.folder.path(), words, &[("KVS_BENCH_STATE", self.folder.path())])
    }
}

/// `scenario monitor` at work.
struct Monitor {
    process: Child,
    lines: Receiver<String>,
    shown: String,
}

impl Monitor {
    fn start(desk: &Desk, port: &Path) -> Self {
        let mut process = Command::new(PathBuf::from(env!("CARGO_BIN_EXE_scenario")))
            .args(["monitor".as_ref(), port.as_os_str()])
            .args(["--image", "app.elf", "--log", "console.log"])
            .current_dir(desk.folder.path())
            .env("KVS_BENCH_STATE", desk.folder.path())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .expect("the binary of this package");
        let stdout = BufReader::new(process.stdout.take().expect("its output"));
        let (said, lines) = channel();
        std::thread::spawn(move || {
            stdout.lines().map_while(Result::ok).try_for_each(|line| said.send(line))
        });
        Self { process, lines, shown: String::new() }
    }

    /// Waits for a line that holds `what`.
    fn see(&mut self, what: &str) {
        loop {
            let line = self.lines.recv_timeout(LIMIT);
            let line = line.unwrap_or_else(|_| panic!("never saw `{what}`:\n{}", self.shown));
            self.shown.push_str(&line);
            self.shown.push('\n');
            if line.contains(what) {
                return;
            }
        }
    }

    /// Ctrl-C; everything that was shown.
    fn end(mut self) -> String {
        let pid = Pid::from_child(&self.process);
        kill_process(pid, Signal::INT).expect("it runs");
        for line in self.lines.iter() {
            self.shown.push_str(&line);
            self.shown.push('\n');
        }
        let ended = self.process.wait().expect("waited for");
        assert_eq!(ended.code(), Some(0), "Ctrl-C ends it cleanly");
        std::mem::take(&mut self.shown)
    }
}

impl Drop for Monitor {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
