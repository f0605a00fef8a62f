use kvs_signaling::event::{CloseReason, LinkKind};
use kvs_signaling::{MessageKind, State};

use crate::support::{Answer, Options, Rig, Told};

const GO_AWAY: &str = r#"{"messageType":"GO_AWAY"}"#;

fn told_to_go(options: Options) -> Rig {
    let mut rig = Rig::connected(options);
    rig.run(40_000);
    rig.service.wss_authority = "m-2.kinesisvideo.us-west-2.amazonaws.com".into();
    let link = rig.socket();
    rig.service.text(link, GO_AWAY);
    rig
}

#[test]
fn the_next_endpoint_is_fetched_before_the_socket_is_closed() {
    let mut rig = told_to_go(Options::default());
    let old = rig.socket();
    rig.settle();
    assert_eq!(rig.session.state(), State::Connected, "{rig:?}");
    assert_eq!(rig.now_ms, 40_000, "no wait");
    assert_eq!(rig.count(|told| *told == Told::GoAway), 1);
    assert_eq!(rig.count(|told| matches!(told, Told::Retry { .. })), 0);
    let place =
        |wanted: &dyn Fn(&Told) -> bool| rig.told.iter().rposition(|(_, told)| wanted(told));
    let fetched = place(&|told| matches!(told, Told::Open { kind: LinkKind::Https, .. }));
    let ended =
        place(&|told| matches!(told, Told::Ended(link, _) | Told::Close(link) if *link == old));
    let opened = place(&|told| {
        matches!(told, Told::Open { kind: LinkKind::WebSocket, host, .. }
        if host.starts_with("m-2."))
    });
    assert!(fetched < ended && ended < opened && opened.is_some(), "{rig:?}");
    assert_eq!(rig.states()[6..], [State::Leaving, State::Connecting, State::Connected]);
    assert_eq!(rig.service.requests_to("Endpoint").len(), 2);
    assert_eq!(rig.service.requests_to("describe").len(), 1);
    assert_eq!(rig.most_sockets, 1);
}

#[test]
fn messages_go_on_while_the_next_connection_is_prepared() {
    let mut rig = told_to_go(Options::default());
    rig.service.answer("Endpoint", [Answer::Silence]);
    rig.settle();
    assert_eq!(rig.session.state(), State::Leaving);
    let anna = rig.session.peer_id("anna").expect("room");
    let ticket = rig.send(anna, MessageKind::SdpAnswer, "answer").expect("room");
    rig.run(1_000);
    assert_eq!(rig.session.state(), State::Leaving);
    assert_eq!(rig.count(|told| matches!(told, Told::Confirmed(known, _) if *known == ticket)), 1);
    // The silent call ends, is made again, and then the move happens.
    assert!(rig.run_until(20_000, |rig| rig.session.state() == State::Connected), "{rig:?}");
    assert!(rig.now_ms - 40_000 < 20_000);
}

#[test]
fn a_service_that_cuts_first_is_reconnected_without_a_wait() {
    let mut rig = told_to_go(Options::default());
    rig.service.answer("Endpoint", [Answer::Silence]);
    rig.settle();
    rig.run(3_000);
    let link = rig.socket();
    rig.end(link, CloseReason::Fin);
    assert_eq!(rig.session.state(), State::Endpoint);
    assert!(rig.run_until(20_000, |rig| rig.session.state() == State::Connected), "{rig:?}");
}

#[test]
fn the_grace_is_kept_even_when_nothing_can_be_fetched() {
    let mut rig = told_to_go(Options::default());
    rig.service.answer("Endpoint", vec![Answer::body(500, ""); 100]);
    rig.settle();
    assert!(
        rig.run_until(55_000, |rig| rig
            .links
            .iter()
            .all(|(_, kind, _)| *kind != LinkKind::WebSocket)),
        "{rig:?}"
    );
    assert_eq!(rig.now_ms - 40_000, 50_000);
    rig.service.script.clear();
    assert!(rig.run_until(15_000, |rig| rig.session.state() == State::Connected), "{rig:?}");
}

#[test]
fn a_peer_that_does_not_answer_our_close_is_left_after_two_seconds() {
    let mut rig = told_to_go(Options::default());
    rig.service.closes = false;
    rig.settle();
    assert!(rig.run_until(5_000, |rig| rig.session.state() == State::Connected), "{rig:?}");
    assert_eq!(rig.now_ms, 42_000);
    assert_eq!(rig.most_sockets, 1);
}

#[test]
fn a_channel_that_is_gone_is_left_the_same_way() {
    let mut rig = Rig::connected(Options::default());
    rig.service.arn =
        "arn:aws:kinesisvideo:us-west-2:123456789012:channel/door/1700000000001".into();
    rig.service.answer("ice", [Answer::error(404, "ResourceNotFoundException")]);
    assert!(
        rig.run_until(271_000, |rig| rig.count(|told| { matches!(told, Told::Connected { .. }) })
            == 2),
        "{rig:?}"
    );
    assert_eq!(rig.states()[6..], [State::Leaving, State::Connecting, State::Connected]);
    let arn = rig.service.requests_to("X-Amz")[1].query("X-Amz-ChannelARN").map(str::to_owned);
    assert!(arn.is_some_and(|arn| arn.ends_with("1700000000001")));
    assert_eq!(rig.count(|told| matches!(told, Told::Retry { .. })), 0);
}
