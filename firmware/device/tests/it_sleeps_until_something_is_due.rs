//! The device wakes exactly when the session asked for it, and otherwise does nothing at all.

mod support;

use kvs_signaling::event::CloseReason;
use support::{Bench, Board, Dial};

#[test]
fn an_attempt_starts_in_the_very_millisecond_its_back_off_ends() {
    let board = Board::default();
    for _ in 0..20 {
        board.plan(Dial::Fail(CloseReason::Refused));
    }
    let mut bench = Bench::new(&board);
    bench.connect();
    let (mut due, mut seen) = (None, 0);
    for event in board.events() {
        match event.name.as_str() {
            "retry" => due = Some(event.ms + event.u64("wait_ms")),
            "open" => {
                if let Some(due) = due.take() {
                    assert_eq!(event.ms, due);
                    seen += 1;
                }
            }
            _ => {}
        }
    }
    assert_eq!(seen, 20);
}

#[test]
fn a_ping_goes_out_after_exactly_ten_silent_seconds() {
    let board = Board::default();
    let mut bench = Bench::new(&board);
    bench.connect();
    let connected = board.now_ms();
    bench.until_event("ping");
    assert_eq!(board.now_ms() - connected, 10_000);
}

#[test]
fn a_quiet_hour_costs_a_few_polls_for_each_ping() {
    let board = Board::default();
    let mut bench = Bench::new(&board);
    bench.connect();
    let before = (bench.polls, board.count("ping"));
    bench.pass(3_600_000);
    let (polls, pings) = (bench.polls - before.0, board.count("ping") - before.1);
    assert!(pings > 300, "{pings} pings");
    assert!(polls < pings * 8 + 1_000, "{polls} polls for {pings} pings");
}
