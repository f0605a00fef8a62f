use super::*;

fn totals(verdicts: &[Verdict]) -> Totals {
    verdicts.iter().copied().collect()
}

#[test]
fn exit_codes_have_the_documented_precedence() {
    use Verdict::{Fail, Inconclusive, Infra, Pass, Skip, Warn};
    let none = Ending::default();
    assert_eq!(none.exit_code(&totals(&[Pass, Skip, Warn])), 0);
    assert_eq!(none.exit_code(&totals(&[Pass, Inconclusive])), 2);
    assert_eq!(none.exit_code(&totals(&[Inconclusive, Fail])), 1);
    assert_eq!(none.exit_code(&totals(&[Fail, Infra])), 3);
    let interrupted = Ending { interrupted: true, ..none };
    assert_eq!(interrupted.exit_code(&totals(&[Infra])), 130);
    let usage = Ending { usage: true, ..interrupted };
    assert_eq!(usage.exit_code(&totals(&[Infra])), 64);
}

#[test]
fn nothing_executed_is_infrastructure_unless_allowed() {
    let none = Ending::default();
    let allowed = Ending { allow_skip: true, ..none };
    assert_eq!(none.exit_code(&totals(&[])), 3);
    assert_eq!(none.exit_code(&totals(&[Verdict::Skip])), 3);
    assert_eq!(allowed.exit_code(&totals(&[Verdict::Skip])), 0);
    let missing = Ending { board_missing: true, ..none };
    assert_eq!(missing.exit_code(&totals(&[Verdict::Pass])), 3);
    let missing = Ending { allow_skip: true, ..missing };
    assert_eq!(missing.exit_code(&totals(&[Verdict::Pass])), 0);
}

#[test]
fn a_changed_snapshot_fails_and_a_warning_only_when_denied() {
    let changed = Ending { snapshot_changed: true, ..Ending::default() };
    assert_eq!(changed.exit_code(&totals(&[Verdict::Pass])), 1);
    let deny = Ending { deny_warn: true, ..Ending::default() };
    assert_eq!(deny.exit_code(&totals(&[Verdict::Warn])), 1);
    assert_eq!(deny.exit_code(&totals(&[Verdict::Pass])), 0);
}

#[test]
fn a_run_is_as_bad_as_its_worst_check_and_says_why() {
    let check = |id: &str, verdict| CheckResult::new(id, verdict, "all of it", "half of it");
    let (verdict, reason) = RunResult::conclude(&[
        check("a", Verdict::Pass),
        check("b", Verdict::Fail),
        check("c", Verdict::Inconclusive),
    ]);
    assert_eq!(verdict, Verdict::Fail);
    assert_eq!(reason.as_deref(), Some("b: required all of it; found half of it"));
    assert_eq!(RunResult::conclude(&[check("a", Verdict::Pass)]), (Verdict::Pass, None));
    let skipped = CheckResult::skipped("backoff", "trace");
    let (verdict, reason) = RunResult::conclude(std::slice::from_ref(&skipped));
    assert_eq!((verdict, reason.as_deref()), (Verdict::Skip, Some("backoff: no `trace`")));
    assert_eq!(RunResult::conclude(&[skipped, check("a", Verdict::Pass)]).0, Verdict::Pass);
    let (verdict, reason) = RunResult::conclude(&[]);
    assert_eq!((verdict, reason.as_deref()), (Verdict::Inconclusive, Some("nothing was judged")));
}

#[test]
fn the_document_has_the_keys_scripts_depend_on() {
    let run = RunResult {
        id: "reconnect/reset".to_owned(),
        board: "sim".to_owned(),
        variant: String::new(),
        seed: 0,
        repeat: 1,
        verdict: Verdict::Pass,
        reason: None,
        checks: vec![CheckResult::new("sockets", Verdict::Pass, "at most 1", "1").shown_by([4, 2])],
        duration_ms: 12,
        recovery_ms: Some(160),
        repro: "scenario run reconnect/reset --board sim --seed 0".to_owned(),
        known: None,
    };
    let results = Results::new(vec![run], None);
    let text = serde_json::to_string_pretty(&results).expect("plain data");
    insta::assert_snapshot!(text, @r#"
    {
      "schema": "kvs-scenario-results/1",
      "totals": {
        "pass": 1,
        "warn": 0,
        "fail": 0,
        "inconclusive": 0,
        "skip": 0,
        "infra": 0
      },
      "runs": [
        {
          "id": "reconnect/reset",
          "board": "sim",
          "variant": "",
          "seed": 0,
          "repeat": 1,
          "verdict": "pass",
          "reason": null,
          "checks": [
            {
              "id": "sockets",
              "verdict": "pass",
              "required": "at most 1",
              "found": "1",
              "evidence": [
                2,
                4
              ]
            }
          ],
          "duration_ms": 12,
          "recovery_ms": 160,
          "repro": "scenario run reconnect/reset --board sim --seed 0",
          "known": null
        }
      ],
      "baseline": null
    }
    "#);
    assert_eq!(Results::read(&text).expect("own document"), results);
    let other = text.replace("results/1", "results/2");
    insta::assert_snapshot!(Results::read(&other).expect_err("another version"), @"the results have schema `kvs-scenario-results/2`, this program reads `kvs-scenario-results/1`: use the `scenario` that wrote them");
}

#[test]
fn the_committed_schema_is_the_one_of_the_types() {
    insta::assert_snapshot!("results-schema", Results::json_schema());
}
