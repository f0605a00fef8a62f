//! `firmware = "foreign"`: an ESP-IDF build is flashed by its list, its console is watched, and the client
//! in it is judged by what the service sees. The board hangs on a pty; in it is a real client process,
//! behind a boot log as ESP-IDF prints it.
#![cfg(unix)]

#[path = "support/esp_idf.rs"]
mod esp_idf;
#[path = "support/host_port.rs"]
mod host_port;
#[path = "support/pty_board/mod.rs"]
mod pty_board;
mod support;

use std::net::{Ipv4Addr, TcpListener};
use std::path::Path;

use esp_idf::EspIdf;
use harness::board::serial::Mac;
use harness::verdict::{Results, RunResult, Verdict};
use mock_kvs::standalone::kept_authority;
use pty_board::{Chip, PtyBoard};
use support::{Said, scenario_with};

const MAC: [u8; 6] = [0xa0, 0x76, 0x4e, 0x12, 0x34, 0x58];
const REGION: &str = "us-west-2";

#[test]
fn it_is_flashed_watched_and_judged_by_what_the_service_sees() {
    let bench = Bench::new(None);
    let (said, run) = bench.run("reconnect/close-1001");
    assert_eq!(run.verdict, Verdict::Pass, "{run:#?}\n{}", said.err);
    assert_eq!(said.code, Some(0), "{}", said.err);
    let verdict = |id: &str| run.checks.iter().find(|check| check.id == id).map(|c| c.verdict);
    assert_eq!(verdict("liveness"), Some(Verdict::Pass), "{:#?}", run.checks);
    let sha256 = bench.board.flash().elf_sha256().expect("an app");
    assert_eq!(sha256, "cd".repeat(32), "the build's own hash");

    let history = bench.file("history.jsonl");
    let console = |event: &str| {
        let mut lines = history.lines().filter(|line| line.contains(r#""console""#));
        lines.any(|line| line.contains(&format!("\"{event}\"")))
    };
    assert!(console("boot") && console("wifi.up"), "{history}");
    assert!(!history.contains(r#""source":"device""#), "it has no trace");
    let log = bench.file("console.log");
    assert!(log.contains("ESP-ROM:esp32c3") && log.contains("got ip:"), "{log}");
}

#[test]
fn a_crash_is_the_firmware_s_failure() {
    let words =
        "Guru Meditation Error: Core  0 panic'ed (Load access fault). Exception was unhandled.";
    let bench = Bench::new(Some(words));
    let (said, run) = bench.run("reconnect/close-1001");
    assert_eq!(run.verdict, Verdict::Fail, "{run:#?}\n{}", said.err);
    let reason = run.reason.as_deref().unwrap_or_default();
    assert!(reason.contains("the firmware crashed: Guru Meditation Error"), "{reason}");
    let words = ["run", "reconnect/close-1001", "--board", "serial:attic"];
    let said = bench.scenario(&words);
    let told = format!("{}{}", said.out, said.err);
    assert!(told.contains("flashed with camera v1.2.3 (ESP-IDF v5.4.1)"), "{told}");
}

/// A board with a foreign firmware, and a folder with what is known of it.
struct Bench {
    dir: tempfile::TempDir,
    board: PtyBoard,
}

impl Bench {
    fn new(crash: Option<&'static str>) -> Self {
        let dir = tempfile::tempdir().expect("a directory");
        let free = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port");
        let port = free.local_addr().expect("an address").port();
        let local = Ipv4Addr::LOCALHOST.into();
        let authority =
            kept_authority(&dir.path().join("ca"), REGION, local).expect("an authority");
        let firmware = EspIdf::new(authority.der(), port, crash);
        let board = PtyBoard::start(Chip::esp32c3(MAC), Box::new(firmware));
        esp_idf::build(&dir.path().join("build"));
        let power: Vec<_> = board.power_command().iter().map(|word| format!("{word:?}")).collect();
        let bench = format!(
            "schema = 1\n[[board]]\nname = \"attic\"\nmac = \"{}\"\nport = \"{}\"\n\
             firmware = \"foreign\"\nimage = \"build/flasher_args.json\"\n\
             network = {{ host = \"127.0.0.1\" }}\nreset = {{ method = \"none\", power = [{}] }}\n\
             [board.service]\nport = {port}\nca_dir = \"ca\"\n\
             [board.console]\n\"got ip:([0-9.]+)\" = \"wifi.up\"\n",
            Mac(MAC),
            board.path().display(),
            power.join(", "),
        );
        std::fs::write(dir.path().join("bench.toml"), bench).expect("a file");
        Self { dir, board }
    }

    fn run(&self, id: &str) -> (Said, RunResult) {
        let words = ["run", id, "--board", "serial:attic", "--format", "json", "--out", "out"];
        let said = self.scenario(&words);
        let results = Results::read(&said.out).unwrap_or_else(|e| panic!("{e}: {}", said.err));
        let run = results.runs.into_iter().next().unwrap_or_else(|| panic!("{}", said.err));
        (said, run)
    }

    fn scenario(&self, words: &[&str]) -> Said {
        let state = self.dir.path().join("state");
        scenario_with(self.dir.path(), words, &[("KVS_BENCH_STATE", &state)])
    }

    /// The one file of that name in the run folder; and no file there has a key in it.
    fn file(&self, name: &str) -> String {
        let mut found = None;
        visit(&self.dir.path().join("out"), &mut |path| {
            let text = String::from_utf8_lossy(&std::fs::read(path).expect("a file")).into_owned();
            for secret in ["PRIVATE KEY", &esp_idf::key().secret_key] {
                assert!(!text.contains(secret), "a secret is in {}", path.display());
            }
            if path.ends_with(name) {
                found = Some(text);
            }
        });
        found.unwrap_or_else(|| panic!("no {name}"))
    }
}

fn visit(folder: &Path, see: &mut dyn FnMut(&Path)) {
    for entry in std::fs::read_dir(folder).expect("a folder").flatten() {
        let path = entry.path();
        if path.is_dir() { visit(&path, see) } else { see(&path) }
    }
}
