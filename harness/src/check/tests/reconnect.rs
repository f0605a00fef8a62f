use super::dsl::*;
use crate::check::Requirement;
use crate::check::reconnect::recovery_ms;
use crate::verdict::Verdict;

const RECONNECT: &str = r#"{"reconnect":{}}"#;
const CUT: &str = r#"{"reconnect":{"since":"cut","within":"7s"}}"#;

/// Connected, cut by a reset at 1 s, connected again at `back_ms`.
fn cut(back_ms: u64) -> Tale {
    let mut tale = Tale::default();
    tale.device(0, "hello", "reset=power")
        .device(10, "open", "link=1 type=wss attempt=0")
        .device(20, "up", "link=1 type=wss")
        .device(30, "connected", "link=1 attempt=0")
        .service(500, "fault.armed", "rule=cut fault=reset")
        .service(1_000, "fault.fired", "rule=cut fault=reset conn=1")
        .device(1_001, "closed", "link=1 type=wss why=reset")
        .device(1_001, "retry", "attempt=0 wait_ms=150 base_ms=100 why=link_lost")
        .device(back_ms - 20, "open", "link=2 type=wss attempt=1")
        .device(back_ms - 10, "up", "link=2 type=wss")
        .device(back_ms, "connected", "link=2 attempt=1");
    tale
}

#[test]
fn holds_when_the_connection_is_back_in_time() {
    insta::assert_snapshot!(holds(CUT, &cut(1_200)), @"reconnect: required CONNECTED within 7.000 s of `cut`, one WebSocket at a time, nothing from an old link; found 1 loss regained, the longest after 0.200 s");
    insta::assert_snapshot!(holds(RECONNECT, &cut(1_200)), @"reconnect: required CONNECTED within 30.000 s of the loss, one WebSocket at a time, nothing from an old link; found 1 loss regained, the longest after 0.199 s");
    let history = cut(1_200).history();
    assert_eq!(recovery_ms(&history, &context(&history)), Some(199));
}

#[test]
fn recovery_counts_from_the_moment_the_link_fell_silent() {
    let mut tale = cut(1_200);
    tale.service(400, "fault.fired", "rule=hole fault=black-hole conn=1");
    let recovered = |tale: &Tale| recovery_ms(&tale.history(), &context(&tale.history()));
    assert_eq!(recovered(&tale), Some(800));
    tale.service(5_000, "fault.healed", "rule=hole fault=black-hole");
    assert_eq!(recovered(&tale), Some(800));
    tale.history.pop();
    // A silence that was lifted in time had no part in it.
    tale.service(450, "fault.healed", "rule=hole fault=black-hole");
    assert_eq!(recovered(&tale), Some(199));
    tale.history.truncate(3);
    assert_eq!(recovered(&tale), None);
}

#[test]
fn fails_when_it_is_back_late_or_not_at_all() {
    insta::assert_snapshot!(fails(CUT, &cut(8_001)), @"reconnect: required CONNECTED within 7.000 s of `cut`, one WebSocket at a time, nothing from an old link; found the connection lost at 1.001 s was regained after 7.001 s");
    assert!(holds(CUT, &cut(8_000)).contains("7.000 s"));
    let mut tale = cut(1_200);
    tale.history.truncate(8);
    tale.harness(60_000, "note", "");
    insta::assert_snapshot!(fails(CUT, &tale), @"reconnect: required CONNECTED within 7.000 s of `cut`, one WebSocket at a time, nothing from an old link; found the connection lost at 1.001 s was not regained in 59.000 s");
}

#[test]
fn a_slow_board_has_its_slack_and_no_more() {
    let slack = |ms| judge_in(CUT, &cut(ms), |context| context.slack_us = 50_000).verdict;
    assert_eq!((slack(8_050), slack(8_051)), (Verdict::Pass, Verdict::Fail));
}

#[test]
fn cannot_tell_when_nothing_was_lost_or_the_run_ended_too_early() {
    let mut tale = cut(1_200);
    tale.history.truncate(8);
    tale.harness(1_500, "note", "");
    insta::assert_snapshot!(unknown(CUT, &tale), @"reconnect: required CONNECTED within 7.000 s of `cut`, one WebSocket at a time, nothing from an old link; found the run ended 0.500 s after the loss at 1.001 s");
    let mut tale = Tale::default();
    tale.device(0, "hello", "").device(30, "connected", "link=1");
    insta::assert_snapshot!(unknown(RECONNECT, &tale), @"reconnect: required CONNECTED within 30.000 s of the loss, one WebSocket at a time, nothing from an old link; found the device lost no connection, so it regained none");
    insta::assert_snapshot!(unknown(CUT, &tale), @"reconnect: required CONNECTED within 7.000 s of `cut`, one WebSocket at a time, nothing from an old link; found `cut` never happened, so nothing came after it");
    let mut tale = cut(1_200);
    tale.history.remove(2);
    insta::assert_snapshot!(unknown(CUT, &tale), @"reconnect: required CONNECTED within 7.000 s of `cut`, one WebSocket at a time, nothing from an old link; found line 2 of the trace is missing: what was said there is unknown");
}

#[test]
fn a_fault_that_lasts_counts_from_its_end() {
    let mut tale = cut(61_000);
    tale.service(1_000, "fault.armed", "rule=down fault=refuse")
        .service(1_100, "fault.fired", "rule=down fault=refuse")
        .service(50_000, "fault.healed", "rule=down fault=refuse");
    insta::assert_snapshot!(holds(RECONNECT, &tale), @"reconnect: required CONNECTED within 30.000 s of the loss, one WebSocket at a time, nothing from an old link; found 1 loss regained, the longest after 11.000 s");
    // Slowness does not excuse the absence of a connection.
    let mut tale = cut(61_000);
    tale.service(1_000, "fault.armed", "rule=slow fault=latency").service(
        50_000,
        "fault.fired",
        "rule=slow fault=latency",
    );
    insta::assert_snapshot!(fails(RECONNECT, &tale), @"reconnect: required CONNECTED within 30.000 s of the loss, one WebSocket at a time, nothing from an old link; found the connection lost at 1.001 s was regained after 59.999 s");
}

#[test]
fn fails_on_two_sockets_at_once() {
    let mut tale = cut(1_200);
    tale.history.iter_mut().find(|r| r.event == "closed").expect("closed").event = "error".into();
    tale.device(1_300, "closed", "link=1 type=wss why=local");
    insta::assert_snapshot!(fails(RECONNECT, &tale), @"reconnect: required CONNECTED within 30.000 s of the loss, one WebSocket at a time, nothing from an old link; found link 2 came up while link 1 was alive");
}

#[test]
fn fails_on_a_message_from_an_old_link() {
    let mut tale = cut(1_200);
    tale.device(1_300, "in", "link=2 from=v type=SDP_OFFER sha=aa");
    holds(CUT, &tale);
    tale.device(1_301, "in", "link=1 from=v type=SDP_OFFER sha=bb");
    insta::assert_snapshot!(fails(CUT, &tale), @"reconnect: required CONNECTED within 7.000 s of `cut`, one WebSocket at a time, nothing from an old link; found a message was delivered from link 1 after its end");
}

#[test]
fn numbers_start_over_at_a_reset() {
    let mut tale = cut(1_200);
    tale.device(5_000, "hello", "reset=power")
        .device(5_010, "open", "link=1 type=wss")
        .device(5_020, "up", "link=1 type=wss")
        .device(5_030, "connected", "link=1")
        .device(5_040, "in", "link=1 from=v type=SDP_OFFER sha=aa");
    let boot = tale.history.len() - 5;
    for (seq, record) in tale.history[boot..].iter_mut().enumerate() {
        record.seq = seq as u64;
        record.device_ms = record.device_ms.map(|ms| ms - 5_000);
    }
    insta::assert_snapshot!(holds(RECONNECT, &tale), @"reconnect: required CONNECTED within 30.000 s of the loss, one WebSocket at a time, nothing from an old link; found 2 losses regained, the longest after 0.199 s");
}

#[test]
fn the_scenarios_own_wait_is_the_requirement() {
    let wait = Requirement {
        event: "ws.open".into(),
        by: "device".into(),
        since: Some("cut".into()),
        within_us: 300_000,
    };
    let checks = r#"{"reconnect":{"since":"cut"}}"#;
    let judged = judge_in(checks, &cut(1_301), |context| context.requirements = vec![wait]);
    insta::assert_snapshot!(expect(Verdict::Fail, judged), @"reconnect: required CONNECTED within 0.300 s of `cut`, one WebSocket at a time, nothing from an old link; found the connection lost at 1.001 s was regained after 0.301 s");
    holds(checks, &cut(1_301));
}

#[test]
fn a_stop_on_command_has_nothing_to_regain() {
    let mut tale = cut(1_200);
    tale.device(2_000, "closed", "link=2 type=wss why=local")
        .device(2_000, "stopped", "")
        .harness(90_000, "note", "");
    holds(RECONNECT, &tale);
}

#[test]
fn without_a_trace_the_service_tells() {
    let mut tale = Tale::default();
    tale.service(0, "accept", "conn=1").service(30, "ws.open", "conn=1 role=master");
    let judged = |tale: &Tale| judge_in(RECONNECT, tale, |context| context.meets.clear());
    assert_eq!(judged(&tale).verdict, Verdict::Inconclusive);
    tale.service(1_000, "conn.end", "conn=1 why=reset by=fault").service(
        31_001,
        "ws.open",
        "conn=2 role=master",
    );
    insta::assert_snapshot!(expect(Verdict::Fail, judged(&tale)), @"reconnect: required CONNECTED within 30.000 s of the loss, one WebSocket at a time, nothing from an old link; found the connection lost at 1.000 s was regained after 30.001 s");
    let last = tale.history.last_mut().expect("open");
    last.t_us -= 1_000;
    insta::assert_snapshot!(expect(Verdict::Pass, judged(&tale)), @"reconnect: required CONNECTED within 30.000 s of the loss, one WebSocket at a time, nothing from an old link; found 1 loss regained, the longest after 30.000 s");
    // A half-open link ends at the service after its successor is there.
    let mut tale = Tale::default();
    tale.service(30, "ws.open", "conn=1 role=master")
        .service(27_000, "ws.open", "conn=2 role=master")
        .service(60_000, "conn.end", "conn=1 why=fin by=client");
    assert_eq!(judged(&tale).verdict, Verdict::Pass);
}
