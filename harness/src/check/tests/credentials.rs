use super::dsl::*;
use crate::verdict::Verdict;

const CREDENTIALS: &str = r#"{"credentials":{}}"#;
/// The service's wall clock when a run begins.
const WALL: u64 = 1_767_225_600_000;

/// A connect that arrives at `ms`, signed at `signed_ms` (both of the run).
fn connect(tale: &mut Tale, ms: u64, signed_ms: u64, signature: &str) {
    let date = WALL + signed_ms;
    let conn = ms;
    tale.device(ms - 20, "open", "link=2 type=wss attempt=0")
        .service(ms - 10, "accept", &format!("conn={conn}"))
        .service(
            ms,
            "upgrade",
            &format!(
                "conn={conn} date_unix_ms={date} signature={signature} key=k1 key_left_s=3000 status=101"
            ),
        );
}

fn fresh() -> Tale {
    let mut tale = Tale::default();
    tale.device(0, "hello", "").service(
        0,
        "credentials.issued",
        &format!("key=k1 expires_unix_ms={}", WALL + 3_600_000),
    );
    connect(&mut tale, 1_000, 985, "s1");
    connect(&mut tale, 9_000, 8_000, "s2");
    tale
}

#[test]
fn holds_for_fresh_signatures_with_life_left() {
    insta::assert_snapshot!(holds(CREDENTIALS, &fresh()), @"credentials: required each connect signed at most 2.000 s before it, with 60.000 s or more left; found 2 connects and 0 signed requests");
}

#[test]
fn fails_for_an_old_signature_to_the_millisecond() {
    let with = |signed_ms| {
        let mut tale = fresh();
        connect(&mut tale, 20_000, signed_ms, "s3");
        judge(CREDENTIALS, &tale)
    };
    // 2 s and the 20 ms from `open` to the upgrade.
    expect(Verdict::Pass, with(17_980));
    insta::assert_snapshot!(expect(Verdict::Fail, with(17_979)), @"credentials: required each connect signed at most 2.000 s before it, with 60.000 s or more left; found a connect signed 2.021 s before it arrived, and it took 0.020 s to connect");
    expect(Verdict::Pass, with(22_000));
    insta::assert_snapshot!(expect(Verdict::Fail, with(22_001)), @"credentials: required each connect signed at most 2.000 s before it, with 60.000 s or more left; found a connect signed 2.001 s after it arrived, and it took 0.020 s to connect");
}

#[test]
fn a_signature_may_come_again_only_with_its_date() {
    let mut tale = fresh();
    connect(&mut tale, 9_900, 8_000, "s2");
    holds(CREDENTIALS, &tale);
    connect(&mut tale, 9_950, 9_000, "s2");
    insta::assert_snapshot!(fails(CREDENTIALS, &tale), @"credentials: required each connect signed at most 2.000 s before it, with 60.000 s or more left; found signature s2 came with two dates");
}

#[test]
fn a_slow_connect_may_be_as_slow_as_it_was() {
    let mut tale = fresh();
    tale.device(20_000, "open", "link=3 type=wss").service(24_900, "accept", "conn=7").service(
        25_000,
        "upgrade",
        &format!("conn=7 date_unix_ms={} signature=s3", WALL + 19_500),
    );
    holds(CREDENTIALS, &tale);
}

#[test]
fn an_injected_offset_is_corrected_unless_the_device_learned() {
    let with = |offset: i64, learned: Option<i64>, signed: u64| {
        let mut tale = Tale::default();
        tale.device(0, "hello", "");
        if let Some(learned) = learned {
            tale.device(500, "clock", &format!("offset_ms={learned}"));
        }
        connect(&mut tale, 1_000_000, signed, "s1");
        judge_in(CREDENTIALS, &tale, |context| context.clock_offset_ms = offset).verdict
    };
    assert_eq!(with(60_000, None, 1_059_500), Verdict::Pass);
    assert_eq!(with(60_000, None, 999_500), Verdict::Fail);
    assert_eq!(with(420_000, Some(-420_000), 999_500), Verdict::Pass);
    assert_eq!(with(420_000, Some(-420_000), 900_000), Verdict::Fail);
}

#[test]
fn fails_when_signed_with_expired_credentials_or_too_little_left() {
    let mut tale = fresh();
    let request = "conn=3 api=describe signed=header key=k1";
    tale.service(3_541_000, "request", request);
    insta::assert_snapshot!(fails(CREDENTIALS, &tale), @"credentials: required each connect signed at most 2.000 s before it, with 60.000 s or more left; found `describe` signed with 59.000 s left");
    tale.history.pop();
    tale.service(3_600_500, "request", request);
    insta::assert_snapshot!(fails(CREDENTIALS, &tale), @"credentials: required each connect signed at most 2.000 s before it, with 60.000 s or more left; found `describe` signed 0.500 s after the credentials expired");
    holds(r#"{"credentials":{"left":"10s"}}"#, &fresh());
    tale.history.pop();
    // Made to expire early: the device cannot know before it is refused.
    tale.service(10_000, "credentials.expired", "key=k1").service(11_000, "request", request);
    holds(CREDENTIALS, &tale);
    tale.history.pop();
    tale.service(11_000, "request", "conn=3 api=describe signed=none");
    holds(CREDENTIALS, &tale);
}

#[test]
fn without_word_of_their_issue_the_services_own_count_is_taken() {
    let mut tale = Tale::default();
    connect(&mut tale, 1_000, 985, "s1");
    holds(CREDENTIALS, &tale);
    let upgrade = tale.history.last_mut().expect("an upgrade");
    upgrade.fields.insert("key_left_s".into(), 59.into());
    insta::assert_snapshot!(fails(CREDENTIALS, &tale), @"credentials: required each connect signed at most 2.000 s before it, with 60.000 s or more left; found `connect` signed with 59.000 s left");
}

#[test]
fn one_refresh_is_in_flight() {
    let mut tale = fresh();
    tale.device(10_000, "need_credentials", "")
        .device(10_100, "credentials", "left_s=3600")
        .device(10_200, "need_credentials", "");
    holds(CREDENTIALS, &tale);
    // The provider did not answer in 15 s.
    tale.device(25_200, "need_credentials", "");
    holds(CREDENTIALS, &tale);
    tale.device(26_000, "need_credentials", "");
    insta::assert_snapshot!(fails(CREDENTIALS, &tale), @"credentials: required each connect signed at most 2.000 s before it, with 60.000 s or more left; found credentials asked for again after 0.800 s, still in flight");
}

#[test]
fn expired_and_denied_are_told_apart() {
    let refused = |error: &str, why: &str| {
        let mut tale = fresh();
        tale.device(10_000, "call", &format!("link=5 api=describe status=403 error={error}"))
            .device(10_001, "retry", &format!("attempt=0 why={why}"));
        judge(CREDENTIALS, &tale)
    };
    expect(Verdict::Pass, refused("ExpiredTokenException", "expired"));
    expect(Verdict::Pass, refused("AccessDeniedException", "denied"));
    insta::assert_snapshot!(expect(Verdict::Fail, refused("ExpiredTokenException", "denied")), @"credentials: required each connect signed at most 2.000 s before it, with 60.000 s or more left; found a refusal for `expired` credentials was taken for `denied`");
    insta::assert_snapshot!(expect(Verdict::Fail, refused("AccessDeniedException", "expired")), @"credentials: required each connect signed at most 2.000 s before it, with 60.000 s or more left; found a refusal for `denied` credentials was taken for `expired`");
}

#[test]
fn an_expired_key_is_not_signed_with_again() {
    let mut tale = fresh();
    tale.service(20_000, "request", "conn=8 api=describe signed=header key=k1").service(
        20_001,
        "response",
        "conn=8 api=describe status=403 error=ExpiredTokenException",
    );
    holds(CREDENTIALS, &tale);
    let mut renewed = fresh();
    renewed.history.extend(tale.history.iter().rev().take(2).cloned());
    renewed.service(20_500, "request", "conn=9 api=describe signed=header key=k2");
    holds(CREDENTIALS, &renewed);
    tale.service(20_500, "request", "conn=9 api=describe signed=header key=k1");
    insta::assert_snapshot!(fails(CREDENTIALS, &tale), @"credentials: required each connect signed at most 2.000 s before it, with 60.000 s or more left; found key k1 was refused as expired and signed with again");
}

#[test]
fn cannot_tell_when_nothing_was_signed() {
    insta::assert_snapshot!(unknown(CREDENTIALS, &Tale::default()), @"credentials: required each connect signed at most 2.000 s before it, with 60.000 s or more left; found the device signed nothing");
}

#[test]
fn without_a_trace_either_reading_of_a_wrong_clock_is_taken() {
    let with = |signed: u64| {
        let mut tale = Tale::default();
        connect(&mut tale, 1_000_000, signed, "s1");
        tale.history.retain(|record| record.source == "service");
        judge_in(CREDENTIALS, &tale, |context| {
            context.meets.clear();
            context.clock_offset_ms = 420_000;
        })
        .verdict
    };
    assert_eq!((with(999_500), with(1_419_500)), (Verdict::Pass, Verdict::Pass));
    assert_eq!((with(900_000), with(1_300_000)), (Verdict::Fail, Verdict::Fail));
}
