//! `--baseline`: what is known does not fail the command, and what is wrong with the list does.

mod support;

use harness::verdict::{Results, Verdict};
use support::{IMPOSSIBLE, Said, scenario};

struct Bench(tempfile::TempDir);

impl Bench {
    fn new() -> Self {
        let dir = tempfile::tempdir().expect("a directory");
        std::fs::create_dir_all(dir.path().join("scenarios/mine")).expect("a folder");
        std::fs::write(dir.path().join("scenarios/mine/blink.yaml"), IMPOSSIBLE).expect("a file");
        Self(dir)
    }

    /// Runs with one known failure.
    fn run(&self, entry: &str, more: &[&str]) -> Said {
        let list = format!("baseline: 1\nknown:\n  - {{ {entry} }}\n");
        std::fs::write(self.0.path().join("known.yaml"), list).expect("a file");
        let words = ["run", "--board", "sim", "--baseline", "known.yaml"];
        scenario(self.0.path(), &[&words[..], more].concat())
    }
}

const BLINK: &str = "id: mine/blink, board: sim, check: steps, reason: a blink is short, \
                     owner: nobody, expiry: 2120-01-01";

#[test]
fn a_known_failure_is_told_and_passes() {
    let bench = Bench::new();
    let without = scenario(bench.0.path(), &["run", "--board", "sim"]);
    assert_eq!(without.code, Some(1), "{}", without.out);

    let said = bench.run(BLINK, &[]);
    assert_eq!(said.code, Some(0), "{}{}", said.out, said.err);
    let line = "known: a blink is short (nobody, until 2120-01-01)";
    assert!(said.out.contains(line), "{}", said.out);
    assert!(!said.out.contains("required"), "no block for what is known: {}", said.out);

    let said = bench.run(BLINK, &["--format", "json", "--out", "kept"]);
    let results = Results::read(&said.out).expect("one JSON document");
    assert_eq!((results.totals.fail, results.baseline), (1, Some(Vec::new())));
    let known: Vec<_> = results.runs.iter().filter(|run| run.known.is_some()).collect();
    assert_eq!((known.len(), known[0].verdict), (1, Verdict::Fail));
    let junit = std::fs::read_to_string(bench.0.path().join("kept/junit.xml")).expect("written");
    assert!(junit.contains("failures=\"0\"") && junit.contains("known"), "{junit}");
}

#[test]
fn what_is_new_expired_or_gone_fails() {
    let bench = Bench::new();
    for (entry, says) in [
        (BLINK.replace("check: steps", "check: sockets"), "never judged: mine/blink"),
        (BLINK.replace("2120", "2020"), "expired on 2020-01-01: mine/blink"),
        (BLINK.replace("check: steps", "variant: within=7s, check: steps"), "passes unexpectedly"),
        (BLINK.replace("board: sim", "board: host"), "required"),
    ] {
        let said = bench.run(&entry, &[]);
        assert_eq!(said.code, Some(1), "{entry}: {}", said.out);
        assert!(said.out.contains(says), "{entry}: {}", said.out);
    }
}

#[test]
fn a_list_that_cannot_be_read_is_wrong_usage() {
    let bench = Bench::new();
    let said = bench.run("id: mine/blink", &[]);
    assert_eq!(said.code, Some(64), "{}", said.err);
    assert!(said.err.contains("known.yaml is no baseline"), "{}", said.err);
    let said = scenario(bench.0.path(), &["run", "--baseline", "nowhere.yaml"]);
    assert_eq!(said.code, Some(64), "{}", said.err);
}
