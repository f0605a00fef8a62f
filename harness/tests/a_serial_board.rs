//! `--board serial:…` on boards that hang on ptys: locked, flashed, recognised, played, and what comes
//! of one that is unplugged, silent, or somebody else's.
#![cfg(unix)]

#[path = "support/esp_elf.rs"]
mod esp_elf;
#[path = "support/host_firmware.rs"]
mod host_firmware;
#[path = "support/host_port.rs"]
mod host_port;
#[path = "support/pty_board/mod.rs"]
mod pty_board;
#[path = "support/serial_desk.rs"]
mod serial_desk;
mod support;

use std::path::Path;
use std::time::Duration;

use harness::bench::{Hold, holder, quarantine};
use harness::board::serial::Mac;
use harness::report::Wall;
use harness::verdict::{RunResult, Verdict};
use host_firmware::Quirks;
use serial_desk::{ATTIC, Attached, Desk, PORCH};
use support::scenario_with;
use tokio::time::Instant;

/// Of the smoke scenarios, in all their variants.
const SMOKE_RUNS: usize = 4;
/// Much longer than anything here takes on a busy machine.
const LONG: Duration = Duration::from_secs(120);

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
