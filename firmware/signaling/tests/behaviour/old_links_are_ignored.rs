use kvs_signaling::event::CloseReason;
use kvs_signaling::{Input, Link, State};

use crate::support::{Options, Rig, Told};

#[test]
fn whatever_comes_late_from_a_link_that_is_gone() {
    let mut rig = Rig::connected(Options::default());
    let old = rig.socket();
    rig.end(old, CloseReason::Reset);
    assert!(rig.run_until(1_000, |rig| rig.session.state() == State::Connected));
    let (before, live) = (rig.told.len(), rig.socket());
    assert!(old < live);
    assert_eq!(rig.input(Input::Bytes(old, b"\x88\x02\x03\xe8")), 4);
    for input in [
        Input::Opened(old),
        Input::Sent(old, 10),
        Input::Closed(old, CloseReason::Fin),
        Input::Closed(Link(99), CloseReason::Fin),
        Input::Opened(live),
    ] {
        assert_eq!(rig.input(input), 0);
    }
    assert_eq!(rig.since(before), Vec::<&Told>::new());
    assert_eq!(rig.session.state(), State::Connected);
}

#[test]
fn the_end_of_a_link_we_closed_ourselves() {
    let mut rig = Rig::connected(Options::default());
    rig.service.pongs = false;
    let old = rig.socket();
    assert!(rig.run_until(60_000, |rig| rig.session.state() == State::Waiting));
    assert_eq!(rig.count(|told| *told == Told::Close(old)), 1);
    let before = rig.told.len();
    rig.input(Input::Closed(old, CloseReason::Local));
    assert_eq!(rig.since(before), Vec::<&Told>::new());
    assert!(rig.run_until(1_000, |rig| rig.session.state() == State::Connected));
}

#[test]
fn a_link_is_never_numbered_as_another_was() {
    let mut rig = Rig::connected(Options::default());
    for _ in 0..20 {
        let link = rig.socket();
        rig.end(link, CloseReason::Reset);
        assert!(rig.run_until(60_000, |rig| rig.session.state() == State::Connected));
    }
    let links: Vec<u32> = rig
        .told
        .iter()
        .filter_map(|(_, told)| match told {
            Told::Open { link, .. } => Some(link.0),
            _ => None,
        })
        .collect();
    assert!(links.is_sorted_by(|a, b| a < b), "{links:?}");
}
