use kvs_signaling::event::CloseReason;
use kvs_signaling::{Cause, Input, State};

use crate::support::{Answer, Options, Rig, Told};

#[test]
fn a_404_on_the_way_looks_the_channel_up_again() {
    for part in ["ice", "X-Amz"] {
        let mut rig = Rig::new(Options::default());
        rig.service.answer(part, [Answer::error(404, "ResourceNotFoundException")]);
        rig.input(Input::Start);
        assert_eq!(rig.session.state(), State::Connected, "{rig:?}");
        assert_eq!(rig.service.requests_to("describe").len(), 2);
        assert_eq!(rig.service.requests_to("Endpoint").len(), 2);
        assert_eq!(rig.count(|told| matches!(told, Told::Retry { .. })), 0);
    }
}

#[test]
fn a_404_that_stays_is_not_asked_about_without_a_wait() {
    let mut rig = Rig::new(Options::default());
    rig.service.answer("ice", vec![Answer::error(404, "ResourceNotFoundException"); 100]);
    rig.input(Input::Start);
    rig.run(10_000);
    assert!(rig.service.requests_to("ice").len() <= 16);
    assert!(rig.count(|told| matches!(told, Told::Retry { cause: Cause::NoChannel, .. })) >= 5);
}

#[test]
fn an_idle_link_that_the_service_closed_is_opened_again_without_a_wait() {
    let mut rig = Rig::new(Options::default());
    // The second call on the control plane's link dies with it.
    rig.service.answer("getSignaling", [Answer::End]);
    rig.input(Input::Start);
    assert_eq!(rig.session.state(), State::Connected, "{rig:?}");
    assert_eq!(rig.count(|told| matches!(told, Told::Retry { .. })), 0);
    assert_eq!(rig.service.requests_to("getSignaling").len(), 2);
    // On a fresh link the same is a failure.
    let mut rig = Rig::new(Options::default());
    rig.service.answer("getSignaling", [Answer::End, Answer::End]);
    rig.input(Input::Start);
    assert_eq!(rig.session.state(), State::Waiting);
    assert_eq!(rig.count(|told| matches!(told, Told::Retry { cause: Cause::LinkLost, .. })), 1);
}

#[test]
fn a_channel_created_meanwhile_by_another_is_described() {
    let mut options = Options::default();
    options.channel.create = true;
    let mut rig = Rig::new(options);
    rig.service.answer("describe", [Answer::error(404, "ResourceNotFoundException")]);
    rig.service.answer("create", [Answer::error(400, "ResourceInUseException")]);
    rig.input(Input::Start);
    assert_eq!(rig.session.state(), State::Waiting);
    assert!(rig.run_until(1_000, |rig| rig.session.state() == State::Connected));
    assert_eq!(rig.service.requests_to("create").len(), 1);
}

#[test]
fn the_eleventh_viewer_waits_and_says_why() {
    let mut rig = Rig::new(Options::default());
    rig.service.answer("X-Amz", vec![Answer::error(400, "ClientLimitExceededException"); 2]);
    rig.input(Input::Start);
    assert!(rig.run_until(2_000, |rig| rig.session.state() == State::Connected));
    let refused = |told: &Told| matches!(told, Told::Call { status: 400, error, .. } if error == "ClientLimitExceededException");
    assert_eq!(rig.count(refused), 2);
    assert_eq!(rig.count(|told| matches!(told, Told::Retry { cause: Cause::Throttled, .. })), 2);
}

#[test]
fn a_body_that_ends_with_the_connection_is_read() {
    let mut rig = Rig::new(Options::default());
    let arn = &rig.service.arn;
    let body = format!(r#"{{"ChannelInfo":{{"ChannelARN":"{arn}","ChannelStatus":"ACTIVE"}}}}"#);
    let response = format!("HTTP/1.1 200 OK\r\n\r\n{body}");
    rig.service.answer("describe", [Answer::Raw(response.into_bytes())]);
    rig.input(Input::Start);
    assert_eq!(rig.session.state(), State::Describe);
    let link = rig.links[0].0;
    rig.end(link, CloseReason::Fin);
    assert_eq!(rig.session.state(), State::Connected, "{rig:?}");
    assert_eq!(rig.service.requests_to("describe").len(), 1);
}
