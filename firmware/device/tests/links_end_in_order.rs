//! A link that the device closes says goodbye first, and never holds anything up with it.

mod support;

use support::{Bench, Board, End};

#[test]
fn a_stop_says_goodbye_on_every_link() {
    let board = Board::default();
    let mut bench = Bench::new(&board);
    bench.connect();
    assert_eq!(bench.answer("stop", &[]), "ack");
    bench.until_event("stopped");
    bench.pass(5_000);
    for wire in board.wires() {
        assert!(wire.dropped.get() && wire.said_goodbye.get(), "{}", wire.host);
    }
}

#[test]
fn a_goodbye_that_hangs_is_cut_off_after_a_second() {
    let board = Board::default();
    let mut bench = Bench::new(&board);
    bench.connect();
    let wire = board.last_wire();
    wire.goodbye_hangs.set(true);
    assert_eq!(bench.answer("stop", &[]), "ack");
    bench.until_event("stopped");
    let stopped = board.now_ms();
    bench.until("the link to be dropped", |_| wire.dropped.get());
    assert_eq!(board.now_ms() - stopped, 1_000);
    assert_eq!(bench.answer("hello", &[]), "ack");
}

#[test]
fn a_goodbye_gives_way_to_the_next_link() {
    let board = Board::default();
    let mut bench = Bench::new(&board);
    bench.connect();
    let wire = board.last_wire();
    wire.goodbye_hangs.set(true);
    let ended = board.now_ms();
    wire.finish(End::Fin);
    bench.until_event("connected");
    assert!(board.now_ms() - ended < 1_000, "the reconnect did not wait");
    assert!(wire.dropped.get());
}

#[test]
fn a_stopped_session_goes_on_at_start() {
    let board = Board::default();
    let mut bench = Bench::new(&board);
    bench.connect();
    assert_eq!(bench.answer("stop", &[]), "ack");
    bench.until_event("stopped");
    assert_eq!(bench.answer("stop", &[]), "state");
    assert_eq!(bench.answer("start", &[]), "ack");
    bench.until_event("connected");
}

#[test]
fn a_stopped_session_gives_way_to_new_settings() {
    let board = Board::default();
    let mut bench = Bench::new(&board);
    bench.connect();
    assert_eq!(bench.answer("stop", &[]), "ack");
    bench.until_event("stopped");
    assert_eq!(bench.answer("set", &[("key", "user_agent"), ("value", "second/1")]), "ack");
    assert_eq!(bench.answer("start", &[]), "ack");
    bench.until_event("connected");
    let head = String::from_utf8_lossy(&board.last_wire().outbox.borrow()).into_owned();
    assert!(head.contains("second/1"), "the new session is built from the new settings");
}
