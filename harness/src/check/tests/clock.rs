use super::dsl::*;
use crate::verdict::{CheckResult, Verdict};

const CLOCK: &str = r#"{"clock":{}}"#;
const WALL: u64 = 1_767_225_600_000;

/// The device is 7 min ahead, is refused once, learns, and signs rightly.
fn learned(offset_ms: i64) -> Tale {
    let mut tale = Tale::default();
    tale.device(0, "hello", "")
        .service(100, "accept", "conn=1")
        .service(110, "request", &format!("conn=1 api=describe date_unix_ms={}", WALL + 420_000))
        .service(111, "response", "conn=1 api=describe status=403 error=InvalidSignatureException")
        .device(115, "clock", &format!("offset_ms={offset_ms}"))
        .service(120, "request", &format!("conn=1 api=describe date_unix_ms={WALL}"))
        .service(121, "response", "conn=1 api=describe status=200");
    upgrade(&mut tale, 5_000, 4_000);
    tale
}

fn upgrade(tale: &mut Tale, ms: u64, date_ms: u64) {
    tale.service(ms - 10, "accept", &format!("conn={ms}")).service(
        ms,
        "upgrade",
        &format!("conn={ms} date_unix_ms={} status=101", WALL + date_ms),
    );
}

fn ahead(tale: &Tale) -> CheckResult {
    judge_in(CLOCK, tale, |context| context.clock_offset_ms = 420_000)
}

#[test]
fn holds_when_learned_and_applied() {
    insta::assert_snapshot!(expect(Verdict::Pass, ahead(&learned(-420_000))), @"clock: required dates right to 5.000 s after at most 1 refusal in a row; found 2 signed requests with the right date");
}

#[test]
fn fails_when_learned_wrong_or_not_applied() {
    insta::assert_snapshot!(expect(Verdict::Fail, ahead(&learned(-300_000))), @"clock: required dates right to 5.000 s after at most 1 refusal in a row; found a clock was learned that is off by 120.000 s");
    let mut tale = learned(-420_000);
    upgrade(&mut tale, 9_000, 429_000);
    insta::assert_snapshot!(expect(Verdict::Fail, ahead(&tale)), @"clock: required dates right to 5.000 s after at most 1 refusal in a row; found `connect` signed with a date 420.000 s off");
    let mut tale = learned(-420_000);
    upgrade(&mut tale, 9_000, 39_000);
    insta::assert_snapshot!(expect(Verdict::Fail, ahead(&tale)), @"clock: required dates right to 5.000 s after at most 1 refusal in a row; found `connect` signed with a date 30.000 s off, though the service takes it");
}

#[test]
fn within_one_instant_a_wrong_date_may_be_from_before() {
    let mut tale = learned(-420_000);
    tale.history.iter_mut().for_each(|record| record.t_us = 0);
    for record in &mut tale.history {
        if record.event == "upgrade" {
            record.fields.insert("date_unix_ms".into(), WALL.into());
        }
    }
    assert!(
        expect(Verdict::Pass, ahead(&tale))
            .ends_with("found 2 signed requests with the right date")
    );
}

#[test]
fn fails_in_a_loop_of_refusals() {
    let mut tale = learned(-420_000);
    for ms in 0..3 {
        tale.service(6_000 + ms, "response", "conn=1 api=describe status=403 error=Invalid");
    }
    insta::assert_snapshot!(expect(Verdict::Fail, ahead(&tale)), @"clock: required dates right to 5.000 s after at most 1 refusal in a row; found 3 refusals in a row");
    // Denied is another matter.
    let mut tale = learned(-420_000);
    for ms in 0..3 {
        tale.service(6_000 + ms, "response", "conn=1 status=403 error=AccessDeniedException");
    }
    expect(Verdict::Pass, ahead(&tale));
}

#[test]
fn a_wrong_clock_of_the_service_is_the_one_to_learn() {
    let mut tale = Tale::default();
    tale.device(0, "hello", "").device(100, "clock", "offset_ms=420000");
    upgrade(&mut tale, 5_000, 425_000);
    let judged = |skew| judge_in(CLOCK, &tale, |context| context.service_skew = vec![(0, skew)]);
    expect(Verdict::Pass, judged(420_000));
    expect(Verdict::Fail, judged(-420_000));
}

#[test]
fn cannot_tell_when_no_clock_was_wrong_or_nothing_signed() {
    insta::assert_snapshot!(unknown(CLOCK, &learned(0)), @"clock: required dates right to 5.000 s after at most 1 refusal in a row; found no clock was wrong, so nothing was to learn");
    let mut tale = Tale::default();
    tale.device(0, "hello", "");
    insta::assert_snapshot!(expect(Verdict::Inconclusive, ahead(&tale)), @"clock: required dates right to 5.000 s after at most 1 refusal in a row; found nothing was signed after the clock was learned");
}

#[test]
fn without_a_trace_dates_after_the_first_answer_count() {
    let tale = learned(0);
    let judged = |tale: &Tale| {
        judge_in(CLOCK, tale, |context| {
            context.meets.clear();
            context.clock_offset_ms = 420_000;
        })
    };
    expect(Verdict::Pass, judged(&tale));
    let mut tale = learned(0);
    upgrade(&mut tale, 9_000, 429_000);
    expect(Verdict::Fail, judged(&tale));
}
