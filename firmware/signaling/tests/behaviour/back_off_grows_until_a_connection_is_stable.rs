use kvs_signaling::event::CloseReason;
use kvs_signaling::{Cause, Input, State};

use crate::support::{Answer, Options, Rig, Told};

fn waits(rig: &Rig) -> Vec<(u32, u64, u64)> {
    let retry = |told: &Told| match told {
        Told::Retry { attempt, base_ms, wait_ms, .. } => Some((*attempt, *base_ms, *wait_ms)),
        _ => None,
    };
    rig.told.iter().filter_map(|(_, told)| retry(told)).collect()
}

#[test]
fn a_dead_network_is_called_ever_more_slowly_and_never_given_up() {
    let mut rig = Rig::new(Options::default());
    rig.opens = Err(CloseReason::Dns);
    rig.input(Input::Start);
    rig.run(3_600_000);
    let waits = waits(&rig);
    let bases: Vec<u64> = waits.iter().map(|(_, base, _)| *base).take(9).collect();
    assert_eq!(bases, [100, 200, 400, 800, 1_600, 3_200, 6_400, 10_000, 10_000]);
    for (attempt, base_ms, wait_ms) in &waits {
        assert!((*base_ms..2 * base_ms).contains(wait_ms), "attempt {attempt}: {wait_ms}");
    }
    // The waits told are the gaps kept.
    let failed = rig.times(|told| matches!(told, Told::Retry { .. }));
    let opened = rig.times(|told| matches!(told, Told::Open { .. }));
    for (gap, (_, _, wait_ms)) in failed.iter().zip(&opened[1..]).zip(&waits) {
        assert_eq!(gap.1 - gap.0, *wait_ms);
    }
    assert!(opened.len() <= 500, "{} connects in an hour", opened.len());
    rig.opens = Ok(true);
    assert!(rig.run_until(20_000, |rig| rig.session.state() == State::Connected), "{rig:?}");
}

#[test]
fn the_first_reconnect_after_a_stable_connection_waits_too() {
    let mut rig = Rig::connected(Options::default());
    rig.run(30_000);
    let link = rig.socket();
    rig.end(link, CloseReason::Reset);
    assert_eq!(rig.session.state(), State::Waiting);
    let (attempt, base_ms, wait_ms) = waits(&rig)[0];
    assert_eq!((attempt, base_ms), (0, 100));
    assert!((100..200).contains(&wait_ms));
}

#[test]
fn a_short_connection_does_not_reset_it_and_a_stable_one_does() {
    let mut rig = Rig::connected(Options::default());
    for round in 0..4 {
        rig.run(1_000);
        let link = rig.socket();
        rig.end(link, CloseReason::Reset);
        assert_eq!(waits(&rig)[round].0, round as u32);
        assert!(rig.run_until(30_000, |rig| rig.session.state() == State::Connected));
    }
    rig.run(30_000);
    let link = rig.socket();
    rig.end(link, CloseReason::Fin);
    assert_eq!(waits(&rig).last().map(|(attempt, base, _)| (*attempt, *base)), Some((0, 100)));
}

#[test]
fn every_failure_on_the_way_waits_and_says_why() {
    for (part, answer, cause) in [
        ("describe", Answer::body(500, "<html>"), Cause::Refused),
        ("describe", Answer::error(400, "ClientLimitExceededException"), Cause::Throttled),
        ("Endpoint", Answer::body(429, ""), Cause::Throttled),
        ("Endpoint", Answer::body(200, "<html>"), Cause::BadResponse),
        ("ice", Answer::body(200, "{}"), Cause::BadResponse),
        ("ice", Answer::End, Cause::LinkLost),
        ("describe", Answer::Raw(b"SSH-2.0-x\r\n\r\n".to_vec()), Cause::BadResponse),
        ("ice", Answer::Silence, Cause::CallTimeout),
        ("X-Amz", Answer::body(503, ""), Cause::Refused),
        ("X-Amz", Answer::Silence, Cause::CallTimeout),
        ("X-Amz", Answer::End, Cause::LinkLost),
        ("X-Amz", Answer::Raw(b"HTTP/1.1 101 x\r\n\r\n".to_vec()), Cause::BadResponse),
        ("describe", Answer::body(200, &" ".repeat(7_000)), Cause::TooLarge),
    ] {
        let mut rig = Rig::new(Options::default());
        rig.service.answer(part, [answer.clone()]);
        rig.input(Input::Start);
        assert!(rig.run_until(40_000, |rig| rig.session.state() == State::Connected), "{rig:?}");
        let told =
            |told: &Told| matches!(told, Told::Retry { cause: found, .. } if *found == cause);
        assert_eq!(rig.count(told), 1, "{part} {answer:?} {rig:?}");
        assert_eq!(waits(&rig).len(), 1, "{part} {answer:?}");
        assert_eq!(rig.most_sockets, 1);
    }
}

#[test]
fn links_that_do_not_open_are_given_up_in_time() {
    let mut rig = Rig::new(Options::default());
    rig.opens = Ok(false);
    rig.input(Input::Start);
    assert!(rig.run_until(60_000, |rig| rig.session.state() == State::Waiting));
    assert_eq!(rig.now_ms, 30_000);
    assert_eq!(rig.count(|told| matches!(told, Told::Close(_))), 1);
}

#[test]
fn the_endpoint_is_looked_up_again_after_three_failed_connects() {
    let mut rig = Rig::new(Options::default());
    rig.service.answer("X-Amz", vec![Answer::body(503, ""); 3]);
    rig.input(Input::Start);
    assert!(rig.run_until(10_000, |rig| rig.session.state() == State::Connected), "{rig:?}");
    assert_eq!(rig.service.requests_to("describe").len(), 1);
    assert_eq!(rig.service.requests_to("Endpoint").len(), 2);
    assert_eq!(rig.service.requests_to("ice").len(), 1);
}
