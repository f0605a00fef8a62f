use kvs_signaling::{MessageKind, State};

use crate::support::{Options, Rig, Told};

#[test]
fn silence_is_broken_after_ten_seconds_and_given_up_after_fifteen_more() {
    let mut rig = Rig::connected(Options::default());
    rig.service.pongs = false;
    let first = rig.socket();
    assert!(rig.run_until(60_000, |rig| rig.session.state() == State::Waiting), "{rig:?}");
    assert_eq!(rig.now_ms, 25_000);
    assert_eq!(rig.times(|told| *told == Told::Ping), [10_000]);
    assert_eq!(rig.count(|told| *told == Told::HalfOpen(25_000)), 1);
    assert_eq!(rig.count(|told| *told == Told::Close(first)), 1);
    assert!(rig.run_until(1_000, |rig| rig.session.state() == State::Connected));
}

#[test]
fn a_quiet_link_that_answers_stays_for_hours() {
    let mut rig = Rig::connected(Options { credentials_s: None, ..Options::default() });
    rig.service.ice_ttl_s = 86_400;
    rig.run(271_000);
    let pings = rig.count(|told| *told == Told::Ping);
    assert!((26..=28).contains(&pings), "{pings}");
    rig.run(3_600_000);
    assert_eq!(rig.count(|told| matches!(told, Told::Connected { .. })), 1);
    assert_eq!(
        rig.count(|told| matches!(told, Told::Pong(_))),
        rig.count(|told| *told == Told::Ping)
    );
}

#[test]
fn a_black_hole_that_swallows_what_is_sent_is_noticed_all_the_same() {
    let mut rig = Rig::connected(Options::default());
    rig.service.pongs = false;
    let anna = rig.session.peer_id("anna").expect("room");
    let mut tickets = Vec::new();
    for _ in 0..30 {
        rig.run(1_000);
        if rig.session.state() != State::Connected {
            break;
        }
        tickets.push(rig.send(anna, MessageKind::IceCandidate, "candidate").expect("room"));
    }
    assert_eq!(rig.count(|told| matches!(told, Told::HalfOpen(_))), 1);
    // The ping behind the first message was never answered.
    assert_eq!(rig.times(|told| matches!(told, Told::HalfOpen(_))), [16_000]);
}

#[test]
fn a_port_that_takes_no_bytes_is_noticed_too() {
    let mut rig = Rig::connected(Options::default());
    rig.writes = 0;
    assert!(rig.run_until(60_000, |rig| rig.session.state() == State::Waiting));
    assert_eq!(rig.now_ms, 25_000);
}

#[test]
fn a_slow_link_that_moves_is_not_given_up() {
    let mut rig = Rig::connected(Options::default());
    rig.service.pongs = false;
    let link = rig.socket();
    let payload = vec![b'x'; 60_000];
    // A long frame that trickles in: the pong would have to wait behind it.
    rig.service.frame(link, 1, &payload);
    let (_, frame) = rig.service.outbox.pop_back().expect("a frame");
    let frame = frame.expect("bytes");
    for piece in frame.chunks(5_000) {
        rig.run(5_000);
        rig.bytes(link, piece);
    }
    assert_eq!(rig.session.state(), State::Connected);
    assert_eq!(rig.count(|told| matches!(told, Told::HalfOpen(_))), 0);
}

#[test]
fn pings_of_the_service_are_answered_with_their_payload() {
    let mut rig = Rig::connected(Options::default());
    let link = rig.socket();
    rig.service.frame(link, 9, b"are you there");
    rig.settle();
    let pongs = rig.service.frames(link, 10);
    assert_eq!(pongs.len(), 1);
    assert_eq!(pongs[0].payload, b"are you there");
    for _ in 0..1_000 {
        rig.service.frame(link, 9, b"flood");
    }
    rig.settle();
    assert_eq!(rig.session.state(), State::Connected);
    assert!(rig.service.frames(link, 10).len() >= 2);
}
