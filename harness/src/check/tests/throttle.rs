use super::dsl::*;
use crate::verdict::Verdict;

const THROTTLE: &str = r#"{"throttle":{}}"#;

fn sends(kind: &str, times_ms: impl IntoIterator<Item = u64>) -> Tale {
    let mut tale = Tale::default();
    tale.device(0, "hello", "");
    for (ticket, ms) in times_ms.into_iter().enumerate() {
        tale.device(ms, "out", &format!("ticket={ticket} to=v type={kind} sha=s{ticket}")).device(
            ms,
            "written",
            &format!("ticket={ticket} link=1"),
        );
    }
    tale
}

#[test]
fn holds_at_the_rates_and_fails_above_them() {
    insta::assert_snapshot!(holds(THROTTLE, &sends("SDP_ANSWER", [0, 1, 2, 3, 4, 1_000])), @"throttle: required at most 5 SDP and 20 ICE a second per socket; limited calls wait 0.100 s; found 6 messages sent, 0 limited calls");
    insta::assert_snapshot!(fails(THROTTLE, &sends("SDP_ANSWER", [0, 1, 2, 3, 4, 999])), @"throttle: required at most 5 SDP and 20 ICE a second per socket; limited calls wait 0.100 s; found 6 SDP messages in one second on socket 1");
    holds(THROTTLE, &sends("ICE_CANDIDATE", 0..20));
    insta::assert_snapshot!(fails(THROTTLE, &sends("ICE_CANDIDATE", 0..21)), @"throttle: required at most 5 SDP and 20 ICE a second per socket; limited calls wait 0.100 s; found 21 ICE messages in one second on socket 1");
    holds(r#"{"throttle":{"ice_per_second":30}}"#, &sends("ICE_CANDIDATE", 0..21));
}

#[test]
fn without_a_trace_arrivals_count_unless_a_fault_may_have_bunched_them() {
    let mut tale = Tale::default();
    for ms in 0..6 {
        tale.service(ms, "ws.in", "conn=1 type=SDP_ANSWER sha=x");
    }
    let judged = |tale: &Tale| judge_in(THROTTLE, tale, |context| context.meets.clear());
    expect(Verdict::Fail, judged(&tale));
    tale.service(7, "fault.fired", "rule=slow fault=latency");
    insta::assert_snapshot!(expect(Verdict::Inconclusive, judged(&tale)), @"throttle: required at most 5 SDP and 20 ICE a second per socket; limited calls wait 0.100 s; found 6 SDP messages in one second on socket 1, which a fault may have bunched");
}

fn limited(again_ms: u64, status: u16) -> Tale {
    let mut tale = Tale::default();
    tale.device(0, "hello", "")
        .service(10, "ws.open", "conn=1 role=master")
        .service(100, "request", "conn=2 api=ice-config")
        .service(110, "response", &format!("conn=2 api=ice-config status={status} error=x"))
        .service(112, "request", "conn=3 api=describe")
        .service(again_ms, "request", "conn=4 api=ice-config")
        .service(again_ms + 5, "response", "conn=4 api=ice-config status=200");
    tale
}

#[test]
fn a_limited_call_waits_and_others_need_not() {
    insta::assert_snapshot!(holds(THROTTLE, &limited(260, 429)), @"throttle: required at most 5 SDP and 20 ICE a second per socket; limited calls wait 0.100 s; found 0 messages sent, 1 limited call");
    insta::assert_snapshot!(fails(THROTTLE, &limited(150, 429)), @"throttle: required at most 5 SDP and 20 ICE a second per socket; limited calls wait 0.100 s; found `ice-config` was limited and made again after 0.040 s");
    fails(THROTTLE, &limited(150, 503));
    holds(r#"{"throttle":{"wait":"40ms"}}"#, &limited(150, 429));
    unknown(THROTTLE, &limited(150, 404));
    let mut named = limited(150, 400);
    named.history[3].fields.insert("error".into(), "ClientLimitExceededException".into());
    fails(THROTTLE, &named);
}

#[test]
fn the_socket_beside_it_stays() {
    let mut tale = limited(260, 429);
    tale.service(200, "conn.end", "conn=1 why=fin by=service");
    holds(THROTTLE, &tale);
    let mut tale = limited(260, 429);
    tale.service(200, "conn.end", "conn=1 why=fin by=client");
    insta::assert_snapshot!(fails(THROTTLE, &tale), @"throttle: required at most 5 SDP and 20 ICE a second per socket; limited calls wait 0.100 s; found `ice-config` was limited, and the device left connection 1 for it");
}

#[test]
fn cannot_tell_without_sends_and_limits() {
    let mut tale = Tale::default();
    tale.device(0, "hello", "");
    insta::assert_snapshot!(unknown(THROTTLE, &tale), @"throttle: required at most 5 SDP and 20 ICE a second per socket; limited calls wait 0.100 s; found the device sent nothing and no call of it was limited");
    unknown(THROTTLE, &Tale::default());
}
