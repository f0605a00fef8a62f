use kvs_signaling::config::Iot;
use kvs_signaling::event::{Api, CloseReason};
use kvs_signaling::{Cause, Error, Input, PeerError, State};

use crate::support::{Answer, EPOCH_MS, Options, Request, Rig, Told};

const HOST: &str = "c1a2b3.credentials.iot.us-west-2.amazonaws.com";

fn certified() -> Options {
    let iot = Iot { endpoint: HOST, role_alias: "cameras@home", thing_name: "door:1" };
    Options { iot: Some(iot), ..Options::default() }
}

fn asked(rig: &Rig) -> Vec<u64> {
    rig.service.requests_to("/role-aliases/").iter().map(|request| request.at_ms).collect()
}

fn named(error: PeerError) -> impl Fn(&Told) -> bool {
    move |told| *told == Told::Error(Error::Peer(error))
}

fn keys(rig: &Rig) -> Vec<&str> {
    let upgrades = rig.service.requests_to("X-Amz-Credential");
    fn key(upgrade: &Request) -> Option<&str> {
        upgrade.query("X-Amz-Credential").map(|credential| &credential[..5])
    }
    upgrades.into_iter().filter_map(key).collect()
}

#[test]
fn they_are_fetched_first_with_the_certificate_and_without_a_signature() {
    let mut rig = Rig::new(certified());
    rig.input(Input::Start);
    assert_eq!(rig.session.state(), State::Connected, "{rig:?}");
    assert_eq!(rig.states()[..2], [State::Credentials, State::Describe]);
    let request = &rig.service.requests[0];
    assert_eq!(request.target, "/role-aliases/cameras%40home/credentials");
    assert_eq!(request.header("Host"), Some(HOST));
    assert_eq!(request.header("x-amzn-iot-thingname"), Some("door:1"));
    assert_eq!(request.header("Authorization"), None);
    assert_eq!(keys(&rig), ["ASIA1"]);
    assert_eq!(rig.count(|told| *told == Told::Need), 0, "the session asks by itself");
    let shown: Vec<_> = rig.told.iter().filter_map(|(_, told)| told.shows_certificate()).collect();
    assert_eq!(shown[0], (HOST, true));
    assert!(shown[1..].iter().all(|(host, shows)| !shows && *host != HOST), "{shown:?}");
}

#[test]
fn a_device_in_1970_learns_the_time_before_it_shows_its_certificate() {
    let offset = -i64::try_from(EPOCH_MS).expect("small");
    let mut rig = Rig::new(Options { wall_offset_ms: offset, ..certified() });
    rig.input(Input::Start);
    assert_eq!(rig.states()[..3], [State::TimeSync, State::Credentials, State::Describe]);
    assert_eq!(rig.session.state(), State::Connected, "{rig:?}");
}

#[test]
fn they_are_renewed_early_beside_the_socket_at_moments_that_differ() {
    let mut moments = Vec::new();
    for seed in 0..8 {
        let mut rig = Rig::connected(Options { seed, ..certified() });
        rig.run(3_600_000);
        let second = asked(&rig)[1];
        // 3,540 s of use, less 1 to 20 percent.
        assert!((2_830_000..3_510_000).contains(&second), "{second}");
        assert_eq!(rig.count(|told| matches!(told, Told::Connected { .. })), 1);
        moments.push(second);
        let link = rig.socket();
        rig.end(link, CloseReason::Reset);
        assert!(rig.run_until(1_000, |rig| rig.session.state() == State::Connected));
        assert_eq!(keys(&rig), ["ASIA1", "ASIA2"]);
    }
    moments.sort_unstable();
    moments.dedup();
    assert!(moments.len() > 4, "{moments:?}");
}

/// What the provider says, what the application hears, and why the attempt waits.
fn refusals() -> Vec<(Answer, PeerError, Cause)> {
    let denied = |text: &str| Answer::body(403, &format!(r#"{{"message":"{text}"}}"#));
    vec![
        (denied("The certificate is not active."), PeerError::Certificate, Cause::Denied),
        (denied("Invalid thing name passed"), PeerError::ThingName, Cause::Denied),
        (
            denied("The certificate is not attached to that thing."),
            PeerError::ThingName,
            Cause::Denied,
        ),
        (denied("Access Denied"), PeerError::ProviderDenied, Cause::Denied),
        (Answer::body(404, "{}"), PeerError::RoleAlias, Cause::Refused),
        (Answer::error(429, "ThrottlingException"), PeerError::Throttled, Cause::Throttled),
        (Answer::body(500, ""), PeerError::Status(500), Cause::Refused),
        (Answer::body(200, "{}"), PeerError::Missing, Cause::BadResponse),
        (
            Answer::body(
                200,
                r#"{"credentials":{"accessKeyId":"a","secretAccessKey":"b","sessionToken":"c",
                "expiration":"tomorrow"}}"#,
            ),
            PeerError::Json,
            Cause::BadResponse,
        ),
        (
            Answer::body(
                200,
                r#"{"credentials":{"accessKeyId":"a","secretAccessKey":"b","sessionToken":"c",
                "expiration":"2026-01-01T00:00:30Z"}}"#,
            ),
            PeerError::CredentialsTooShort,
            Cause::CredentialsFailed,
        ),
        (Answer::End, PeerError::ProviderSilent, Cause::LinkLost),
        (Answer::Silence, PeerError::ProviderSilent, Cause::CallTimeout),
    ]
}

#[test]
fn each_refusal_has_its_name_and_waits_on_the_way_to_a_connection() {
    for (answer, name, why) in refusals() {
        let mut rig = Rig::new(certified());
        rig.service.answer("/role-aliases/", [answer.clone(), answer.clone()]);
        rig.input(Input::Start);
        assert!(rig.run_until(40_000, |rig| rig.session.state() == State::Connected), "{rig:?}");
        assert_eq!(rig.count(named(name)), 2, "{name:?} {rig:?}");
        let waits = |told: &Told| matches!(told, Told::Retry { cause, .. } if *cause == why);
        assert_eq!(rig.count(waits), 2, "{name:?} {rig:?}");
    }
}

#[test]
fn each_refusal_leaves_the_socket_alone() {
    for (answer, name, _) in refusals() {
        let mut rig = Rig::connected(certified());
        rig.service.answer("/role-aliases/", [answer.clone(), answer.clone()]);
        rig.run(3_600_000);
        assert_eq!(rig.count(named(name)), 2, "{name:?} {rig:?}");
        assert_eq!(rig.count(|told| matches!(told, Told::Connected { .. })), 1, "{name:?}");
        let times = asked(&rig);
        assert!(times.len() >= 4 && times[2] - times[1] >= 100, "{times:?}");
        assert!(times[3] - times[2] >= 200, "{times:?}");
        let fetched = |told: &Told| matches!(told, Told::Credentials(_));
        assert!(rig.count(fetched) >= 2, "{name:?} {rig:?}");
    }
}

#[test]
fn the_socket_outlives_its_credentials_and_the_next_connect_waits_for_others() {
    let mut rig = Rig::connected(certified());
    rig.service.answer("/role-aliases/", vec![Answer::body(403, ""); 10_000]);
    rig.run(2 * 3_600_000);
    assert_eq!(rig.session.state(), State::Connected);
    let link = rig.socket();
    rig.end(link, CloseReason::Reset);
    rig.run(60_000);
    assert_eq!(keys(&rig), ["ASIA1"], "nothing is signed with expired credentials");
    rig.service.script.clear();
    assert!(rig.run_until(21_000, |rig| rig.session.state() == State::Connected), "{rig:?}");
}

#[test]
fn a_refused_signature_asks_once_at_once_and_then_waits() {
    let mut rig = Rig::new(certified());
    rig.service.answer("describe", vec![Answer::body(403, r#"{"message":"no"}"#); 4]);
    rig.input(Input::Start);
    assert_eq!(asked(&rig).len(), 2, "{rig:?}");
    assert_eq!(rig.session.state(), State::Waiting);
    assert!(rig.run_until(5_000, |rig| rig.session.state() == State::Connected), "{rig:?}");
}

#[test]
fn it_is_one_call_at_a_time_beside_the_socket() {
    let mut rig = Rig::connected(certified());
    rig.service.ice_ttl_s = 31;
    rig.run(3_600_000);
    let mut calls = 0;
    for (_, told) in &rig.told {
        match told {
            Told::Call { api: Api::IotCredentials, status: 200, .. } => calls += 1,
            Told::Call { status, .. } => assert!(*status == 200 || *status == 101, "{rig:?}"),
            _ => {}
        }
    }
    assert_eq!(calls, 2);
    assert!(rig.links.len() <= 2);
}
