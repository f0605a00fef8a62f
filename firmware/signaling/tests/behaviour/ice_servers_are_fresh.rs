use kvs_signaling::event::CloseReason;
use kvs_signaling::{Error, PeerError, State};

use crate::support::{Answer, Options, Rig, Told};

fn refreshes(rig: &Rig) -> Vec<u64> {
    rig.times(|told| matches!(told, Told::Ice { .. }))
}

fn passwords(rig: &Rig) -> Vec<String> {
    rig.session.ice_servers(rig.now()).map(|server| server.password.to_owned()).collect()
}

#[test]
fn they_are_refreshed_half_a_minute_before_they_end_and_the_socket_stays() {
    let mut rig = Rig::connected(Options::default());
    rig.run(1_000_000);
    assert_eq!(refreshes(&rig), [0, 270_000, 540_000, 810_000]);
    assert_eq!(passwords(&rig), ["p4"]);
    assert_eq!(rig.count(|told| matches!(told, Told::Connected { .. })), 1);
    assert_eq!(rig.links.len(), 1, "the refresh's link is closed");
}

#[test]
fn a_short_time_to_live_does_not_make_a_loop() {
    let mut rig = Rig::connected(Options::default());
    rig.service.ice_ttl_s = 30;
    rig.run(271_000);
    let before = refreshes(&rig).len();
    rig.run(30_000);
    assert!((29..=31).contains(&(refreshes(&rig).len() - before)));
}

#[test]
fn a_failed_refresh_keeps_list_and_socket_and_waits_alone() {
    for answer in [
        Answer::body(500, ""),
        Answer::error(400, "ClientLimitExceededException"),
        Answer::body(200, "{}"),
        Answer::body(200, r#"{"IceServerList":[{"Uris":["turn:x"],"Ttl":300},{"Uris":"no"}]}"#),
        Answer::End,
        Answer::Silence,
    ] {
        let mut rig = Rig::connected(Options::default());
        rig.service.answer("ice", vec![answer.clone(); 2]);
        assert!(rig.run_until(271_000, |rig| rig.service.requests_to("ice").len() == 2));
        assert_eq!(passwords(&rig), ["p1"]);
        assert!(rig.run_until(40_000, |rig| refreshes(rig).len() == 2), "{answer:?} {rig:?}");
        let times: Vec<u64> = rig.service.requests_to("ice").iter().map(|r| r.at_ms).collect();
        assert!(times[2] - times[1] >= 100, "{times:?}");
        assert_eq!(passwords(&rig), ["p4"]);
        assert_eq!(rig.count(|told| matches!(told, Told::Connected { .. })), 1);
        assert_eq!(rig.count(|told| matches!(told, Told::Retry { .. })), 0);
        assert_eq!(rig.session.metrics(rig.now()).runtime_errors, 2);
    }
}

#[test]
fn expired_servers_are_never_handed_out() {
    let mut rig = Rig::connected(Options::default());
    rig.service.answer("ice", vec![Answer::body(500, ""); 1_000]);
    rig.run(299_999);
    assert_eq!(passwords(&rig), ["p1"]);
    rig.run(1);
    assert_eq!(passwords(&rig), [""; 0]);
    assert_eq!(rig.session.state(), State::Connected);
    let failed = Told::Error(Error::Peer(PeerError::Status(500)));
    let tries = rig.count(|told| *told == failed);
    assert!((5..=12).contains(&tries), "{tries}");
}

#[test]
fn the_service_can_ask_for_it_and_the_socket_stays() {
    let mut rig = Rig::connected(Options::default());
    rig.run(5_000);
    let link = rig.socket();
    rig.service.text(link, r#"{"messageType":"RECONNECT_ICE_SERVER"}"#);
    rig.settle();
    assert_eq!(rig.count(|told| *told == Told::ReconnectIce), 1);
    assert_eq!(refreshes(&rig), [0, 5_000]);
    assert_eq!(rig.socket(), link);
    assert_eq!(passwords(&rig), ["p2"]);
}

#[test]
fn a_socket_dropped_during_a_refresh_reconnects() {
    let mut rig = Rig::connected(Options::default());
    rig.service.answer("ice", [Answer::Silence]);
    assert!(rig.run_until(271_000, |rig| rig.service.requests_to("ice").len() == 2));
    let link = rig.socket();
    rig.end(link, CloseReason::Reset);
    assert!(rig.run_until(1_000, |rig| rig.session.state() == State::Connected), "{rig:?}");
    assert_eq!(passwords(&rig), ["p3"]);
    assert_eq!(rig.links.len(), 1);
}

#[test]
fn a_list_larger_than_its_memory_is_kept_as_far_as_it_fits() {
    let mut rig = Rig::connected(Options::default());
    let long = "x".repeat(250);
    let server = format!(
        r#"{{"Uris":["{long}","{long}","{long}"],"Username":"u","Password":"{long}","Ttl":300}}"#
    );
    let body = format!(r#"{{"IceServerList":[{server},{server},{server}]}}"#);
    rig.service.answer("ice", [Answer::body(200, &body)]);
    rig.run(271_000);
    assert_eq!(rig.session.ice_servers(rig.now()).count(), 2);
    assert_eq!(rig.count(|told| matches!(told, Told::Ice { count: 2, .. })), 1);
    assert_eq!(rig.count(|told| matches!(told, Told::Error(Error::Resource(_)))), 1);
}
