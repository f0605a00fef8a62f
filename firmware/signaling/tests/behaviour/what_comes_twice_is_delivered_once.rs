use kvs_signaling::event::{CloseReason, SendFailure};
use kvs_signaling::{Link, MessageKind, State};

use crate::support::{Options, Rig, Told};

fn deliver(rig: &mut Rig, kind: &str, sender: &str, payload: &str) {
    let link = rig.socket();
    rig.service.signal(link, kind, sender, payload);
    rig.settle();
}

fn answer(rig: &mut Rig, to: &str, text: &str) -> kvs_signaling::Ticket {
    let peer = rig.session.peer_id(to).expect("room");
    rig.send(peer, MessageKind::SdpAnswer, text).expect("room")
}

fn delivered(rig: &Rig) -> usize {
    rig.count(|told| matches!(told, Told::Message { .. }))
}

fn reset(rig: &mut Rig) -> Link {
    let link = rig.socket();
    rig.end(link, CloseReason::Reset);
    assert!(rig.run_until(5_000, |rig| rig.session.state() == State::Connected), "{rig:?}");
    rig.socket()
}

#[test]
fn on_one_link_and_on_the_next() {
    let mut rig = Rig::connected(Options::default());
    for _ in 0..2 {
        deliver(&mut rig, "SDP_OFFER", "anna", "offer");
        deliver(&mut rig, "ICE_CANDIDATE", "anna", "offer");
        deliver(&mut rig, "SDP_OFFER", "bert", "offer");
        reset(&mut rig);
    }
    assert_eq!(delivered(&rig), 3);
    assert_eq!(rig.count(|told| matches!(told, Told::Duplicate { .. })), 3);
    let metrics = rig.session.metrics(rig.now());
    assert_eq!((metrics.messages_received, metrics.duplicates), (3, 3));
}

#[test]
fn until_its_time_to_live_has_ended() {
    let mut rig = Rig::connected(Options::default());
    deliver(&mut rig, "SDP_OFFER", "anna", "offer");
    rig.run(59_000);
    deliver(&mut rig, "SDP_OFFER", "anna", "offer");
    assert_eq!(delivered(&rig), 1);
    rig.run(1_000);
    deliver(&mut rig, "SDP_OFFER", "anna", "offer");
    assert_eq!(delivered(&rig), 2);
}

#[test]
fn unknown_types_are_passed_on_every_time() {
    let mut rig = Rig::connected(Options::default());
    deliver(&mut rig, "SDP_RENEGOTIATE", "anna", "x");
    deliver(&mut rig, "SDP_RENEGOTIATE", "anna", "x");
    let unknown = |told: &Told| matches!(told, Told::Message { kind: MessageKind::Unknown, .. });
    assert_eq!(rig.count(unknown), 2);
}

#[test]
fn an_answer_that_may_be_lost_is_sent_again_when_its_offer_comes_again() {
    let mut rig = Rig::connected(Options::default());
    rig.service.pongs = false;
    deliver(&mut rig, "SDP_OFFER", "anna", "offer");
    let ticket = answer(&mut rig, "anna", "answer");
    assert_eq!(rig.service.messages.len(), 1);
    rig.service.pongs = true;
    let link = reset(&mut rig);
    // Not by itself: it may have arrived.
    rig.run(2_000);
    assert_eq!(rig.service.messages.len(), 1);
    assert_eq!(rig.count(|told| matches!(told, Told::Failed(..))), 0);
    deliver(&mut rig, "SDP_OFFER", "anna", "offer");
    assert_eq!(delivered(&rig), 1);
    assert_eq!(rig.service.messages.len(), 2);
    assert_eq!(rig.service.messages[0].text, rig.service.messages[1].text);
    assert_eq!(rig.service.messages[1].link, link);
    assert_eq!(rig.count(|told| *told == Told::Confirmed(ticket, link)), 1);
    // Now it is known to be there.
    deliver(&mut rig, "SDP_OFFER", "anna", "offer");
    assert_eq!(rig.service.messages.len(), 2);
}

#[test]
fn a_kept_answer_ends_with_its_time_to_live_with_a_new_offer_and_with_a_stop() {
    let kept = || {
        let mut rig = Rig::connected(Options::default());
        rig.service.pongs = false;
        deliver(&mut rig, "SDP_OFFER", "anna", "offer");
        let ticket = answer(&mut rig, "anna", "answer");
        rig.service.pongs = true;
        reset(&mut rig);
        (rig, Told::Failed(ticket, SendFailure::Unconfirmed))
    };
    let (mut rig, failed) = kept();
    rig.run(58_000);
    assert_eq!(rig.count(|told| *told == failed), 0);
    rig.run(2_000);
    assert_eq!(rig.count(|told| *told == failed), 1);

    let (mut rig, failed) = kept();
    deliver(&mut rig, "SDP_OFFER", "anna", "another offer");
    assert_eq!(rig.count(|told| *told == failed), 1);

    let (mut rig, failed) = kept();
    rig.input(kvs_signaling::Input::Stop);
    assert_eq!(rig.count(|told| *told == failed), 1);
}

#[test]
fn an_answer_evicted_for_room_lets_its_offer_be_new_again() {
    let mut rig = Rig::connected(Options::default());
    rig.service.pongs = false;
    deliver(&mut rig, "SDP_OFFER", "anna", "offer");
    let ticket = answer(&mut rig, "anna", &"a".repeat(6_000));
    rig.service.pongs = true;
    reset(&mut rig);
    answer(&mut rig, "bert", &"b".repeat(6_000));
    assert_eq!(rig.count(|told| *told == Told::Failed(ticket, SendFailure::Unconfirmed)), 1);
    deliver(&mut rig, "SDP_OFFER", "anna", "offer");
    assert_eq!(delivered(&rig), 2);
}

#[test]
fn two_viewers_are_never_crossed() {
    let mut rig = Rig::connected(Options::default());
    rig.service.pongs = false;
    for viewer in ["anna", "bert"] {
        deliver(&mut rig, "SDP_OFFER", viewer, &format!("offer of {viewer}"));
        answer(&mut rig, viewer, &format!("answer to {viewer}"));
    }
    rig.service.pongs = true;
    reset(&mut rig);
    deliver(&mut rig, "SDP_OFFER", "bert", "offer of bert");
    assert_eq!(rig.service.messages.len(), 3);
    assert_eq!(rig.service.messages[2].text, rig.service.messages[1].text);
    assert!(rig.service.messages[2].text.contains(r#""recipientClientId":"bert""#));
}
