use kvs_signaling::event::{CloseReason, SendFailure};
use kvs_signaling::{Input, MessageKind, State};

use crate::support::{Answer, Options, Rig, Told};

#[test]
fn with_a_close_handshake_and_can_be_started_again() {
    let mut rig = Rig::connected(Options::default());
    let link = rig.socket();
    rig.input(Input::Stop);
    assert_eq!(rig.session.state(), State::Stopped);
    assert_eq!(rig.states()[6..], [State::Closing, State::Stopped]);
    assert!(rig.links.is_empty());
    assert!(
        rig.count(|told| matches!(told, Told::Ended(l, _) | Told::Close(l) if *l == link)) >= 1
    );
    rig.run(3_600_000);
    assert_eq!(rig.count(|told| matches!(told, Told::Connected { .. })), 1);
    rig.input(Input::Start);
    assert!(rig.run_until(1_000, |rig| rig.session.state() == State::Connected), "{rig:?}");
}

#[test]
fn our_close_frame_says_1000() {
    let mut rig = Rig::connected(Options::default());
    rig.service.closes = false;
    let link = rig.socket();
    rig.input(Input::Stop);
    assert_eq!(rig.session.state(), State::Closing);
    assert_eq!(rig.service.frames(link, 8)[0].payload, 1000u16.to_be_bytes());
    // The peer does not answer: that is waited for, but not for ever.
    assert!(rig.run_until(10_000, |rig| rig.session.state() == State::Stopped));
    assert_eq!(rig.now_ms, 2_000);
    assert!(rig.links.is_empty());
}

#[test]
fn at_any_moment_on_the_way() {
    for part in ["describe", "Endpoint", "ice", "X-Amz"] {
        let mut rig = Rig::new(Options::default());
        rig.service.answer(part, [Answer::Silence]);
        rig.input(Input::Start);
        rig.input(Input::Stop);
        assert_eq!(rig.session.state(), State::Stopped, "{part}");
        assert!(rig.links.is_empty(), "{part}");
        rig.run(60_000);
        assert_eq!(rig.session.state(), State::Stopped);
        rig.input(Input::Start);
        assert!(rig.run_until(1_000, |rig| rig.session.state() == State::Connected), "{rig:?}");
    }
    let mut rig = Rig::new(Options::default());
    rig.opens = Err(CloseReason::Refused);
    rig.input(Input::Start);
    assert_eq!(rig.session.state(), State::Waiting);
    rig.input(Input::Stop);
    rig.run(60_000);
    assert_eq!(rig.session.state(), State::Stopped);
}

#[test]
fn what_is_still_on_its_way_is_reported() {
    let mut rig = Rig::connected(Options::default());
    let anna = rig.session.peer_id("anna").expect("room");
    rig.service.pongs = false;
    rig.service.closes = false;
    let written = rig.send(anna, MessageKind::IceCandidate, "written").expect("room");
    rig.writes = 0;
    let cut = rig.send(anna, MessageKind::IceCandidate, "cut").expect("room");
    let queued = rig.send(anna, MessageKind::IceCandidate, "queued").expect("room");
    rig.input(Input::Stop);
    let failed = |why| move |told: &Told| matches!(told, Told::Failed(_, found) if *found == why);
    assert_eq!(rig.count(failed(SendFailure::Stopped)), 1);
    rig.run(5_000);
    assert_eq!(rig.session.state(), State::Stopped);
    assert_eq!(rig.count(|told| *told == Told::Failed(queued, SendFailure::Stopped)), 1);
    assert_eq!(rig.count(failed(SendFailure::Unconfirmed)), 1);
    assert_eq!(rig.count(|told| *told == Told::Failed(written, SendFailure::Unconfirmed)), 1);
    assert_eq!(rig.count(|told| matches!(told, Told::Failed(ticket, _) if *ticket == cut)), 1);
}

#[test]
fn a_close_handshake_confirms_what_was_written_before_it() {
    let mut rig = Rig::connected(Options::default());
    let anna = rig.session.peer_id("anna").expect("room");
    rig.service.pongs = false;
    let ticket = rig.send(anna, MessageKind::SdpAnswer, "answer").expect("room");
    let link = rig.socket();
    rig.input(Input::Stop);
    assert_eq!(rig.session.state(), State::Stopped);
    assert_eq!(rig.count(|told| *told == Told::Confirmed(ticket, link)), 1);
}
