//! A failure's `reproduce:` line really works, and what is recorded or printed is whole.

mod support;

use std::path::Path;

use harness::verdict::{Results, Verdict};
use support::{IMPOSSIBLE, scenario};

fn directory() -> tempfile::TempDir {
    let dir = tempfile::tempdir().expect("a directory");
    let topic = dir.path().join("scenarios/my topic");
    std::fs::create_dir_all(&topic).expect("a folder");
    std::fs::write(topic.join("blink.yaml"), IMPOSSIBLE).expect("a file");
    dir
}

fn results(dir: &Path, words: &[&str]) -> Results {
    let said = scenario(dir, words);
    assert_eq!(said.code, Some(1), "{}{}", said.out, said.err);
    Results::read(&said.out).expect("one JSON document on stdout")
}

#[test]
fn the_line_repeats_exactly_the_run_that_failed() {
    let dir = directory();
    let flags = ["run", "--board", "sim", "--seed", "5", "--repeat", "2", "--format", "json"];
    let all = results(dir.path(), &flags);
    assert_eq!((all.totals.pass, all.totals.fail), (2, 2));
    let failed = all.runs.iter().rfind(|run| run.verdict == Verdict::Fail).expect("a failure");
    assert_eq!(
        failed.repro,
        "scenario run 'my topic/blink' --board sim --seed 5 --variant within=10ms --only-repeat 2"
    );

    // A shell takes the line apart, as it would for a person.
    let line = failed.repro.replacen("scenario", env!("CARGO_BIN_EXE_scenario"), 1);
    let again = std::process::Command::new("sh")
        .args(["-c", &format!("{line} --format json")])
        .current_dir(dir.path())
        .output()
        .expect("a shell");
    let again = Results::read(&String::from_utf8(again.stdout).expect("text")).expect("JSON");
    assert_eq!(again.runs, std::slice::from_ref(failed), "the same run, in every word");
}

#[test]
fn the_run_folder_holds_everything_and_errors_stand_at_their_line() {
    let dir = directory();
    let said = scenario(dir.path(), &["run", "--board", "sim", "--out", "kept"]);
    assert_eq!(said.code, Some(1), "{}{}", said.out, said.err);
    let kept = dir.path().join("kept");
    for file in [
        "run.json",
        "junit.xml",
        "summary.md",
        "my_topic/blink/sim/within=10ms/1/history.jsonl",
        "my_topic/blink/sim/within=7s/1/console.log",
    ] {
        assert!(kept.join(file).is_file(), "{file}");
    }
    let manifest = std::fs::read_to_string(kept.join("run.json")).expect("a file");
    let manifest: serde_json::Value = serde_json::from_str(&manifest).expect("JSON");
    assert_eq!(manifest["schema"], "kvs-scenario-run/1");
    assert_eq!(manifest["results"]["totals"]["fail"], 1);
    assert_eq!(manifest["runs"][0]["folder"], "my_topic/blink/sim/within=10ms/1");
    assert!(manifest["boards"][0]["sha256"].as_str().is_some_and(|hash| hash.len() >= 16));
}

#[test]
fn without_a_folder_the_verdicts_are_told_and_the_exit_code_is_3() {
    let dir = directory();
    std::fs::write(dir.path().join("taken"), "").expect("a file");
    let said = scenario(dir.path(), &["run", "--board", "sim", "--out", "taken/x"]);
    assert_eq!(said.code, Some(3), "{}{}", said.out, said.err);
    assert!(said.out.contains("1 pass, 1 fail"), "{}", said.out);
    assert!(said.err.contains("cannot write `taken/x`"), "{}", said.err);
    assert!(said.err.contains("--out DIR"), "{}", said.err);
}

#[test]
fn a_selection_that_fits_nothing_says_so() {
    let dir = directory();
    let none = ["run", "--board", "sim", "--filter", "tag:none"];
    let said = scenario(dir.path(), &none);
    assert_eq!(said.code, Some(3));
    assert!(said.err.contains("nothing to run"), "{}", said.err);
    let allowed = scenario(dir.path(), &[&none[..], &["--allow-skip"]].concat());
    assert_eq!(allowed.code, Some(0));
}
