use kvs_signaling::event::{CloseReason, SendFailure};
use kvs_signaling::{Channel, Error, MessageKind, PeerError, PeerId, Role, State};

use crate::support::{Answer, Options, Rig, Told};

fn stored() -> Options {
    let options = Options::default();
    Options { channel: Channel { media_storage: true, ..options.channel }, ..options }
}

fn joins(rig: &Rig) -> Vec<u64> {
    rig.service.requests_to("/joinStorageSession").iter().map(|join| join.at_ms).collect()
}

fn offers(rig: &Rig) -> Vec<String> {
    let offer = |told: &Told| match told {
        Told::Message { from: PeerId::MASTER, kind: MessageKind::SdpOffer, payload, .. } => {
            Some(String::from_utf8(payload.clone()).expect("text"))
        }
        _ => None,
    };
    rig.told.iter().filter_map(|(_, told)| offer(told)).collect()
}

fn refused(error: PeerError) -> impl Fn(&Told) -> bool {
    move |told| *told == Told::Error(Error::Peer(error))
}

#[test]
fn it_is_joined_once_the_socket_is_open_and_the_answer_names_nobody() {
    let mut rig = Rig::connected(stored());
    rig.settle();
    let walk = [
        State::Credentials,
        State::Describe,
        State::MediaStorage,
        State::Endpoint,
        State::IceConfig,
        State::Connecting,
        State::Connected,
    ];
    assert_eq!(rig.states(), walk);
    assert_eq!(joins(&rig), [0]);
    let join = rig.service.requests_to("/joinStorageSession")[0].clone();
    assert_eq!(join.header("Host"), Some("w-1.example"));
    assert_eq!(offers(&rig), ["storage 1"]);
    let place = |wanted: &dyn Fn(&Told) -> bool| rig.told.iter().position(|(_, t)| wanted(t));
    let joined = place(&|told| *told == Told::StorageJoined);
    assert!(joined.is_some() && joined < place(&|told| matches!(told, Told::Message { .. })));

    rig.send(PeerId::MASTER, MessageKind::SdpAnswer, "answer").expect("sent");
    assert!(!rig.service.messages[0].text.contains("recipientClientId"), "{rig:?}");
    rig.run(100_000);
    assert_eq!(joins(&rig).len(), 1, "joined once");
}

#[test]
fn a_viewer_joins_under_its_own_name() {
    let mut rig = Rig::connected(Options { role: Role::Viewer("anna"), ..stored() });
    rig.settle();
    let join = rig.service.requests_to("/joinStorageSessionAsViewer")[0].clone();
    assert!(join.body.ends_with(r#","clientId":"anna"}"#), "{}", join.body);
    assert_eq!(offers(&rig), ["storage 1"]);
}

#[test]
fn without_the_switch_or_without_storage_nothing_is_joined() {
    let mut plain = Rig::connected(Options::default());
    plain.run(20_000);
    assert_eq!(plain.service.requests_to("MediaStorage").len(), 0);
    assert_eq!(joins(&plain), [0; 0]);
    let nobody = plain.send(PeerId::MASTER, MessageKind::SdpAnswer, "answer");
    assert!(nobody.is_err(), "a master answers viewers");

    let mut rig = Rig::new(stored());
    rig.service.stores = false;
    rig.input(kvs_signaling::Input::Start);
    rig.run(20_000);
    assert_eq!(rig.session.state(), State::Connected);
    assert_eq!(joins(&rig), [0; 0]);
    assert_eq!(rig.count(refused(PeerError::StorageDisabled)), 1);
    let endpoint = &rig.service.requests_to("Endpoint")[0];
    assert!(!endpoint.body.contains("WEBRTC"), "{}", endpoint.body);
}

#[test]
fn a_dropped_socket_is_followed_by_another_join() {
    let mut rig = Rig::connected(stored());
    rig.settle();
    rig.run(5_000);
    // Its answer dies with the socket, and means nothing to the next session.
    rig.writes = 0;
    let stale = rig.send(PeerId::MASTER, MessageKind::SdpAnswer, "stale").expect("queued");
    let second = rig.send(PeerId::MASTER, MessageKind::IceCandidate, "stale too").expect("queued");
    rig.writes = usize::MAX;
    let link = rig.socket();
    rig.end(link, CloseReason::Reset);
    assert!(rig.run_until(1_000, |rig| joins(rig).len() == 2), "{rig:?}");
    rig.settle();
    assert_eq!(offers(&rig), ["storage 1", "storage 2"]);
    for ticket in [stale, second] {
        assert_eq!(rig.count(|t| *t == Told::Failed(ticket, SendFailure::LinkLost)), 1, "{rig:?}");
    }
    rig.send(PeerId::MASTER, MessageKind::SdpAnswer, "fresh").expect("sent");
    assert_eq!(rig.service.messages.len(), 1, "{rig:?}");
}

#[test]
fn a_missing_offer_is_asked_for_again_and_the_socket_stays() {
    let mut rig = Rig::new(stored());
    rig.service.offers = false;
    rig.input(kvs_signaling::Input::Start);
    assert!(rig.run_until(25_000, |rig| joins(rig).len() == 4), "{rig:?}");
    let times = joins(&rig);
    for (nth, pair) in times.windows(2).enumerate() {
        let base = 100 << nth;
        let wait = pair[1] - pair[0] - 6_000;
        assert!((base..2 * base).contains(&wait), "{times:?}");
    }
    assert_eq!(rig.count(refused(PeerError::NoOffer)), 3);
    assert_eq!(rig.service.requests_to("Endpoint").len(), 2, "it may have moved");
    rig.service.offers = true;
    assert!(rig.run_until(20_000, |rig| offers(rig).len() == 1), "{rig:?}");
    rig.run(60_000);
    assert_eq!(offers(&rig), ["storage 5"]);
    assert_eq!(rig.count(|told| matches!(told, Told::Connected { .. })), 1);
}

#[test]
fn a_refused_join_waits_alone() {
    for (answer, why) in [
        (Answer::error(400, "ClientLimitExceededException"), PeerError::Throttled),
        (Answer::body(500, ""), PeerError::Status(500)),
    ] {
        let mut rig = Rig::new(stored());
        rig.service.answer("/joinStorageSession", [answer]);
        rig.input(kvs_signaling::Input::Start);
        assert!(rig.run_until(5_000, |rig| offers(rig).len() == 1), "{rig:?}");
        assert_eq!(rig.count(refused(why)), 1, "{rig:?}");
        assert!(joins(&rig)[1] - joins(&rig)[0] >= 100, "{:?}", joins(&rig));
        assert_eq!(rig.count(|told| matches!(told, Told::Connected { .. })), 1);
    }
}

#[test]
fn storage_that_was_disabled_meanwhile_is_not_joined_for_ever() {
    let mut rig = Rig::connected(stored());
    rig.settle();
    rig.service.stores = false;
    rig.service.answer("/joinStorageSession", [Answer::error(400, "InvalidArgumentException")]);
    let link = rig.socket();
    rig.end(link, CloseReason::Reset);
    rig.run(60_000);
    assert_eq!(joins(&rig).len(), 2);
    assert_eq!(rig.count(refused(PeerError::StorageDisabled)), 1);
    assert_eq!(rig.session.state(), State::Connected);
}

#[test]
fn a_cache_from_before_storage_was_enabled_is_completed() {
    let before = Rig::connected(Options::default());
    let cache = before.told.iter().find_map(|(_, told)| match told {
        Told::Store(bytes) => Some(bytes.clone()),
        _ => None,
    });
    let mut rig = Rig::connected(Options { cache: cache.expect("stored"), ..stored() });
    rig.settle();
    assert_eq!(rig.service.requests_to("describeSignaling").len(), 0);
    assert_eq!(rig.service.requests_to("Endpoint").len(), 1);
    assert_eq!(offers(&rig), ["storage 1"]);
}

#[test]
fn go_away_asks_anew_and_joins_on_the_next_socket() {
    let mut rig = Rig::connected(stored());
    rig.settle();
    rig.run(40_000);
    let link = rig.socket();
    rig.service.text(link, r#"{"messageType":"GO_AWAY"}"#);
    rig.settle();
    assert_eq!(rig.service.requests_to("MediaStorage").len(), 2);
    assert_eq!(offers(&rig), ["storage 1", "storage 2"]);
    assert_eq!(rig.session.state(), State::Connected);
}
