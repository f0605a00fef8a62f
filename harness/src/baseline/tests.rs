use super::*;

const LIST: &str = "\
baseline: 1
known:
  - { id: reconnect/go-away, board: 'exec:*', check: go_away, reason: not handled,
      owner: media, expiry: 2027-03-01 }
  - { id: reconnect/cut, board: sim, variant: 'at=50%', check: steps, reason: upstream 681,
      owner: media, expiry: 2027-03-01 }
";

/// 2026-12-01, before both entries end; and the day on which they do.
const BEFORE: i64 = 1_796_083_200;
const ON_THE_DAY: i64 = 1_803_859_200;

fn baseline(now: i64) -> Baseline {
    Baseline::parse(LIST, Wall::from_unix(now)).expect("a baseline")
}

fn run(id: &str, board: &str, variant: &str, checks: &[(&str, Verdict)]) -> RunResult {
    let checks: Vec<_> =
        checks.iter().map(|(id, verdict)| CheckResult::new(*id, *verdict, "x", "y")).collect();
    let (verdict, reason) = RunResult::conclude(&checks);
    RunResult {
        id: id.into(),
        board: board.into(),
        variant: variant.into(),
        seed: 0,
        repeat: 1,
        verdict,
        reason,
        checks,
        duration_ms: 0,
        recovery_ms: None,
        repro: String::new(),
        known: None,
    }
}

fn marked(mut run: RunResult, now: i64) -> Option<String> {
    baseline(now).mark(&mut run);
    run.known
}

#[test]
fn a_failure_is_known_when_every_failing_check_is_listed() {
    let fails = |checks: &[(&str, Verdict)]| {
        marked(run("reconnect/go-away", "exec:node a.js", "", checks), BEFORE)
    };
    let known = fails(&[("go_away", Verdict::Fail), ("sockets", Verdict::Pass)]);
    assert_eq!(known.as_deref(), Some("not handled (media, until 2027-03-01)"));
    assert_eq!(fails(&[("go_away", Verdict::Fail), ("backoff", Verdict::Fail)]), None);
    assert_eq!(fails(&[("go_away", Verdict::Pass)]), None);
    assert_eq!(fails(&[("go_away", Verdict::Infra)]), None, "a broken tool is not known");
    assert!(fails(&[("go_away", Verdict::Inconclusive)]).is_some());
}

#[test]
fn board_and_variant_count() {
    let steps = [("steps", Verdict::Fail)];
    assert!(marked(run("reconnect/cut", "sim", "at=50%", &steps), BEFORE).is_some());
    assert_eq!(marked(run("reconnect/cut", "sim", "at=0%", &steps), BEFORE), None);
    assert_eq!(marked(run("reconnect/cut", "host", "at=50%", &steps), BEFORE), None);
}

#[test]
fn an_expired_entry_covers_nothing_and_is_a_finding_of_its_own() {
    let failed = run("reconnect/cut", "sim", "at=50%", &[("steps", Verdict::Fail)]);
    assert_eq!(marked(failed.clone(), ON_THE_DAY), None);
    let findings = baseline(ON_THE_DAY).findings(&[failed]);
    assert_eq!(findings.len(), 2, "{findings:?}");
    assert!(findings[1].starts_with("expired on 2027-03-01: reconnect/cut [sim] steps (media)"));
}

#[test]
fn what_passes_is_a_finding_and_what_did_not_run_is_none() {
    let found = |runs: &[RunResult]| baseline(BEFORE).findings(runs);
    let go_away = |verdict| run("reconnect/go-away", "exec:a", "", &[("go_away", verdict)]);
    assert!(found(&[]).is_empty());
    assert!(found(&[go_away(Verdict::Fail)]).is_empty());
    assert!(found(&[go_away(Verdict::Pass), go_away(Verdict::Fail)]).is_empty(), "k of n");
    assert!(found(&[go_away(Verdict::Skip)]).is_empty());
    let passes = found(&[go_away(Verdict::Pass)]);
    assert!(passes[0].starts_with("passes unexpectedly: reconnect/go-away"), "{passes:?}");
    let misspelt = found(&[run("reconnect/go-away", "exec:a", "", &[("steps", Verdict::Fail)])]);
    assert!(misspelt[0].starts_with("never judged"), "{misspelt:?}");
}

#[test]
fn a_list_that_is_not_one_says_what_is_wrong() {
    let wrong = |text: &str| Baseline::parse(text, Wall::from_unix(0)).expect_err("refused");
    assert!(wrong("baseline: 2\nknown: []").contains("version is 2"));
    assert!(wrong("known: []").contains("baseline"));
    assert!(wrong(&LIST.replace("owner: media", "owner: ''")).contains("entry 1"));
    assert!(wrong(&LIST.replace("owner:", "who:")).contains("who"));
    assert!(wrong(&LIST.replace("2027-03-01", "spring")).contains("spring"));
}
