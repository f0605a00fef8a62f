//! What each report says of the same suite.

use std::path::{Path, PathBuf};
use std::time::Duration;

use super::event::{RunEvent, RunFinished, RunLabel, SuiteFinished, SuiteStarted};
use super::folder::RunFolder;
use super::github::annotations;
use super::human::Human;
use super::junit::junit;
use super::summary::summary;
use super::wall::Wall;
use crate::verdict::{CheckResult, Results, RunResult, Totals, Verdict};

#[test]
fn human_report_without_a_terminal() {
    insta::assert_snapshot!(human(false));
}

#[test]
fn colours_only_where_they_are_wanted() {
    assert!(!human(false).contains('\x1b'));
    let coloured = human(true);
    assert!(coloured.contains("\x1b[31mFAIL\x1b[0m"));
    let plain: String = strip(&coloured);
    assert_eq!(plain, human(false));
}

#[test]
fn junit_document() {
    insta::assert_snapshot!(junit(&suite()).expect("XML"));
}

#[test]
fn summary_page() {
    let text = summary(&suite(), &results()).expect("a page");
    insta::assert_snapshot!(text);
}

#[test]
fn annotations_stand_at_lines_of_files() {
    insta::assert_snapshot!(annotations(&suite()));
}

#[test]
fn a_run_folder_is_named_by_time_and_seed_and_runs_by_what_they_are() {
    let start = Wall::from_unix(1_767_225_600);
    let place = RunFolder::place(None, 7, start);
    assert_eq!(place, Path::new("target/scenario/20260101T000000Z-7"));
    assert_eq!(RunFolder::place(Some(Path::new("there")), 7, start), Path::new("there"));
    let dir = tempfile::tempdir().expect("a directory");
    let folder = RunFolder::create(&dir.path().join("deep/out")).expect("a folder");
    let written = folder.write_run(&label("a/b", "sim", "at=50%,path=x/../y"), "h.jsonl", |out| {
        out.write_all(b"{}\n")
    });
    let expected = folder.root().join("a/b/sim/at=50%,path=x_.._y/1");
    assert_eq!(written.expect("written"), expected);
    let names: Vec<_> = std::fs::read_dir(&expected)
        .expect("listed")
        .map(|entry| entry.expect("an entry").file_name())
        .collect();
    assert_eq!(names, ["h.jsonl"], "nothing half-written is left");
}

#[test]
fn what_cannot_be_written_says_where_and_what_to_do() {
    let dir = tempfile::tempdir().expect("a directory");
    let in_the_way = dir.path().join("file");
    std::fs::write(&in_the_way, "").expect("a file");
    let error = RunFolder::create(&in_the_way.join("out")).expect_err("a file is in the way");
    assert!(error.to_string().contains("file"), "{error}");
    assert!(error.help.contains("--out DIR"), "{}", error.help);
}

#[test]
fn a_failed_write_leaves_the_old_file() {
    let dir = tempfile::tempdir().expect("a directory");
    let folder = RunFolder::create(dir.path()).expect("a folder");
    let label = label("a", "sim", "");
    let write = |text: &'static [u8], fails: bool| {
        folder.write_run(&label, "history.jsonl", |out| {
            out.write_all(text)?;
            if fails { Err(std::io::ErrorKind::StorageFull.into()) } else { Ok(()) }
        })
    };
    let run = write(b"whole", false).expect("written");
    let error = write(b"half", true).expect_err("the disk is full");
    assert!(error.help.contains("the disk is full"), "{}", error.help);
    let kept = std::fs::read_to_string(run.join("history.jsonl")).expect("read");
    assert_eq!(kept, "whole");
    assert_eq!(std::fs::read_dir(run).expect("listed").count(), 1);
}

fn human(colours: bool) -> String {
    let mut out = Vec::new();
    let mut human = Human::plain(&mut out, colours);
    let mut finished = Vec::new();
    let started = SuiteStarted {
        runs: 5,
        scenarios: 3,
        boards: vec!["sim".into(), "host".into()],
        seed: 7,
        jobs: 2,
        out: PathBuf::from("target/scenario/x"),
    };
    human.show(&RunEvent::SuiteStarted(started), &finished).expect("written");
    for run in suite() {
        human.show(&RunEvent::RunStarted(run.run.clone()), &finished).expect("written");
        finished.push(run.clone());
        human.show(&RunEvent::RunFinished(Box::new(run)), &finished).expect("written");
    }
    human.show(&RunEvent::Note("a snapshot was written".into()), &finished).expect("written");
    let end =
        SuiteFinished { totals: totals(), took: Duration::from_millis(12_340), interrupted: false };
    human.show(&RunEvent::SuiteFinished(end), &finished).expect("written");
    String::from_utf8(out).expect("text")
}

fn strip(text: &str) -> String {
    let mut parts = text.split("\x1b[");
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |plain, part| plain + part.split_once('m').map_or(part, |(_, rest)| rest))
}

fn results() -> Results {
    Results::new(suite().into_iter().map(|run| run.result).collect(), None)
}

fn totals() -> Totals {
    suite().iter().map(|run| run.result.verdict).collect()
}

fn suite() -> Vec<RunFinished> {
    let cut = "reconnect/reset-during-offer";
    let mut failed = run(
        label(cut, "sim", "cut_at=50%"),
        &[
            check("sockets", Verdict::Pass, "at most 1 at once", "1"),
            check("reconnect", Verdict::Fail, "CONNECTED within 7s of `cut`", "never, in 7.000 s"),
            check("delivered_once", Verdict::Fail, "`offer` once", "not at all"),
        ],
    );
    failed.last = vec![
        "0.412 s service fault.fired fault=reset rule=cut".into(),
        "0.413 s device closed link=2 type=wss why=reset".into(),
        "0.413 s device retry attempt=0 base_ms=100 wait_ms=164 why=reset".into(),
    ];
    failed.file = (format!("scenarios/{cut}.yaml"), 18);
    failed.folder = Some(PathBuf::from("target/scenario/x/run"));
    let skip =
        check("board", Verdict::Skip, "a board that can do this", "host has no `clock.virtual`");
    vec![
        run(label("connect/first", "sim", ""), &[check("answers", Verdict::Pass, "all", "all")]),
        run(label(cut, "sim", "cut_at=0%"), &[check("sockets", Verdict::Pass, "1", "1")]),
        failed,
        run(
            label("soak/day", "sim", ""),
            &[check("backoff", Verdict::Inconclusive, "30 gaps", "the fault `a,b` never fired")],
        ),
        run(label("soak/day", "host", ""), &[skip]),
    ]
}

fn check(id: &str, verdict: Verdict, required: &str, found: &str) -> CheckResult {
    CheckResult::new(id, verdict, required, found)
}

fn label(id: &str, board: &str, variant: &str) -> RunLabel {
    RunLabel { number: 0, id: id.into(), board: board.into(), variant: variant.into(), repeat: 1 }
}

fn run(run: RunLabel, checks: &[CheckResult]) -> RunFinished {
    let (verdict, reason) = RunResult::conclude(checks);
    let given = crate::scenario::select::Given { seed: 7, ..Default::default() };
    let repro = crate::scenario::select::repro(&run.id, &run, given);
    let result = RunResult {
        id: run.id.clone(),
        board: run.board.clone(),
        variant: run.variant.clone(),
        seed: 7,
        repeat: 1,
        verdict,
        reason,
        checks: checks.to_vec(),
        duration_ms: 5_000,
        recovery_ms: None,
        repro,
        known: None,
    };
    RunFinished {
        title: "What is claimed".into(),
        file: (format!("scenarios/{}.yaml", run.id), 1),
        run,
        result,
        last: Vec::new(),
        took: Duration::from_millis(40),
        seed: 1,
        folder: None,
        gauges: Default::default(),
    }
}
