//! The library of scenarios with AWS's JavaScript SDK as the device: what it can do passes, and what
//! it cannot is told by the check that is there for it.

#[path = "../../mock-kvs/tests/support/node.rs"]
mod node;
mod support;

use harness::verdict::{CheckResult, Results, RunResult, Verdict};
use support::scenario_with;

/// AWS's SDK as it is.
const PLAIN: &str = "exec node MASTER";
/// With a user around it that connects again, and keys from where its default chain asks.
const RECONNECTING: &str = "exec env -u AWS_ACCESS_KEY_ID -u AWS_SECRET_ACCESS_KEY \
                            -u AWS_SESSION_TOKEN node MASTER --reconnect";

/// What became of each of `ids`, all played at once; none without the SDK.
#[allow(clippy::print_stderr, reason = "a skipped test says so")]
fn played(client: &str, ids: &[&str], more: &[&str]) -> Option<Vec<RunResult>> {
    let packages = match node::packages() {
        Ok(packages) => packages,
        Err(why) => {
            eprintln!("SKIPPED: AWS's SDK for JavaScript: {why}");
            return None;
        }
    };
    let dir = tempfile::tempdir().expect("a directory");
    let ids: Vec<String> = ids.iter().map(|id| format!("builtin:{id}")).collect();
    let master = format!("'{}'", node::programs().join("master.js").display());
    let board = format!("exec:{}", client.replace("MASTER", &master));
    let mut words = vec!["run", "--board", &board, "--format", "json", "--jobs", "6"];
    words.extend(ids.iter().map(String::as_str));
    words.extend(more);
    let said = scenario_with(dir.path(), &words, &[("NODE_PATH", &packages)]);
    let results = Results::read(&said.out).unwrap_or_else(|e| panic!("{e}: {}", said.err));
    Some(results.runs)
}

fn of<'r>(runs: &'r [RunResult], id: &str) -> &'r RunResult {
    let id = format!("builtin:{id}");
    runs.iter().find(|run| id.ends_with(&run.id)).unwrap_or_else(|| panic!("no run of {id}"))
}

fn check<'r>(run: &'r RunResult, id: &str) -> &'r CheckResult {
    run.checks.iter().find(|check| check.id == id).unwrap_or_else(|| panic!("no {id}: {run:#?}"))
}

fn expect(run: &RunResult, id: &str, verdict: Verdict, found: &str) {
    let check = check(run, id);
    assert!(check.verdict == verdict && check.found.contains(found), "{}: {check:#?}", run.id);
}

#[test]
fn connecting_and_answering_pass() {
    let Some(runs) = played(PLAIN, &["connect/first-offer-answer", "limits/ten-viewers"], &[])
    else {
        return;
    };
    assert_eq!(runs.len(), 3, "{runs:#?}");
    for run in &runs {
        assert_eq!(run.verdict, Verdict::Pass, "{run:#?}");
        for judged in ["steps", "answers", "sockets", "liveness", "health", "secrets"] {
            assert_eq!(check(run, judged).verdict, Verdict::Pass, "{judged}: {run:#?}");
        }
        expect(run, "delivered_once", Verdict::Skip, "trace");
    }
    let first = of(&runs, "connect/first-offer-answer");
    assert_eq!(check(first, "credentials").verdict, Verdict::Pass, "each connect signed anew");
}

#[test]
fn it_does_not_come_back_after_any_kind_of_end() {
    let ids = ["reconnect/go-away", "reconnect/close-1001", "credentials/expire-then-drop"];
    let Some(runs) = played(PLAIN, &ids, &[]) else { return };
    for run in &runs {
        assert_eq!(run.verdict, Verdict::Fail, "{run:#?}");
    }
    let go_away = of(&runs, "reconnect/go-away");
    expect(go_away, "steps", Verdict::Fail, "not seen");
    expect(go_away, "go_away", Verdict::Fail, "not connected anew in 75.");
    // Until the service cut it at the end of the grace, it went on answering.
    expect(go_away, "answers", Verdict::Pass, "");
    let closed = of(&runs, "reconnect/close-1001");
    let reason = closed.reason.as_deref().unwrap_or_default();
    assert!(reason.contains("ws.open by device within 7.000 s of `closed`"), "{reason}");
    expect(of(&runs, "credentials/expire-then-drop"), "steps", Verdict::Fail, "not seen");
}

#[test]
fn connecting_again_as_its_user_mends_all_but_go_away() {
    let ids = [
        "reconnect/close-1001",
        "reconnect/reset-during-offer",
        "credentials/expire-then-drop",
        "delivery/slow-link",
        "reconnect/go-away",
        "reconnect/service-refuses-60s",
    ];
    let Some(runs) = played(RECONNECTING, &ids, &[]) else { return };
    assert_eq!(runs.len(), 13, "{runs:#?}");
    for run in &runs {
        let verdict = match run.id.as_str() {
            // It learns of GO_AWAY by the cut at its end.
            "reconnect/go-away" => Verdict::Fail,
            // A closed port tells nobody how often it was tried.
            "reconnect/service-refuses-60s" => Verdict::Inconclusive,
            _ => Verdict::Pass,
        };
        assert_eq!(run.verdict, verdict, "{run:#?}");
    }
    let go_away = of(&runs, "reconnect/go-away");
    expect(go_away, "steps", Verdict::Pass, "");
    expect(go_away, "go_away", Verdict::Fail, "connected anew only after 60.");
    let refused = of(&runs, "reconnect/service-refuses-60s");
    expect(refused, "backoff", Verdict::Inconclusive, "refused attempts leave no record");
    expect(refused, "reconnect", Verdict::Pass, "");
}

#[test]
fn what_needs_a_trace_or_the_device_s_clock_is_skipped_with_the_reason() {
    let ids = ["reconnect/black-hole", "clock/device-at-1970", "soak/day-of-keepalives"];
    let Some(runs) = played(PLAIN, &ids, &["--allow-skip"]) else { return };
    for (id, need) in ids.iter().zip(["`trace`", "`clock.set`", "`clock.virtual`"]) {
        let run = of(&runs, id);
        let reason = run.reason.as_deref().unwrap_or_default();
        assert!(run.verdict == Verdict::Skip && reason.contains(need), "{run:#?}");
    }
}

#[test]
#[cfg(target_os = "linux")]
fn on_aws_s_own_port_and_names_nothing_has_to_be_told_to_it() {
    if let Err(why) = harness::board::netns::possible() {
        return eprintln!("SKIPPED: {why}");
    }
    let variant = ["--netns", "--variant", "offer_size=900B"];
    let untold = "exec env -u AWS_ENDPOINT_URL_KINESIS_VIDEO node MASTER";
    let runs = played(untold, &["connect/first-offer-answer"], &variant);
    let Some(runs) = runs else { return };
    let run = of(&runs, "connect/first-offer-answer");
    assert_eq!(run.verdict, Verdict::Pass, "{run:#?}");
}
