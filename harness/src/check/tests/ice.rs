use super::dsl::*;
use crate::verdict::Verdict;

const ICE: &str = r#"{"ice":{}}"#;

/// A list of 300 s, asked for again at `again_ms`, all while connected.
fn refreshed(again_ms: u64) -> Tale {
    let mut tale = Tale::default();
    tale.device(0, "hello", "")
        .device(10, "ice", "servers=2 ttl_s=300")
        .device(30, "connected", "link=2")
        .service(again_ms, "request", "conn=4 api=ice-config")
        .device(again_ms + 10, "call", "link=3 api=ice_config status=200")
        .device(again_ms + 10, "ice", "servers=2 ttl_s=300")
        .harness(400_000, "note", "");
    tale
}

#[test]
fn holds_when_refreshed_before_the_grace() {
    insta::assert_snapshot!(holds(ICE, &refreshed(260_000)), @"ice: required ICE servers asked for again 30.000 s before they expire, socket kept; found 1 refresh in time, 0 failed ones harmless");
}

#[test]
fn fails_when_refreshed_late_or_never() {
    insta::assert_snapshot!(fails(ICE, &refreshed(280_000)), @"ice: required ICE servers asked for again 30.000 s before they expire, socket kept; found a list of 300.000 s was not asked for again within 270.002 s");
    let mut tale = refreshed(260_000);
    tale.history.truncate(3);
    tale.harness(400_000, "note", "");
    insta::assert_snapshot!(fails(ICE, &tale), @"ice: required ICE servers asked for again 30.000 s before they expire, socket kept; found a list of 300.000 s was not asked for again within 270.002 s");
    holds(r#"{"ice":{"grace":"10s"}}"#, &refreshed(280_000));
}

#[test]
fn without_a_connection_nothing_is_due() {
    let mut tale = Tale::default();
    tale.device(0, "hello", "")
        .device(10, "ice", "servers=2 ttl_s=300")
        .device(30, "connected", "link=2")
        .device(50_000, "closed", "link=2 type=wss why=reset")
        .harness(400_000, "note", "");
    insta::assert_snapshot!(unknown(ICE, &tale), @"ice: required ICE servers asked for again 30.000 s before they expire, socket kept; found no refresh was due and none failed");
}

#[test]
fn fails_for_a_list_without_time_and_warns_of_one_in_use_too_long() {
    let mut tale = refreshed(260_000);
    tale.device(300_000, "ice", "servers=2 ttl_s=0");
    insta::assert_snapshot!(fails(ICE, &tale), @"ice: required ICE servers asked for again 30.000 s before they expire, socket kept; found a list was handed over with no time left");
    let mut tale = refreshed(260_000);
    tale.device(570_020, "out", "ticket=1 to=v type=SDP_ANSWER sha=aa");
    tale.service(500_000, "request", "conn=9 api=ice-config");
    insta::assert_snapshot!(expect(Verdict::Warn, judge(ICE, &tale)), @"ice: required ICE servers asked for again 30.000 s before they expire, socket kept; found an offer was answered 10.010 s after the ICE servers expired");
}

#[test]
fn a_failed_refresh_leaves_the_socket_alone() {
    let mut tale = refreshed(260_000);
    tale.device(270_000, "call", "link=5 api=ice_config status=500 error=x");
    insta::assert_snapshot!(holds(ICE, &tale), @"ice: required ICE servers asked for again 30.000 s before they expire, socket kept; found 1 refresh in time, 1 failed one harmless");
    tale.device(270_010, "closed", "link=2 type=wss why=local");
    insta::assert_snapshot!(fails(ICE, &tale), @"ice: required ICE servers asked for again 30.000 s before they expire, socket kept; found a refresh failed, and the device gave up link 2");
}

#[test]
fn told_to_refresh_it_does() {
    let mut tale = Tale::default();
    tale.device(0, "hello", "")
        .device(10, "connected", "link=2")
        .device(1_000, "reconnect_ice", "link=2")
        .service(1_000, "request", "conn=3 api=ice-config");
    assert!(holds(ICE, &tale).contains("1 refresh in time"));
    tale.history.pop();
    unknown(ICE, &tale);
    tale.harness(60_000, "note", "");
    insta::assert_snapshot!(fails(ICE, &tale), @"ice: required ICE servers asked for again 30.000 s before they expire, socket kept; found RECONNECT_ICE_SERVER came, and none was asked for within 45.000 s");
}

#[test]
fn cannot_tell_when_no_refresh_was_due() {
    let mut tale = Tale::default();
    tale.device(0, "hello", "").device(10, "ice", "servers=2 ttl_s=300").device(
        30,
        "connected",
        "link=2",
    );
    insta::assert_snapshot!(unknown(ICE, &tale), @"ice: required ICE servers asked for again 30.000 s before they expire, socket kept; found no refresh was due and none failed");
    tale.history.remove(1);
    assert!(unknown(ICE, &tale).contains("line 1 of the trace is missing"));
    let result = judge_in(ICE, &tale, |context| context.meets.clear());
    expect(Verdict::Skip, result);
}
