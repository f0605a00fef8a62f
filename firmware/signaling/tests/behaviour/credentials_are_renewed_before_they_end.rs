use kvs_signaling::event::CloseReason;
use kvs_signaling::{Cause, Error, Input, PeerError, State};

use crate::support::{Answer, Options, Rig, Told};

fn asked(rig: &Rig) -> Vec<u64> {
    rig.times(|told| *told == Told::Need)
}

#[test]
fn the_provider_is_asked_a_minute_before_and_the_socket_stays() {
    let mut rig = Rig::connected(Options { credentials_s: Some(600), ..Options::default() });
    rig.run(2_000_000);
    assert_eq!(asked(&rig), [0, 540_000, 1_080_000, 1_620_000]);
    assert_eq!(rig.count(|told| matches!(told, Told::Connected { .. })), 1);
    assert_eq!(rig.session.state(), State::Connected);
}

#[test]
fn nothing_is_signed_with_less_than_a_minute_left() {
    let mut rig = Rig::connected(Options { credentials_s: Some(120), ..Options::default() });
    rig.provides = false;
    rig.run(61_000);
    let link = rig.socket();
    rig.end(link, CloseReason::Reset);
    let before = rig.service.requests.len();
    rig.run(10_000);
    assert_eq!(rig.session.state(), State::Credentials);
    assert_eq!(rig.service.requests.len(), before);
    assert_eq!(asked(&rig).len(), 2, "one question at a time");
    rig.provides = true;
    rig.give_credentials();
    rig.settle();
    assert_eq!(rig.session.state(), State::Connected);
}

#[test]
fn a_provider_that_fails_is_asked_again_with_back_off() {
    let mut rig = Rig::new(Options::default());
    rig.provides = false;
    rig.input(Input::Start);
    for expected in 1..=3 {
        assert_eq!(asked(&rig).len(), expected);
        rig.input(Input::CredentialsFailed);
        assert_eq!(rig.session.state(), State::Waiting);
        assert!(rig.run_until(2_000, |rig| rig.session.state() == State::Credentials));
    }
    let failed =
        rig.count(|told| matches!(told, Told::Retry { cause: Cause::CredentialsFailed, .. }));
    assert_eq!(failed, 3);
}

#[test]
fn a_provider_that_does_not_answer_is_given_up_in_time() {
    let mut rig = Rig::new(Options::default());
    rig.provides = false;
    rig.input(Input::Start);
    assert!(rig.run_until(20_000, |rig| rig.session.state() == State::Waiting));
    assert_eq!(rig.now_ms, 15_000);
}

#[test]
fn a_provider_that_fails_beside_a_socket_leaves_it_alone() {
    let mut rig = Rig::connected(Options { credentials_s: Some(120), ..Options::default() });
    rig.provides = false;
    assert!(rig.run_until(61_000, |rig| asked(rig).len() == 2));
    rig.input(Input::CredentialsFailed);
    assert!(rig.run_until(1_000, |rig| asked(rig).len() == 3), "{rig:?}");
    rig.provides = true;
    rig.give_credentials();
    rig.settle();
    rig.run(1_000);
    assert_eq!(asked(&rig).len(), 3);
    assert_eq!(rig.count(|told| matches!(told, Told::Connected { .. })), 1);
}

#[test]
fn credentials_with_no_life_left_are_not_used() {
    let mut rig = Rig::new(Options { credentials_s: Some(30), ..Options::default() });
    rig.input(Input::Start);
    rig.run(1_000);
    let unsigned = rig.service.requests.iter().filter(|r| r.header("Authorization").is_none());
    assert_eq!((unsigned.count(), rig.service.requests.len()), (1, 1));
    assert!((2..=5).contains(&asked(&rig).len()), "{rig:?}");
    rig.options.credentials_s = Some(600);
    assert!(rig.run_until(30_000, |rig| rig.session.state() == State::Connected));
}

#[test]
fn refused_credentials_are_replaced_once_at_once_and_then_after_a_wait() {
    for kind in ["ExpiredTokenException", "AccessDeniedException"] {
        let mut rig = Rig::new(Options::default());
        rig.service.answer("X-Amz", [Answer::error(403, kind)]);
        rig.input(Input::Start);
        assert_eq!(rig.session.state(), State::Connected, "{rig:?}");
        assert_eq!(asked(&rig), [0, 0]);
        assert_eq!(rig.count(|told| matches!(told, Told::Retry { .. })), 0);

        let mut rig = Rig::new(Options::default());
        rig.service.answer("describe", vec![Answer::error(403, kind); 2]);
        rig.input(Input::Start);
        assert_eq!(rig.session.state(), State::Waiting);
        let expired = kind.starts_with("Expired");
        let error = if expired { PeerError::Expired } else { PeerError::Denied };
        assert_eq!(rig.count(|told| *told == Told::Error(Error::Peer(error))), 1);
        assert!(rig.run_until(1_000, |rig| rig.session.state() == State::Connected));
        assert_eq!(asked(&rig).len(), 3);
    }
}

#[test]
fn expiry_goes_by_the_services_clock() {
    // Two hours fast: by its own clock the device would find everything expired, and sign nothing
    // that could tell it better. So it asks for the time.
    let mut rig = Rig::new(Options { wall_offset_ms: 7_200_000, ..Options::default() });
    rig.input(Input::Start);
    assert_eq!(rig.session.state(), State::Connected, "{rig:?}");
    assert_eq!(rig.states()[..3], [State::Credentials, State::TimeSync, State::Describe]);
    assert_eq!(asked(&rig), [0]);
    rig.run(3_539_000);
    assert_eq!(asked(&rig).len(), 1);
    rig.run(2_000);
    assert_eq!(asked(&rig).len(), 2);
}
