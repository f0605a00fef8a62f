use super::dsl::*;
use crate::verdict::Verdict;

const HALF: &str = r#"{"half_open":{}}"#;

/// A WebSocket that a black hole swallows at 20 s.
fn dead() -> Tale {
    let mut tale = Tale::default();
    tale.device(0, "hello", "")
        .device(20, "up", "link=3 type=wss")
        .device(30, "connected", "link=3")
        .service(30, "ws.open", "conn=3 role=master")
        .service(10_000, "fault.armed", "rule=hole fault=black-hole")
        .service(20_000, "fault.fired", "rule=hole fault=black-hole conn=3");
    tale
}

fn given_up(ms: u64, silent_ms: u64) -> Tale {
    let mut tale = dead();
    tale.device(ms, "half_open", &format!("link=3 silent_ms={silent_ms}"))
        .device(ms + 5, "closed", "link=3 type=wss why=local")
        .harness(90_000, "note", "");
    tale
}

#[test]
fn holds_when_the_dead_link_is_given_up_in_time() {
    insta::assert_snapshot!(holds(HALF, &given_up(44_000, 25_000)), @"half_open: required a dead link given up within 25.000 s, a slow one kept; found 1 dead link given up in time, 0 slow ones kept");
    insta::assert_snapshot!(holds(r#"{"half_open":{"since":"hole"}}"#, &given_up(44_000, 25_000)), @"half_open: required a dead link given up within 25.000 s, a slow one kept; found 1 dead link given up in time, 0 slow ones kept");
}

#[test]
fn fails_when_it_is_given_up_late_or_never() {
    insta::assert_snapshot!(fails(HALF, &given_up(45_003, 25_000)), @"half_open: required a dead link given up within 25.000 s, a slow one kept; found the link dead at 20.000 s was given up after 25.003 s");
    let mut tale = dead();
    tale.harness(90_000, "note", "");
    insta::assert_snapshot!(fails(HALF, &tale), @"half_open: required a dead link given up within 25.000 s, a slow one kept; found the link dead at 20.000 s was not given up in 70.000 s");
    holds(r#"{"half_open":{"within":"26s"}}"#, &given_up(45_003, 25_000));
}

#[test]
fn fails_when_it_is_given_up_too_early_or_for_nothing() {
    insta::assert_snapshot!(fails(HALF, &given_up(30_000, 12_000)), @"half_open: required a dead link given up within 25.000 s, a slow one kept; found link 3 was given up after only 12.000 s");
    let mut tale = given_up(44_000, 25_000);
    tale.history.retain(|record| record.source != "service");
    insta::assert_snapshot!(fails(HALF, &tale), @"half_open: required a dead link given up within 25.000 s, a slow one kept; found link 3 was given up, and nothing had silenced it");
}

fn slow() -> Tale {
    let mut tale = Tale::default();
    tale.device(0, "hello", "")
        .device(30, "connected", "link=3")
        .service(10_000, "fault.armed", "rule=slow fault=latency")
        .service(10_001, "fault.fired", "rule=slow fault=latency conn=3")
        .service(60_000, "fault.healed", "rule=slow fault=latency");
    tale
}

#[test]
fn a_slow_link_is_kept() {
    insta::assert_snapshot!(holds(HALF, &slow()), @"half_open: required a dead link given up within 25.000 s, a slow one kept; found 0 dead links given up in time, 1 slow one kept");
    let mut tale = slow();
    tale.device(40_000, "closed", "link=3 type=wss why=timeout");
    insta::assert_snapshot!(fails(HALF, &tale), @"half_open: required a dead link given up within 25.000 s, a slow one kept; found link 3 was given up while `slow` slowed it");
    // Ended by the service, or left as told, is another matter.
    let mut tale = slow();
    tale.device(40_000, "closed", "link=3 type=wss why=fin");
    holds(HALF, &tale);
}

#[test]
fn cannot_tell_when_nothing_died_or_the_run_ended_first() {
    let mut tale = Tale::default();
    tale.device(0, "hello", "").device(30, "connected", "link=3");
    insta::assert_snapshot!(unknown(HALF, &tale), @"half_open: required a dead link given up within 25.000 s, a slow one kept; found no WebSocket was dead long enough, or slow, so nothing was to notice");
    let mut tale = dead();
    tale.harness(30_000, "note", "");
    insta::assert_snapshot!(unknown(HALF, &tale), @"half_open: required a dead link given up within 25.000 s, a slow one kept; found the link dead at 20.000 s was not given up in 10.000 s, when the run ended");
    tale.service(29_000, "fault.healed", "rule=hole fault=black-hole").harness(90_000, "note", "");
    insta::assert_snapshot!(unknown(HALF, &tale), @"half_open: required a dead link given up within 25.000 s, a slow one kept; found no WebSocket was dead long enough, or slow, so nothing was to notice");
    insta::assert_snapshot!(unknown(r#"{"half_open":{"since":"nothing"}}"#, &tale), @"half_open: required a dead link given up within 25.000 s, a slow one kept; found `nothing` never happened, so nothing came after it");
    // A silenced HTTPS connection is no half-open WebSocket.
    let mut tale = dead();
    tale.history.retain(|record| record.event != "ws.open");
    tale.service(30, "accept", "conn=3").harness(90_000, "note", "");
    insta::assert_snapshot!(unknown(HALF, &tale), @"half_open: required a dead link given up within 25.000 s, a slow one kept; found no WebSocket was dead long enough, or slow, so nothing was to notice");
}

#[test]
fn without_a_trace_the_next_connect_tells() {
    let judged = |ms: u64| {
        let mut tale = dead();
        tale.service(ms, "accept", "conn=4").harness(90_000, "note", "");
        judge_in(HALF, &tale, |context| context.meets.clear())
    };
    expect(Verdict::Pass, judged(45_500));
    insta::assert_snapshot!(expect(Verdict::Fail, judged(50_000)), @"half_open: required a dead link given up within 25.000 s, a slow one kept; found the link dead at 20.000 s was given up after 30.000 s");
}

#[test]
fn without_a_trace_a_slow_link_that_the_client_ends_fails() {
    let slow = || {
        let mut tale = slow();
        tale.service(30, "ws.open", "conn=3 role=master").harness(90_000, "note", "");
        tale
    };
    let judged = |tale: &Tale| judge_in(HALF, tale, |context| context.meets.clear());
    expect(Verdict::Pass, judged(&slow()));
    let mut tale = slow();
    tale.service(40_000, "conn.end", "conn=3 by=client why=fin");
    insta::assert_snapshot!(expect(Verdict::Fail, judged(&tale)), @"half_open: required a dead link given up within 25.000 s, a slow one kept; found the client ended its WebSocket while `slow` slowed it");
    let mut tale = slow();
    tale.service(40_000, "conn.end", "conn=3 by=service why=fin");
    expect(Verdict::Pass, judged(&tale));
}
