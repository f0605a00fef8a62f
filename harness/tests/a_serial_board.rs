//! `--board serial:…` on boards that hang on ptys: locked, flashed, recognised, played, and what comes
//! of one that is unplugged, silent, or somebody else's.
#![cfg(unix)]

#[path = "support/esp_elf.rs"]
mod esp_elf;
#[path = "support/host_firmware.rs"]
mod host_firmware;
#[path = "support/pty_board/mod.rs"]
mod pty_board;
mod support;

use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use harness::bench::{Hold, StateDir, holder, quarantine};
use harness::board::serial::Mac;
use harness::report::Wall;
use harness::verdict::{Results, RunResult, Verdict};
use host_firmware::{HostFirmware, Quirks};
use pty_board::{Chip, PtyBoard};
use support::{Said, scenario_with};
use tempfile::TempDir;
use tokio::time::Instant;

const PORCH: [u8; 6] = [0xa0, 0x76, 0x4e, 0x12, 0x34, 0x56];
const ATTIC: [u8; 6] = [0xa0, 0x76, 0x4e, 0x12, 0x34, 0x57];
/// Of the smoke scenarios, in all their variants.
const SMOKE_RUNS: usize = 4;
/// Much longer than anything here takes on a busy machine.
const LONG: Duration = Duration::from_secs(120);

/// A board with firmware behind its port.
struct Attached {
    name: &'static str,
    mac: [u8; 6],
    board: PtyBoard,
    quirks: Arc<Mutex<Quirks>>,
    dev: TempDir,
}

impl Attached {
    fn new(name: &'static str, mac: [u8; 6], quirks: Quirks) -> Self {
        let dev = tempfile::tempdir().expect("a directory");
        let link = dev.path().join(name);
        let quirks = Arc::new(Mutex::new(Quirks { link: link.clone(), ..quirks }));
        let firmware = Box::new(HostFirmware::new(mac, &quirks));
        let board = PtyBoard::start(Chip::esp32c3(mac), firmware);
        // As udev does: a pty's own name is the next one's as soon as this one is gone.
        std::os::unix::fs::symlink(board.path(), link).expect("a link");
        Self { name, mac, board, quirks, dev }
    }

    fn port(&self) -> String {
        self.dev.path().join(self.name).display().to_string()
    }

    fn entry(&self) -> String {
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
struct Desk {
    dir: TempDir,
    state: StateDir,
}

impl Desk {
    fn new(boards: &[&Attached]) -> Self {
        let dir = tempfile::tempdir().expect("a directory");
        let state = StateDir::at(dir.path().join("state")).expect("a folder");
        std::fs::write(dir.path().join("app.elf"), esp_elf::esp32c3(7)).expect("a file");
        let entries: String = boards.iter().map(|board| board.entry()).collect();
        std::fs::write(dir.path().join("bench.toml"), format!("schema = 1\n{entries}"))
            .expect("a file");
        Self { dir, state }
    }

    fn scenario(&self, words: &[&str]) -> Said {
        scenario_with(self.dir.path(), words, &[("KVS_BENCH_STATE", &self.state_path())])
    }

    fn state_path(&self) -> std::path::PathBuf {
        self.dir.path().join("state")
    }

    /// Plays `which` on `boards`; gives the exit code, what was said, and the runs.
    fn run(&self, which: &[&str], boards: &[&str]) -> (Said, Vec<RunResult>) {
        let mut words = vec!["run", "--format", "json", "--out", "out"];
        words.extend(which);
        let named: Vec<String> = boards.iter().map(|board| format!("serial:{board}")).collect();
        words.extend(named.iter().flat_map(|board| ["--board", board]));
        let said = self.scenario(&words);
        let results = Results::read(&said.out).unwrap_or_else(|e| panic!("{e}\n{}", said.err));
        (said, results.runs)
    }

    /// The same in the background.
    fn begin(&self, which: &[&str], boards: &[&str]) -> Running {
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
    fn history_with(&self, event: &str) -> String {
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
    fn said(&self) -> String {
        std::fs::read_to_string(self.dir.path().join("said")).unwrap_or_default()
    }
}

/// A run in the background; killed when this is dropped.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn wait_for(what: &str, mut holds: impl FnMut() -> bool) {
    let begun = Instant::now();
    while !holds() {
        assert!(begun.elapsed() < LONG, "{what}: not within {LONG:?}");
        std::thread::yield_now();
    }
}

fn reason(run: &RunResult) -> &str {
    run.reason.as_deref().expect("a reason")
}

fn claim(dir: &Path, name: &str, text: &str) {
    std::fs::create_dir_all(dir.join("scenarios")).expect("a directory");
    std::fs::write(dir.join("scenarios").join(name), text).expect("a file");
}

#[test]
fn it_is_flashed_recognised_and_passes_the_smoke_scenarios() {
    let porch = Attached::new("porch", PORCH, Quirks::default());
    let desk = Desk::new(&[&porch]);
    let (said, runs) = desk.run(&["--filter", "tag:smoke"], &["porch"]);
    assert_eq!(said.code, Some(0), "{runs:#?}\n{}", said.err);
    let passed = runs.iter().filter(|run| run.verdict == Verdict::Pass).count();
    assert!(passed >= SMOKE_RUNS, "{runs:#?}");
    assert!(runs.iter().all(|run| run.board == "serial:porch"), "{runs:#?}");
    let sha256 = porch.board.flash().elf_sha256().expect("what was flashed");
    let manifest = std::fs::read_to_string(desk.dir.path().join("out/run.json")).expect("run.json");
    assert!(manifest.contains(&sha256), "the manifest names the image: {manifest}");
    assert_eq!(holder(&desk.state, Mac(PORCH)), None, "let go at the end");
}

#[test]
fn a_board_that_runs_something_else_proves_nothing() {
    let quirks = Quirks { image: Some("00112233aabbccdd".into()), ..Quirks::default() };
    let porch = Attached::new("porch", PORCH, quirks);
    let desk = Desk::new(&[&porch]);
    let (said, runs) = desk.run(&["builtin:connect/first-offer-answer"], &["porch"]);
    assert_eq!((said.code, runs[0].verdict), (Some(3), Verdict::Infra), "{runs:#?}");
    assert!(reason(&runs[0]).contains("runs image 00112233aabbccdd, and "), "{}", reason(&runs[0]));
}

#[test]
fn an_unplugged_board_is_infra_the_others_go_on_and_its_lock_is_free() {
    let unplugs = Quirks { unplug_on: Some("connected"), ..Quirks::default() };
    let porch = Attached::new("porch", PORCH, unplugs);
    let attic = Attached::new("attic", ATTIC, Quirks::default());
    let desk = Desk::new(&[&porch, &attic]);
    let (said, runs) = desk.run(&["--filter", "tag:smoke"], &["lab"]);
    assert_eq!(said.code, Some(3), "{}", said.err);
    let of = |board: &str| runs.iter().filter(|run| run.board == board).collect::<Vec<_>>();
    let (porch_runs, attic_runs) = (of("serial:porch"), of("serial:attic"));
    assert!(desk.history_with("board.gone").contains("is gone"));
    let gone = format!("the board porch was unplugged: {} is gone", porch.port());
    let was_there = |run: &&&RunResult| reason(run).ends_with(&gone);
    let unplugged = porch_runs.iter().filter(was_there).count();
    assert_eq!(unplugged, 1, "{gone}: {porch_runs:#?}");
    assert!(porch_runs.iter().all(|run| run.verdict == Verdict::Infra), "{porch_runs:#?}");
    let absent = porch_runs.iter().find(|run| !was_there(run)).expect("others");
    assert!(reason(absent).contains("board porch is not plugged in"), "{}", reason(absent));
    let passed = attic_runs.iter().filter(|run| run.verdict == Verdict::Pass).count();
    assert!(passed >= SMOKE_RUNS, "{attic_runs:#?}");
}

#[test]
fn the_lock_of_an_unplugged_board_is_free_while_the_others_go_on() {
    let unplugs = Quirks { unplug_on: Some("connected"), ..Quirks::default() };
    let porch = Attached::new("porch", PORCH, unplugs);
    let attic = Attached::new("attic", ATTIC, Quirks::default());
    let desk = Desk::new(&[&porch, &attic]);
    let claims = "title: Nothing happens\nliveness: off\nsteps:\n\
                  - wait: { for: ws.open, by: device, within: 20s }\n- settle: 60s\n";
    claim(desk.dir.path(), "long.yaml", claims);
    let mut run = desk.begin(&["long"], &["lab"]);
    let held = |mac| holder(&desk.state, Mac(mac)).is_some();
    wait_for("both are taken", || held(PORCH) && held(ATTIC));
    wait_for("the unplugged one is let go", || !held(PORCH));
    let again = Hold::board(&desk.state, Mac(PORCH), "porch");
    again.expect("somebody else has it now");
    assert!(held(ATTIC), "the other is still played on: {}", desk.said());
    assert!(run.0.try_wait().expect("ours").is_none(), "and the run goes on");
}

#[test]
fn two_runs_never_share_a_board_and_the_second_hears_who_has_it() {
    let porch = Attached::new("porch", PORCH, Quirks::default());
    let desk = Desk::new(&[&porch]);
    let claims = "title: Nothing happens\nliveness: off\nsteps:\n- settle: 60s\n";
    claim(desk.dir.path(), "long.yaml", claims);
    let mut first = desk.begin(&["long"], &["porch"]);
    wait_for("the first has it", || holder(&desk.state, Mac(PORCH)).is_some());
    let (said, runs) = desk.run(&["long"], &["porch"]);
    assert_eq!((said.code, runs[0].verdict), (Some(3), Verdict::Infra), "{runs:#?}");
    let who = format!("is in use by another run (pid {}, since 20", first.0.id());
    assert!(reason(&runs[0]).contains(&who), "{who}: {}", reason(&runs[0]));
    let said = desk.scenario(&["boards"]);
    assert!(
        said.out.contains(&format!("in use by another run (pid {}", first.0.id())),
        "{}",
        said.out
    );
    // SIGKILL: nobody is left to tidy up.
    first.0.kill().expect("ours");
    first.0.wait().expect("ours");
    assert_eq!(holder(&desk.state, Mac(PORCH)), None);
    Hold::board(&desk.state, Mac(PORCH), "porch").expect("free again");
}

#[test]
fn a_silent_board_climbs_the_ladder_and_goes_on_when_it_wakes() {
    // The boot after flashing, and the one at the run's start.
    let porch = Attached::new("porch", PORCH, Quirks { silent_boots: 2, ..Quirks::default() });
    let desk = Desk::new(&[&porch]);
    let (said, runs) = desk.run(&["builtin:connect/first-offer-answer"], &["porch"]);
    assert_eq!((said.code, runs[0].verdict), (Some(0), Verdict::Pass), "{runs:#?}\n{}", said.err);
    let history = desk.history_with("board.woke");
    let rungs: Vec<&str> = history.lines().filter(|line| line.contains("\"board.")).collect();
    let [watchdog, power, woke] = &rungs[..] else { panic!("{rungs:#?}") };
    assert!(watchdog.contains("board.silent") && watchdog.contains("\"watchdog\""), "{watchdog}");
    assert!(power.contains("board.silent") && power.contains("\"power\""), "{power}");
    assert!(woke.contains("board.woke") && woke.contains("\"power\""), "{woke}");
}

#[test]
fn a_board_that_never_wakes_is_put_into_quarantine_until_it_does() {
    let porch = Attached::new("porch", PORCH, Quirks { silent_boots: 1_000, ..Quirks::default() });
    let desk = Desk::new(&[&porch]);
    let smoke = ["builtin:connect/first-offer-answer", "builtin:reconnect/close-1001"];
    let (said, runs) = desk.run(&smoke, &["porch"]);
    assert_eq!(said.code, Some(3));
    assert!(runs.iter().all(|run| run.verdict == Verdict::Infra), "{runs:#?}");
    for run in &runs {
        let why = reason(run);
        assert!(why.contains("board porch is in quarantine since"), "{why}");
        assert!(why.contains("nor after watchdog (20 s), power (10 s)"), "{why}");
    }
    assert!(quarantine::of(&desk.state, Mac(PORCH), Wall::now()).is_some());
    let listed = desk.scenario(&["boards"]).out;
    assert!(listed.contains("quarantine until") && listed.contains("said no hello"), "{listed}");
    let (said, runs) = desk.run(&smoke[..1], &["porch"]);
    assert_eq!(said.code, Some(3));
    assert!(reason(&runs[0]).contains("scenario boards reset porch"), "{}", reason(&runs[0]));

    porch.quirks.lock().expect("no panic").silent_boots = 0;
    let said = desk.scenario(&["boards", "reset", "porch"]);
    assert_eq!(said.code, Some(0), "{}", said.err);
    assert!(said.out.contains("porch  awake: @kvs 0 "), "{}", said.out);
    let (said, runs) = desk.run(&smoke[..1], &["porch"]);
    assert_eq!(said.code, Some(0), "{runs:#?}");
}

#[test]
fn a_board_on_the_desk_needs_no_bench_file() {
    let porch = Attached::new("porch", PORCH, Quirks::default());
    let desk = Desk::new(&[]);
    let port = porch.port();
    let identified = desk.scenario(&["boards"]);
    assert!(identified.out.contains("lists no board yet"), "{}", identified.out);
    let board = format!("serial:{port}");
    let words = ["run", "--board", &board, "--image", "app.elf", "--format", "json"];
    let here = [("KVS_BENCH_STATE", desk.state_path()), ("KVS_HOST_ADDRESS", "127.0.0.1".into())];
    let here: Vec<(&str, &Path)> =
        here.iter().map(|(name, value)| (*name, value.as_path())).collect();
    let said = scenario_with(desk.dir.path(), &words, &here);
    // A pty has no reset line and a board on the desk no switch: it is found, flashed, and told apart.
    assert_eq!(said.code, Some(3), "{}", said.err);
    assert!(said.err.contains("those with tag:smoke are run"), "{}", said.err);
    assert!(said.out.contains("cannot be restarted from here"), "{}", said.out);
    let entry = "name = \"desk\"\nmac = \"a0:76:4e:12:34:56\"\nchip = \"esp32c3\"";
    assert!(said.err.contains(entry), "the entry to keep: {}", said.err);
    assert!(porch.board.flash().elf_sha256().is_some(), "flashed");
}
