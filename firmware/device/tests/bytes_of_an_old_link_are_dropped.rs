//! What a connection delivers after it was given up reaches nobody.

mod support;

use kvs_signaling::event::CloseReason;
use support::{Bench, Board, Dial, End, Service};

const OFFER: &[u8] = br#"{"type":"offer","sdp":"v=0\r\n"}"#;

#[test]
fn an_offer_behind_the_end_of_a_link_is_not_answered_on_the_next() {
    let board = Board::default();
    let mut bench = Bench::new(&board);
    bench.connect();
    let old = board.last_wire();
    old.finish(End::Fin);
    bench.until_event("connected");
    old.give(&Service::message("SDP_OFFER", "viewer", OFFER));
    bench.settle();
    assert_eq!(board.count("in"), 0);
    board.last_wire().give(&Service::message("SDP_OFFER", "viewer", OFFER));
    bench.until_event("in");
    let socket = board.named("connected").last().expect("connected").u64("link");
    assert_eq!(board.named("in")[0].u64("link"), socket);
}

#[test]
fn every_attempt_is_a_link_of_its_own() {
    let board = Board::default();
    let mut bench = Bench::new(&board);
    bench.connect();
    for _ in 0..5 {
        board.last_wire().finish(End::Error(CloseReason::Reset));
        bench.until_event("connected");
    }
    let links: Vec<_> = board.named("open").iter().map(|event| event.u64("link")).collect();
    let mut unique = links.clone();
    unique.sort_unstable();
    unique.dedup();
    assert_eq!(unique.len(), links.len(), "{links:?}");
}

#[test]
fn a_connect_that_hangs_is_given_up_and_tried_again() {
    let board = Board::default();
    board.plan(Dial::Hang);
    board.plan(Dial::Fail(CloseReason::Refused));
    let mut bench = Bench::new(&board);
    bench.connect();
    let whys: Vec<_> = board.named("closed").iter().map(|event| event.text("why")).collect();
    assert_eq!(whys[..2], ["local", "refused"]);
    let attempts: Vec<_> = board.named("open").iter().map(|event| event.u64("attempt")).collect();
    assert_eq!(attempts[..3], [0, 1, 2]);
}
