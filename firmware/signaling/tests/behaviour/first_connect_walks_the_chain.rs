use kvs_signaling::event::{CertificateTime, LinkKind};
use kvs_signaling::{Cause, Channel, Error, Input, PeerError, Role, State, UnixTime};

use crate::support::{ARN, Answer, EPOCH_MS, Options, Rig, Told};

#[test]
fn a_master_fetches_what_is_missing_and_connects() {
    let rig = Rig::connected(Options::default());
    let chain = [
        State::Credentials,
        State::Describe,
        State::Endpoint,
        State::IceConfig,
        State::Connecting,
        State::Connected,
    ];
    assert_eq!(rig.states(), chain);
    let bodies = rig.service.requests.iter().map(|request| request.body.as_str());
    let expected = [
        r#"{"ChannelName":"door"}"#.to_owned(),
        format!(
            r#"{{"ChannelARN":"{ARN}","SingleMasterChannelEndpointConfiguration":{{"Protocols":["WSS","HTTPS"],"Role":"MASTER"}}}}"#
        ),
        format!(r#"{{"ChannelARN":"{ARN}","Service":"TURN"}}"#),
        String::new(),
    ];
    assert!(bodies.eq(expected));
    let servers: Vec<_> = rig.session.ice_servers(rig.now()).collect();
    assert_eq!(servers.len(), 1);
    assert_eq!((servers[0].username, servers[0].password, servers[0].ttl_s), ("u", "p1", 300));
    assert_eq!(servers[0].uris[..servers[0].uri_count], ["turn:t.example:443?transport=udp"]);
}

#[test]
fn a_viewer_names_itself_to_the_service() {
    let viewer = Options { role: Role::Viewer("anna"), ..Options::default() };
    let rig = Rig::connected(viewer);
    assert!(rig.service.requests[1].body.contains(r#""Role":"VIEWER""#));
    assert!(rig.service.requests[2].body.contains(r#""ClientId":"anna""#));
    assert_eq!(rig.service.requests[3].query("X-Amz-ClientId"), Some("anna"));
}

#[test]
fn a_given_arn_needs_no_describe() {
    let mut options = Options::default();
    options.channel = Channel { name: "", arn: Some(ARN), ..options.channel };
    let rig = Rig::connected(options);
    assert!(rig.service.requests_to("describe").is_empty());
    assert_eq!(rig.states()[..2], [State::Credentials, State::Endpoint]);
}

#[test]
fn calls_to_one_host_share_a_link_and_it_is_closed_before_the_socket_opens() {
    let mut rig = Rig::new(Options::default());
    rig.service.https_authority = "kinesisvideo.us-west-2.amazonaws.com".into();
    rig.input(Input::Start);
    assert_eq!(rig.session.state(), State::Connected);
    let mut opens = rig.told.iter().filter_map(|(_, told)| match told {
        Told::Open { link, kind, .. } => Some((*link, *kind)),
        _ => None,
    });
    let (https, kind) = opens.next().expect("a link");
    assert_eq!(kind, LinkKind::Https);
    assert_eq!(opens.next().map(|(_, kind)| kind), Some(LinkKind::WebSocket));
    assert_eq!(opens.next(), None);
    let place = |wanted: &dyn Fn(&Told) -> bool| rig.told.iter().position(|(_, told)| wanted(told));
    let closed = place(&|told| *told == Told::Close(https));
    let opened = place(&|told| matches!(told, Told::Open { kind: LinkKind::WebSocket, .. }));
    assert!(closed.is_some() && closed < opened, "{rig:?}");
}

#[test]
fn a_service_that_closes_after_each_answer_gets_a_link_for_each() {
    let mut rig = Rig::new(Options::default());
    rig.service.connection_header = "close";
    rig.input(Input::Start);
    assert_eq!(rig.session.state(), State::Connected);
    assert_eq!(rig.count(|told| matches!(told, Told::Open { .. })), 4);
}

#[test]
fn certificates_are_checked_against_the_time_that_is_known() {
    let rig = Rig::connected(Options::default());
    let expected = CertificateTime::At(UnixTime(EPOCH_MS));
    let all = rig.count(|told| matches!(told, Told::Open { .. }));
    assert_eq!(rig.count(|told| matches!(told, Told::Open { time, .. } if *time == expected)), all);
}

#[test]
fn a_master_creates_its_channel_when_it_may() {
    let mut options = Options::default();
    options.channel.create = true;
    let mut rig = Rig::new(options);
    rig.service.answer("describe", [Answer::error(404, "ResourceNotFoundException")]);
    rig.input(Input::Start);
    assert_eq!(rig.session.state(), State::Connected);
    assert_eq!(rig.states()[1..4], [State::Describe, State::Create, State::Endpoint]);
    let body = r#"{"ChannelName":"door","ChannelType":"SINGLE_MASTER","SingleMasterConfiguration":{"MessageTtlSeconds":60}}"#;
    assert_eq!(rig.service.requests_to("create")[0].body, body);
}

#[test]
fn a_viewer_waits_for_a_channel_that_does_not_exist() {
    let mut options = Options { role: Role::Viewer("anna"), ..Options::default() };
    options.channel.create = true;
    let mut rig = Rig::new(options);
    rig.service.answer("describe", vec![Answer::error(404, "ResourceNotFoundException"); 3]);
    rig.input(Input::Start);
    assert_eq!(rig.session.state(), State::Waiting);
    assert!(rig.run_until(5_000, |rig| rig.session.state() == State::Connected), "{rig:?}");
    assert!(rig.service.requests_to("create").is_empty());
    let no_channel = Told::Error(Error::Peer(PeerError::NoChannel));
    assert_eq!(rig.count(|told| *told == no_channel), 3);
    let waits = rig.count(|told| matches!(told, Told::Retry { cause: Cause::NoChannel, .. }));
    assert_eq!(waits, 3);
}

#[test]
fn a_channel_that_is_being_deleted_is_waited_out() {
    let mut rig = Rig::new(Options::default());
    let body = format!(r#"{{"ChannelInfo":{{"ChannelARN":"{ARN}","ChannelStatus":"DELETING"}}}}"#);
    rig.service.answer("describe", vec![Answer::body(200, &body); 2]);
    rig.input(Input::Start);
    assert!(rig.run_until(5_000, |rig| rig.session.state() == State::Connected), "{rig:?}");
    let waits = rig.count(|told| matches!(told, Told::Retry { cause: Cause::NotActive, .. }));
    assert_eq!(waits, 2);
    assert_eq!(rig.service.requests_to("describe").len(), 3);
}
