use kvs_signaling::event::CloseReason;
use kvs_signaling::{Cause, Error, PeerError, ResourceError, State};

use crate::support::{Options, Rig, Told};

fn lost(rig: &Rig) -> Vec<Cause> {
    let cause = |told: &Told| match told {
        Told::Retry { cause, .. } => Some(*cause),
        _ => None,
    };
    rig.told.iter().filter_map(|(_, told)| cause(told)).collect()
}

#[test]
fn whatever_its_code() {
    for code in [1000u16, 1001, 1008, 1011, 4000, 4500] {
        let mut rig = Rig::connected(Options::default());
        rig.service.closes = false;
        rig.run(40_000);
        let link = rig.socket();
        rig.service.frame(link, 8, &[&code.to_be_bytes()[..], b"Going away"].concat());
        rig.settle();
        assert_eq!(rig.session.state(), State::Waiting, "{rig:?}");
        assert_eq!(lost(&rig), [Cause::ServerClose]);
        assert!(rig.run_until(1_000, |rig| rig.session.state() == State::Connected));
        assert!(rig.now_ms - 40_000 < 200);
        assert_eq!(rig.most_sockets, 1);
    }
}

#[test]
fn with_the_same_code() {
    let mut rig = Rig::connected(Options::default());
    rig.service.closes = false;
    rig.writes = 0;
    let link = rig.socket();
    rig.service.frame(link, 8, &1001u16.to_be_bytes());
    rig.settle();
    assert_eq!(rig.session.state(), State::Connected);
    // Two bytes at a time, so that the link is still there to look at.
    rig.release(2);
    rig.release(5);
    assert_eq!(rig.service.frames(link, 8).len(), 0);
    rig.release(1);
    assert_eq!(lost(&rig), [Cause::ServerClose]);
}

#[test]
fn a_broken_frame_is_answered_with_the_code_for_it() {
    for (bytes, code) in [
        (&b"\x81\x82\0\0\0\0ab"[..], 1002u16),
        (b"\xc1\x01x", 1002),
        (b"\x83\x01x", 1002),
        (b"\x81\x02\xc3\x28", 1007),
        (b"\x89\x7e\x00\x80", 1002),
        (b"\x88\x02\x03\xee", 1002),
    ] {
        let mut rig = Rig::connected(Options::default());
        rig.writes = 0;
        let link = rig.socket();
        rig.bytes(link, bytes);
        rig.bytes(link, b"more of the same");
        rig.settle();
        let held = rig.held().expect("a close frame");
        let unmasked: Vec<u8> = held[6..].iter().zip(&held[2..6]).map(|(a, b)| a ^ b).collect();
        assert_eq!((held[0], unmasked), (0x88, code.to_be_bytes().to_vec()));
        rig.writes = usize::MAX;
        rig.release(100);
        assert_eq!(lost(&rig), [Cause::Protocol]);
        assert_eq!(rig.count(|t| *t == Told::Error(Error::Peer(PeerError::WebSocket))), 1);
        assert!(rig.run_until(1_000, |rig| rig.session.state() == State::Connected));
    }
}

#[test]
fn a_bad_message_is_reported_and_the_link_stays() {
    let mut rig = Rig::connected(Options::default());
    let link = rig.socket();
    let peer = |error: PeerError| Told::Error(Error::Peer(error));
    for (opcode, payload, told) in [
        (1, "{", peer(PeerError::Json)),
        (1, "[]", peer(PeerError::Message)),
        (1, r#"{"messagePayload":"eA=="}"#, peer(PeerError::Message)),
        (1, r#"{"messageType":"SDP_OFFER","messagePayload":"e"}"#, peer(PeerError::Message)),
        (2, "binary", peer(PeerError::Binary)),
        (1, &"x".repeat(19_000), Told::Error(Error::Resource(ResourceError::MessageTooLarge))),
    ] {
        let before = rig.told.len();
        rig.service.frame(link, opcode, payload.as_bytes());
        rig.settle();
        assert_eq!(rig.since(before), [&told], "{payload:.40}");
    }
    rig.service.text(link, "");
    rig.service.signal(link, "SDP_OFFER", "anna", "offer");
    rig.settle();
    assert_eq!(rig.count(|told| matches!(told, Told::Message { .. })), 1);
    assert_eq!(rig.session.metrics(rig.now()).runtime_errors, 6);
}

#[test]
fn a_link_that_ends_behind_its_close_frame_ends_once() {
    let mut rig = Rig::connected(Options::default());
    rig.writes = 0;
    let link = rig.socket();
    rig.service.frame(link, 8, &1001u16.to_be_bytes());
    rig.settle();
    rig.end(link, CloseReason::Fin);
    assert_eq!(lost(&rig), [Cause::ServerClose]);
    rig.writes = usize::MAX;
    assert!(rig.run_until(1_000, |rig| rig.session.state() == State::Connected));
}
