use super::dsl::*;
use crate::verdict::Verdict;

const ONE: &str = r#"{"sockets":{}}"#;

fn two(closed_ms: u64, up_ms: u64) -> Tale {
    let mut tale = Tale::default();
    tale.device(0, "hello", "reset=power").device(10, "up", "link=1 type=wss").device(
        11,
        "up",
        "link=2 type=https",
    );
    let mut later =
        [(closed_ms, "closed", "link=1 type=wss why=fin"), (up_ms, "up", "link=3 type=wss")];
    later.sort_by_key(|(ms, ..)| *ms);
    for (ms, event, fields) in later {
        tale.device(ms, event, fields);
    }
    tale
}

#[test]
fn holds_one_after_the_other_and_fails_two_at_once() {
    insta::assert_snapshot!(holds(ONE, &two(20, 30)), @"sockets: required at most 1 open at once by device; found 1 at once of 2 WebSockets");
    insta::assert_snapshot!(fails(ONE, &two(30, 20)), @"sockets: required at most 1 open at once by device; found 2 open at once");
    holds(r#"{"sockets":{"at_most":2}}"#, &two(30, 20));
}

#[test]
fn a_reset_closes_all_without_a_word() {
    let mut tale = Tale::default();
    tale.device(0, "hello", "reset=power")
        .device(10, "up", "link=1 type=wss")
        .device(50, "hello", "reset=watchdog")
        .device(60, "up", "link=1 type=wss");
    tale.history[2].seq = 0;
    tale.history[3].seq = 1;
    holds(ONE, &tale);
}

#[test]
fn another_actor_and_a_board_without_a_trace_are_judged_by_the_service() {
    let mut tale = Tale::default();
    tale.service(0, "ws.open", "conn=1").service(5, "ws.open", "conn=2");
    let judged = |tale: &Tale| judge_in(ONE, tale, |context| context.meets.clear());
    insta::assert_snapshot!(expect(Verdict::Fail, judged(&tale)), @"sockets: required at most 1 open at once by device; found 2 open at once");
    tale.service(4, "fault.fired", "rule=dead fault=black-hole conn=1");
    insta::assert_snapshot!(expect(Verdict::Inconclusive, judged(&tale)), @"sockets: required at most 1 open at once by device; found 2 open at once, of which 1 silenced");
    tale.service(4, "conn.end", "conn=1 why=fin");
    expect(Verdict::Pass, judged(&tale));

    let mut tale = Tale::default();
    tale.say(0, "service", "ws.open", "actor=viewer conn=1").say(
        5,
        "service",
        "ws.open",
        "actor=viewer conn=2",
    );
    let viewer = r#"{"sockets":{"by":"viewer"}}"#;
    insta::assert_snapshot!(fails(viewer, &tale), @"sockets: required at most 1 open at once by viewer; found 2 open at once");
    insta::assert_snapshot!(unknown(ONE, &tale), @"sockets: required at most 1 open at once by device; found board `sim` reported nothing");
}

#[test]
fn cannot_tell_with_a_hole_in_the_trace() {
    let mut tale = two(20, 30);
    tale.history.remove(3);
    assert!(unknown(ONE, &tale).contains("line 3 of the trace is missing"));
}
