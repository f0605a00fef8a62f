use super::dsl::*;
use crate::verdict::Verdict;

const PHASES: &str = r#"{"phases":{}}"#;

fn attempt(up_ms: u64, call_ms: u64, open_ms: u64, connected_ms: u64) -> Tale {
    let mut tale = Tale::default();
    tale.device(0, "hello", "")
        .device(10, "open", "link=1 type=https")
        .device(10 + up_ms, "up", "link=1 type=https")
        .device(
            10 + up_ms + call_ms,
            "call",
            &format!("link=1 api=describe status=200 took_ms={call_ms}"),
        );
    let begin = 20 + up_ms + call_ms;
    tale.device(begin, "open", "link=2 type=wss")
        .device(begin + open_ms, "up", "link=2 type=wss")
        .device(begin + open_ms + connected_ms, "connected", "link=2");
    tale
}

#[test]
fn holds_within_the_bounds_and_fails_beyond_each() {
    insta::assert_snapshot!(holds(PHASES, &attempt(30_000, 15_000, 30_000, 15_000)), @"phases: required connect within 30s, each call within 15s, the upgrade within 15s; found 4 phases within their bounds");
    insta::assert_snapshot!(fails(PHASES, &attempt(30_003, 10, 10, 10)), @"phases: required connect within 30s, each call within 15s, the upgrade within 15s; found the connect of link 1 took 30.003 s");
    insta::assert_snapshot!(fails(PHASES, &attempt(10, 15_003, 10, 10)), @"phases: required connect within 30s, each call within 15s, the upgrade within 15s; found `describe` took 15.003 s");
    insta::assert_snapshot!(fails(PHASES, &attempt(10, 10, 10, 15_003)), @"phases: required connect within 30s, each call within 15s, the upgrade within 15s; found the upgrade of link 2 took 15.003 s");
    holds(r#"{"phases":{"upgrade":"20s"}}"#, &attempt(10, 10, 10, 15_003));
}

#[test]
fn fails_when_one_hangs_to_the_end() {
    let mut tale = Tale::default();
    tale.device(0, "hello", "").device(10, "open", "link=1 type=https");
    holds(PHASES, &tale);
    tale.harness(90_000, "note", "");
    insta::assert_snapshot!(fails(PHASES, &tale), @"phases: required connect within 30s, each call within 15s, the upgrade within 15s; found the connect of link 1 hung for 89.990 s");
    tale.device(20_000, "closed", "link=1 type=https why=timeout");
    holds(PHASES, &tale);
}

#[test]
fn cannot_tell_without_attempts_or_a_trace() {
    let mut tale = Tale::default();
    unknown(PHASES, &tale);
    tale.device(0, "hello", "");
    insta::assert_snapshot!(unknown(PHASES, &tale), @"phases: required connect within 30s, each call within 15s, the upgrade within 15s; found the device attempted nothing");
    expect(Verdict::Skip, judge_in(PHASES, &tale, |context| context.meets.clear()));
}
