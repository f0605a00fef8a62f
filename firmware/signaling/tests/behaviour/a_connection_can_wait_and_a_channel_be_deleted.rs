use kvs_signaling::event::Known;
use kvs_signaling::{Cause, Input, State};

use crate::support::{Answer, Options, Rig, Told};

fn prepared(options: Options) -> Rig {
    let mut rig = Rig::new(options);
    rig.input(Input::Prepare);
    assert!(rig.run_until(5_000, |rig| rig.session.state() == State::Ready), "{rig:?}");
    rig
}

#[test]
fn everything_is_fetched_and_nothing_is_connected() {
    let mut rig = prepared(Options::default());
    rig.run(3_600_000);
    assert_eq!(rig.session.state(), State::Ready);
    assert_eq!(rig.count(|told| matches!(told, Told::Connected { .. })), 0);
    assert_eq!(rig.service.requests_to("X-Amz").len(), 0);
    assert_eq!(rig.service.requests_to("ice-server").len(), 1, "nothing goes on by itself");
    assert!(rig.links.is_empty());
    rig.input(Input::Start);
    assert!(rig.run_until(1_000, |rig| rig.session.state() == State::Connected), "{rig:?}");
    assert_eq!(rig.service.requests_to("ice-server").len(), 2, "the first list was an hour old");
    assert_eq!(rig.service.requests_to("describe").len(), 1);
}

#[test]
fn preparing_again_fetches_what_was_forgotten() {
    let mut rig = prepared(Options::default());
    rig.input(Input::Prepare);
    assert_eq!(rig.session.state(), State::Ready);
    assert_eq!(rig.service.requests.len(), 3, "describe, endpoint, ICE: all still good");
    rig.input(Input::Forget(Known::IceServers));
    rig.input(Input::Prepare);
    assert_eq!(rig.service.requests_to("ice-server").len(), 2);
    rig.input(Input::Forget(Known::Channel));
    rig.input(Input::Prepare);
    assert_eq!(rig.service.requests_to("describe").len(), 2);
    assert_eq!(rig.service.requests_to("Endpoint").len(), 2);
    assert_eq!(rig.session.state(), State::Ready);
}

#[test]
fn a_live_connection_is_not_forgotten() {
    let mut rig = Rig::connected(Options::default());
    rig.input(Input::Forget(Known::Channel));
    rig.input(Input::Prepare);
    rig.input(Input::Delete);
    assert_eq!(rig.session.state(), State::Connected);
    rig.input(Input::Forget(Known::IceServers));
    assert!(rig.run_until(5_000, |rig| rig.service.requests_to("ice-server").len() == 2));
    assert_eq!(rig.session.state(), State::Connected);
}

#[test]
fn a_channel_is_deleted_whatever_was_known_of_it() {
    for known in [false, true] {
        let mut rig =
            if known { prepared(Options::default()) } else { Rig::new(Options::default()) };
        rig.input(Input::Delete);
        assert!(rig.run_until(5_000, |rig| rig.session.state() == State::Stopped), "{rig:?}");
        assert_eq!(rig.service.requests_to("describe").len(), 1, "its ARN is needed, once");
        let [request] = rig.service.requests_to("/deleteSignalingChannel")[..] else {
            panic!("{:?}", rig.service.requests)
        };
        assert_eq!(request.body, format!(r#"{{"ChannelARN":"{}"}}"#, rig.service.arn));
        assert!(rig.links.is_empty());
        assert_eq!(rig.count(|told| matches!(told, Told::Connected { .. })), 0);
    }
}

#[test]
fn one_that_is_gone_already_counts_as_deleted() {
    for part in ["describe", "delete"] {
        let mut rig = Rig::new(Options::default());
        rig.service.answer(part, [Answer::error(404, "ResourceNotFoundException")]);
        rig.input(Input::Delete);
        assert!(rig.run_until(5_000, |rig| rig.session.state() == State::Stopped), "{rig:?}");
        let last = rig.since(0).into_iter().rev().find_map(|told| match told {
            Told::State { cause, .. } => Some(*cause),
            _ => None,
        });
        assert_eq!(last, Some(Cause::Deleted), "{part}");
    }
}

#[test]
fn a_failed_deletion_is_tried_again_until_it_is_stopped() {
    let mut rig = prepared(Options::default());
    rig.service.answer("delete", [Answer::error(500, "InternalFailure"), Answer::Silence]);
    rig.input(Input::Delete);
    assert!(rig.run_until(5_000, |rig| rig.service.requests_to("delete").len() == 2));
    rig.input(Input::Stop);
    assert_eq!(rig.session.state(), State::Stopped);
    assert!(rig.links.is_empty());
    rig.input(Input::Start);
    assert!(rig.run_until(1_000, |rig| rig.session.state() == State::Connected), "{rig:?}");
}
