//! Only in a build with `--cfg kvs_mutants`: each switch breaks what it says, so that the harness
//! can be shown to notice (decision 9).

use kvs_signaling::State;
use kvs_signaling::config::Mutants;
use kvs_signaling::event::CloseReason;

use crate::support::{Options, Rig, Told};

fn connected(mutants: Mutants) -> Rig {
    Rig::connected(Options { mutants, ..Options::default() })
}

fn reset(rig: &mut Rig) {
    let link = rig.socket();
    rig.end(link, CloseReason::Reset);
    assert!(rig.run_until(60_000, |rig| rig.session.state() == State::Connected));
}

#[test]
fn constant_backoff() {
    let mut rig = connected(Mutants { constant_backoff: true, ..Mutants::default() });
    for _ in 0..5 {
        reset(&mut rig);
    }
    assert_eq!(rig.count(|told| matches!(told, Told::Retry { wait_ms: 100, .. })), 5);
}

#[test]
fn ignore_go_away() {
    let mut rig = connected(Mutants { ignore_go_away: true, ..Mutants::default() });
    let link = rig.socket();
    rig.service.text(link, r#"{"messageType":"GO_AWAY"}"#);
    rig.settle();
    rig.run(60_000);
    assert_eq!((rig.session.state(), rig.socket()), (State::Connected, link));
}

#[test]
fn no_dedupe() {
    let mut rig = connected(Mutants { no_dedupe: true, ..Mutants::default() });
    let link = rig.socket();
    rig.service.signal(link, "SDP_OFFER", "anna", "offer");
    rig.service.signal(link, "SDP_OFFER", "anna", "offer");
    rig.settle();
    assert_eq!(rig.count(|told| matches!(told, Told::Message { .. })), 2);
}

#[test]
fn reuse_signed_url() {
    let mut rig = connected(Mutants { reuse_signed_url: true, ..Mutants::default() });
    rig.run(61_000);
    reset(&mut rig);
    let upgrades = rig.service.requests_to("X-Amz");
    assert_eq!(upgrades[0].query("X-Amz-Signature"), upgrades[1].query("X-Amz-Signature"));
}
