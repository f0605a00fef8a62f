use kvs_signaling::State;
use kvs_signaling::event::CloseReason;

use crate::support::{Options, Rig};

fn reconnect(rig: &mut Rig) {
    let link = rig.socket();
    rig.end(link, CloseReason::Reset);
    assert!(rig.run_until(60_000, |rig| rig.session.state() == State::Connected), "{rig:?}");
}

#[test]
fn date_and_signature_are_of_the_moment_of_connecting() {
    let mut rig = Rig::connected(Options::default());
    rig.run(61_000);
    reconnect(&mut rig);
    let upgrades = rig.service.requests_to("X-Amz");
    let dates: Vec<_> = upgrades.iter().map(|request| request.query("X-Amz-Date")).collect();
    assert_eq!(dates, [Some("20260101T000000Z"), Some("20260101T000101Z")]);
    let signature = |at: usize| upgrades[at].query("X-Amz-Signature");
    assert!(signature(0).is_some() && signature(0) != signature(1));
    let key = |at: usize| upgrades[at].header("Sec-WebSocket-Key");
    assert!(key(0).is_some() && key(0) != key(1));
}

#[test]
fn a_url_lives_299_seconds_and_never_longer_than_its_credentials() {
    let rig = Rig::connected(Options::default());
    let expires =
        |rig: &Rig| rig.service.requests_to("X-Amz")[0].query("X-Amz-Expires").map(str::to_owned);
    assert_eq!(expires(&rig).as_deref(), Some("299"));
    let rig = Rig::connected(Options { credentials_s: Some(200), ..Options::default() });
    assert_eq!(expires(&rig).as_deref(), Some("200"));
    let rig = Rig::connected(Options { credentials_s: None, ..Options::default() });
    assert_eq!(expires(&rig).as_deref(), Some("299"));
}

#[test]
fn a_reconnect_repeats_only_what_is_stale() {
    let mut rig = Rig::connected(Options::default());
    reconnect(&mut rig);
    assert_eq!(rig.service.requests_to("ice").len(), 1);
    // 300 s less the grace of 30 s.
    rig.run(265_000);
    reconnect(&mut rig);
    assert_eq!(rig.service.requests_to("ice").len(), 1);
    rig.run(10_000);
    reconnect(&mut rig);
    assert_eq!(rig.service.requests_to("ice").len(), 2);
    assert_eq!(rig.service.requests_to("describe").len(), 1);
    assert_eq!(rig.service.requests_to("Endpoint").len(), 1);
    assert_eq!(rig.most_sockets, 1);
}
