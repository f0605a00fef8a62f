use kvs_signaling::event::CertificateTime;
use kvs_signaling::{Cause, Input, State, WallTime};

use crate::support::{Answer, EPOCH_MS, Options, Rig, Told};

const SKEW_BODY: &str = r#"{"message":"Signature expired: 20260101T000000Z is now earlier than"}"#;

#[test]
fn a_device_in_1970_learns_the_time_before_it_signs_anything() {
    let offset = -i64::try_from(EPOCH_MS).expect("small");
    let mut rig = Rig::new(Options { wall_offset_ms: offset, ..Options::default() });
    rig.input(Input::Start);
    assert_eq!(rig.session.state(), State::Connected, "{rig:?}");
    assert_eq!(rig.states()[..3], [State::Credentials, State::TimeSync, State::Describe]);
    let first = &rig.service.requests[0];
    assert_eq!((first.target.as_str(), first.header("Authorization")), ("/", None));
    let opens: Vec<_> = rig
        .told
        .iter()
        .filter_map(|(_, told)| match told {
            Told::Open { link, time, .. } => Some((*link, *time)),
            _ => None,
        })
        .collect();
    assert_eq!(opens[0].1, CertificateTime::Unknown);
    assert!(opens[1..].iter().all(|(_, time)| matches!(time, CertificateTime::At(_))));
    assert_eq!(first.link, opens[0].0);
    assert!(rig.service.requests[1..].iter().all(|request| request.link != opens[0].0));
    assert!(matches!(rig.session.wall_time(rig.now()), WallTime::Learned(_)));
    assert_eq!(rig.count(|told| matches!(told, Told::Clock(_))), 1);
}

#[test]
fn a_time_answer_without_a_date_is_no_use() {
    let offset = -i64::try_from(EPOCH_MS).expect("small");
    let mut rig = Rig::new(Options { wall_offset_ms: offset, ..Options::default() });
    rig.service
        .answer("/", [Answer::Raw(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n".to_vec())]);
    rig.input(Input::Start);
    assert_eq!(rig.session.state(), State::Waiting);
    assert!(rig.run_until(1_000, |rig| rig.session.state() == State::Connected));
}

#[test]
fn seven_minutes_off_costs_one_refused_call_and_no_wait() {
    for offset in [-420_000, 420_000] {
        let mut rig = Rig::new(Options { wall_offset_ms: offset, ..Options::default() });
        rig.service.answer("describe", [Answer::body(403, SKEW_BODY)]);
        rig.input(Input::Start);
        assert_eq!(rig.session.state(), State::Connected, "{rig:?}");
        assert_eq!(rig.count(|told| matches!(told, Told::Retry { .. })), 0);
        assert_eq!(rig.service.requests_to("describe").len(), 2);
        // The URL of the WebSocket is signed with the corrected time too.
        let date = rig.service.requests_to("X-Amz")[0].query("X-Amz-Date").map(str::to_owned);
        assert_eq!(date.as_deref(), Some("20260101T000000Z"));
        assert_eq!(rig.count(|told| *told == Told::Need), 1);
    }
}

#[test]
fn a_refused_upgrade_corrects_the_clock_whatever_its_body_says() {
    let mut rig = Rig::new(Options::default());
    rig.service.answer("ice", [Answer::Normal]);
    rig.input(Input::Start);
    // The service's clock moves while nothing but the socket is up.
    rig.service.clock_ms += 600_000;
    rig.service.answer("X-Amz", [Answer::body(403, "")]);
    let link = rig.socket();
    rig.end(link, kvs_signaling::event::CloseReason::Reset);
    assert!(rig.run_until(1_000, |rig| rig.session.state() == State::Connected), "{rig:?}");
    assert_eq!(rig.count(|told| matches!(told, Told::Retry { .. })), 1);
    assert_eq!(rig.count(|told| *told == Told::Need), 1, "the credentials were not to blame");
    assert_eq!(rig.count(|told| matches!(told, Told::Clock(_))), 1);
}

#[test]
fn a_skew_that_stays_is_tried_again_once_and_then_waited_out() {
    let mut rig = Rig::new(Options::default());
    rig.service.answer("describe", vec![Answer::body(403, SKEW_BODY); 2]);
    rig.input(Input::Start);
    assert_eq!(rig.session.state(), State::Waiting);
    assert_eq!(rig.count(|told| matches!(told, Told::Retry { cause: Cause::Skew, .. })), 1);
    assert!(rig.run_until(1_000, |rig| rig.session.state() == State::Connected));
}

#[test]
fn a_second_or_two_is_not_a_wrong_clock() {
    let rig = Rig::connected(Options { wall_offset_ms: 2_000, ..Options::default() });
    assert_eq!(rig.count(|told| matches!(told, Told::Clock(_))), 0);
    assert!(matches!(rig.session.wall_time(rig.now()), WallTime::Trusted(_)));
}

#[test]
fn a_clock_that_jumps_back_does_not_matter_once_the_time_is_learned() {
    let mut rig = Rig::connected(Options { wall_offset_ms: 420_000, ..Options::default() });
    rig.options.wall_offset_ms = -86_400_000 * 365;
    rig.run(1_000);
    let WallTime::Learned(time) = rig.session.wall_time(rig.now()) else { panic!("{rig:?}") };
    assert!(time.0.abs_diff(EPOCH_MS + rig.now_ms) <= 1_000);
    assert_eq!(rig.session.state(), State::Connected);
}
