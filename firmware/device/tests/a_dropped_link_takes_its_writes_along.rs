//! A link that goes while bytes are on their way is dropped whole, and the next one starts clean.

mod support;

use kvs_signaling::event::CloseReason;
use support::{Bench, Board, End, Service};

const OFFER: &[u8] = br#"{"type":"offer","sdp":"v=0\r\n"}"#;

/// A connected master whose answer is stuck in a full window.
fn stuck(bench: &mut Bench<'_>) {
    bench.connect();
    let wire = bench.board.last_wire();
    wire.write_max.set(0);
    wire.give(&Service::message("SDP_OFFER", "viewer", OFFER));
    bench.until_event("out");
    bench.settle();
    assert!(wire.writing.get(), "a write is under way");
}

#[test]
fn a_reset_while_writing_reconnects_and_sends_the_answer_again() {
    let board = Board::default();
    let mut bench = Bench::new(&board);
    stuck(&mut bench);
    let old = board.last_wire();
    old.finish(End::Error(CloseReason::Reset));
    bench.until_event("connected");
    assert!(old.dropped.get());
    assert!(!old.said_goodbye.get(), "after half a record there is nothing left to say");
    let closed = board.named("closed");
    assert_eq!(closed.last().expect("closed").text("why"), "reset");
    bench.settle();
    assert_eq!(bench.service.messages("SDP_ANSWER", "viewer").len(), 1, "on the new link");
}

#[test]
fn a_link_given_up_while_writing_is_dropped_without_goodbye() {
    let board = Board::default();
    let mut bench = Bench::new(&board);
    stuck(&mut bench);
    let old = board.last_wire();
    bench.service.mute = true;
    bench.until("the half-open link to be given up", |_| old.dropped.get());
    assert!(!old.said_goodbye.get());
    bench.until_event("connected");
}

#[test]
fn what_the_peer_said_before_it_hung_up_is_heard_before_the_failed_write() {
    let board = Board::default();
    let mut bench = Bench::new(&board);
    stuck(&mut bench);
    let wire = board.last_wire();
    wire.give(&Service::message("ICE_CANDIDATE", "viewer", b"{}"));
    wire.finish(End::Error(CloseReason::Reset));
    bench.until_event("closed");
    let names: Vec<_> = board.events().into_iter().map(|event| event.name).collect();
    let heard = names.iter().rposition(|name| name == "in").expect("in");
    let closed = names.iter().rposition(|name| name == "closed").expect("closed");
    assert!(heard < closed);
    assert_eq!(board.named("in").len(), 2);
}
