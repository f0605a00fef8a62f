use super::dsl::*;
use crate::redact::Secret;
use crate::verdict::Verdict;

fn booted() -> Tale {
    let mut tale = Tale::default();
    tale.device(0, "hello", "reset=power").device(5, "open", "link=1 type=https attempt=0");
    tale
}

#[test]
fn health_holds_for_a_whole_trace_without_incident() {
    insta::assert_snapshot!(holds(r#"{"health":{}}"#, &booted()), @"health: required no panic, no unasked reset, every line of the trace; found 2 lines, none missing; 1 boot");
}

#[test]
fn health_fails_on_a_panic_and_on_a_reset_nobody_asked_for() {
    let mut tale = booted();
    tale.device(9, "panic", "text=index_out_of_bounds");
    insta::assert_snapshot!(fails(r#"{"health":{}}"#, &tale), @"health: required no panic, no unasked reset, every line of the trace; found panic: index_out_of_bounds");

    let mut tale = booted();
    tale.device(9, "hello", "reset=watchdog");
    tale.history.last_mut().expect("hello").seq = 0;
    insta::assert_snapshot!(fails(r#"{"health":{}}"#, &tale), @"health: required no panic, no unasked reset, every line of the trace; found a reset nobody asked for, reason `watchdog`");
    insta::assert_snapshot!(holds(r#"{"health":{"resets":["watchdog"]}}"#, &tale), @"health: required no panic, no unasked reset, every line of the trace; found 3 lines, none missing; 2 boots");
    tale.harness(8, "step", "n=4 word=reset");
    insta::assert_snapshot!(holds(r#"{"health":{}}"#, &tale), @"health: required no panic, no unasked reset, every line of the trace; found 3 lines, none missing; 2 boots");
}

#[test]
fn health_cannot_tell_when_lines_are_missing() {
    let mut tale = booted();
    tale.device(9, "connected", "link=1 attempt=0");
    tale.history.last_mut().expect("line").seq = 5;
    insta::assert_snapshot!(unknown(r#"{"health":{}}"#, &tale), @"health: required no panic, no unasked reset, every line of the trace; found lines 2 to 4 of the trace are missing");
    insta::assert_snapshot!(unknown(r#"{"health":{}}"#, &Tale::default()), @"health: required no panic, no unasked reset, every line of the trace; found the device reported nothing");
    let mut late = Tale::default();
    late.device(0, "hello", "reset=power");
    late.history.last_mut().expect("line").seq = 3;
    insta::assert_snapshot!(unknown(r#"{"health":{}}"#, &late), @"health: required no panic, no unasked reset, every line of the trace; found the trace begins with line 3");
}

#[test]
fn health_without_a_trace_needs_at_least_a_connection() {
    let mut tale = Tale::default();
    let untraced = |tale: &Tale| judge_in(r#"{"health":{}}"#, tale, |c| c.meets.clear());
    insta::assert_snapshot!(expect(Verdict::Inconclusive, untraced(&tale)), @"health: required no panic, no unasked reset, every line of the trace; found neither a trace nor a connection of the device");
    tale.service(3, "accept", "conn=1");
    insta::assert_snapshot!(expect(Verdict::Pass, untraced(&tale)), @"health: required no panic, no unasked reset, every line of the trace; found no trace; the service heard of the device");
}

#[test]
fn secrets_holds_fails_and_says_what_it_did_not_look_for() {
    let mut tale = booted();
    let key = Secret::new("secret_key", "wJalr/XUtn");
    let judged = |tale: &Tale, secrets: Vec<Secret>| {
        judge_in(r#"{"secrets":{}}"#, tale, |context| {
            context.secrets = secrets;
            context.texts = vec![("console.log".to_owned(), "boot\nok".to_owned())];
        })
    };
    insta::assert_snapshot!(expect(Verdict::Pass, judged(&tale, vec![key.clone()])), @"secrets: required no secret in any record, console line or report; found none of 1 secret in 2 records and 1 text");
    insta::assert_snapshot!(expect(Verdict::Inconclusive, judged(&tale, vec![])), @"secrets: required no secret in any record, console line or report; found the run named no secret to look for");
    let short = Secret::new("pin", "123");
    insta::assert_snapshot!(expect(Verdict::Warn, judged(&tale, vec![key.clone(), short])), @"secrets: required no secret in any record, console line or report; found too short to look for: pin");
    tale.device(9, "error", "what=wJalr%2FXUtn");
    insta::assert_snapshot!(expect(Verdict::Fail, judged(&tale, vec![key.clone()])), @"secrets: required no secret in any record, console line or report; found secret_key (percent-encoded) in `error` of device");
    let result = judge_in(r#"{"secrets":{}}"#, &booted(), |context| {
        context.secrets = vec![key];
        context.texts = vec![("console.log".to_owned(), "boot\nwJalr/XUtn".to_owned())];
    });
    insta::assert_snapshot!(expect(Verdict::Fail, result), @"secrets: required no secret in any record, console line or report; found secret_key (plain) in line 2 of console.log");
}

fn healed() -> Tale {
    let mut tale = booted();
    tale.device(100, "connected", "link=2 attempt=0")
        .service(99, "ws.open", "conn=2 role=master")
        .harness(200, "heal", "")
        .harness(200, "phase", "name=liveness");
    tale
}

#[test]
fn liveness_holds_when_a_fresh_offer_is_answered() {
    let mut tale = healed();
    tale.say(201, "viewer", "peer.send", "type=SDP_OFFER sha=aa as=liveness").say(
        250,
        "viewer",
        "peer.recv",
        "type=SDP_ANSWER sha=bb of=aa",
    );
    insta::assert_snapshot!(holds(r#"{"liveness":{}}"#, &tale), @"liveness: required CONNECTED and a fresh offer answered within 90.000 s of the last heal; found connected after 0.000 s, an offer answered after 0.050 s");
}

#[test]
fn liveness_fails_unconnected_unanswered_or_late() {
    let mut tale = healed();
    tale.device(150, "closed", "link=2 type=wss why=reset").harness(90_300, "note", "");
    insta::assert_snapshot!(fails(r#"{"liveness":{}}"#, &tale), @"liveness: required CONNECTED and a fresh offer answered within 90.000 s of the last heal; found not connected again, 90.100 s after it");

    let mut tale = healed();
    tale.say(201, "viewer", "peer.send", "type=SDP_OFFER sha=aa").harness(90_300, "note", "");
    insta::assert_snapshot!(fails(r#"{"liveness":{}}"#, &tale), @"liveness: required CONNECTED and a fresh offer answered within 90.000 s of the last heal; found no fresh offer answered, 90.100 s after it");
    // An answer to an offer from before the heal proves nothing.
    tale.say(190, "viewer", "peer.send", "type=SDP_OFFER sha=old").say(
        300,
        "viewer",
        "peer.recv",
        "type=SDP_ANSWER sha=bb of=old",
    );
    assert!(fails(r#"{"liveness":{}}"#, &tale).contains("no fresh offer answered"));

    tale.say(95_300, "viewer", "peer.recv", "type=SDP_ANSWER sha=cc of=aa");
    insta::assert_snapshot!(fails(r#"{"liveness":{}}"#, &tale), @"liveness: required CONNECTED and a fresh offer answered within 90.000 s of the last heal; found an offer answered only 95.100 s after it");
}

#[test]
fn liveness_cannot_tell_without_its_phase_or_its_offer() {
    insta::assert_snapshot!(unknown(r#"{"liveness":{}}"#, &booted()), @"liveness: required CONNECTED and a fresh offer answered within 90.000 s of the last heal; found the run never came to its liveness phase");
    insta::assert_snapshot!(unknown(r#"{"liveness":{}}"#, &healed()), @"liveness: required CONNECTED and a fresh offer answered within 90.000 s of the last heal; found no fresh offer was made after it");
}

#[test]
fn liveness_of_a_viewer_is_an_answer_to_its_own_offer() {
    let mut tale = healed();
    tale.device(210, "out", "ticket=1 type=SDP_OFFER sha=aa").device(
        250,
        "in",
        "link=2 type=SDP_ANSWER sha=bb",
    );
    let result = judge_in(r#"{"liveness":{}}"#, &tale, |c| c.role = crate::check::Role::Viewer);
    expect(Verdict::Pass, result);
}

#[test]
fn a_check_can_be_switched_off() {
    let checks: crate::check::Checks =
        serde_json::from_str(r#"{"liveness":"off","health":false,"secrets":null}"#)
            .expect("checks");
    let asked: Vec<_> = checks.asked().iter().map(|check| check.id).collect();
    assert_eq!(asked, ["secrets"]);
}
