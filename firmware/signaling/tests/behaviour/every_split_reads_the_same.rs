use kvs_signaling::{Input, Link, MessageKind, State};

use crate::support::{Options, Rig, Told};

/// A connection, two messages and an answer, with the port writing and reading in such pieces.
fn conversation(writes: usize, piece: usize) -> (Vec<State>, Vec<Told>, Vec<String>) {
    let mut rig = Rig::new(Options::default());
    (rig.writes, rig.piece) = (writes, piece);
    rig.input(Input::Start);
    let link = rig.socket();
    rig.service.signal(link, "SDP_OFFER", "anna", &"o".repeat(3_000));
    rig.service.signal(link, "ICE_CANDIDATE", "anna", "candidate");
    rig.settle();
    let anna = rig.session.peer_id("anna").expect("room");
    rig.send(anna, MessageKind::SdpAnswer, &"a".repeat(2_000)).expect("room");
    rig.run(1_000);
    let messages = rig.told.iter().map(|(_, told)| told.clone());
    let messages = messages
        .filter(|told| matches!(told, Told::Message { .. } | Told::Confirmed(..) | Told::Error(_)));
    let sent = rig.service.messages.iter().map(|message| message.text.clone());
    (rig.states(), messages.collect(), sent.collect())
}

#[test]
fn pieces_of_any_size_give_the_same_conversation() {
    let whole = conversation(usize::MAX, usize::MAX);
    assert_eq!(whole.1.len(), 3);
    assert_eq!(whole.2.len(), 1);
    for (writes, piece) in [(1, 1), (7, 3), (usize::MAX, 2), (1_000, 13), (64, usize::MAX)] {
        assert_eq!(conversation(writes, piece), whole, "writes {writes}, pieces {piece}");
    }
}

#[test]
fn thirty_messages_in_one_segment_come_one_by_one_and_in_order() {
    let mut rig = Rig::connected(Options::default());
    let link = rig.socket();
    for number in 0..30 {
        rig.service.signal(link, "ICE_CANDIDATE", "anna", &format!("candidate {number}"));
    }
    let bursts = std::mem::take(&mut rig.service.outbox);
    let burst: Vec<u8> = bursts.into_iter().filter_map(|(_, bytes)| bytes).flatten().collect();
    rig.bytes(link, &burst);
    let payloads = rig.told.iter().filter_map(|(_, told)| match told {
        Told::Message { payload, .. } => Some(String::from_utf8(payload.clone()).expect("text")),
        _ => None,
    });
    assert!(payloads.eq((0..30).map(|number| format!("candidate {number}"))));
}

#[test]
fn frames_right_behind_the_upgrade_are_not_lost() {
    let mut rig = Rig::new(Options::default());
    rig.service.signal(Link(0), "SDP_OFFER", "anna", "offer");
    let (_, offer) = rig.service.outbox.pop_front().expect("a frame");
    rig.service.behind_upgrade = offer.expect("bytes");
    rig.input(Input::Start);
    assert_eq!(rig.session.state(), State::Connected);
    assert_eq!(rig.count(|told| matches!(told, Told::Message { .. })), 1);
}
