use super::dsl::*;
use crate::verdict::{CheckResult, Verdict};

/// A wake with these handshakes and calls, and an answer unless nobody asked.
fn wake(handshakes: &[&str], calls: &[&str], answered: bool) -> Tale {
    let mut tale = Tale::default();
    tale.device(0, "hello", "reset=power");
    tale.service(1, "tls", "ok=true handshake=full conn=1");
    tale.service(2, "request", "api=describe conn=1");
    tale.device(3, "hello", "reset=deep_sleep");
    for handshake in handshakes {
        tale.service(4, "tls", &format!("ok=true handshake={handshake} conn=2"));
    }
    for api in calls {
        tale.service(5, "request", &format!("api={api} conn=2"));
    }
    tale.device(300, "connected", "link=2 attempt=0");
    if answered {
        tale.device(310, "out", "ticket=1 to=viewer type=SDP_ANSWER size=900 sha=00");
        tale.device(312, "written", "ticket=1 link=2");
        tale.harness(
            400,
            "traffic",
            "connections=2 device_bytes=2117 service_bytes=2018 round_trips=6",
        );
    }
    tale
}

fn judged(tale: &Tale) -> CheckResult {
    judge_in(r#"{"wake":{}}"#, tale, |context| {
        context.meets.insert("tls".to_owned());
    })
}

#[test]
fn a_warm_wake_holds_and_says_what_it_cost() {
    let text = expect(Verdict::Pass, judged(&wake(&["resumed", "resumed"], &["ice-config"], true)));
    let cost = "connected 0.300 s and answered 0.312 s after its start, with 0 control-plane calls, 0 \
                full and 2 resumed handshakes, 2 connections, 2117 bytes out, 2018 in, 6 round trips";
    assert!(text.ends_with(cost), "{text}");
}

#[test]
fn what_was_known_must_not_be_asked_for_again() {
    let text = expect(Verdict::Fail, judged(&wake(&["resumed"], &["describe"], true)));
    assert!(text.contains("1 control-plane call,"), "{text}");
}

#[test]
fn one_full_handshake_is_allowed_and_two_are_not() {
    expect(Verdict::Pass, judged(&wake(&["full", "resumed"], &[], true)));
    expect(Verdict::Fail, judged(&wake(&["full", "full", "resumed"], &[], true)));
    // None with a ticket: the tickets did not outlive the sleep.
    expect(Verdict::Fail, judged(&wake(&["full"], &[], true)));
}

#[test]
fn a_device_that_never_answered_or_never_slept() {
    expect(Verdict::Fail, judged(&wake(&["resumed"], &[], false)));
    let mut tale = Tale::default();
    tale.device(0, "hello", "reset=power");
    expect(Verdict::Inconclusive, judged(&tale));
}
