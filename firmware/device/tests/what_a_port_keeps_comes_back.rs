//! Cache and clock: what a board remembers, and what the console makes of its wall clock.

mod support;

use support::{Bench, Board};

#[test]
fn a_kept_cache_saves_the_calls_at_the_next_boot() {
    let board = Board::default();
    let mut bench = Bench::new(&board);
    bench.connect();
    let cache = board.cache.borrow().clone();
    assert!(!cache.is_empty(), "the session had something worth keeping");
    let calls = |bench: &Bench<'_>| {
        let describes = |(_, request): &&(usize, String)| request.contains("describe");
        bench.service.requests.iter().filter(describes).count()
    };
    assert_eq!(calls(&bench), 1);

    let next = Board::default();
    *next.cache.borrow_mut() = cache;
    let mut bench = Bench::new(&next);
    bench.connect();
    assert_eq!(calls(&bench), 0);
}

#[test]
fn a_damaged_cache_is_ignored() {
    let board = Board::default();
    *board.cache.borrow_mut() = vec![0xA5; 4_000];
    let mut bench = Bench::new(&board);
    bench.connect();
    assert_eq!(board.count("connected"), 1);
}

#[test]
fn a_skewed_clock_shows_in_what_is_signed() {
    let date = |offset: Option<&str>| {
        let board = Board::default();
        let mut bench = Bench::new(&board);
        if let Some(offset_s) = offset {
            assert_eq!(bench.answer("clock", &[("offset_s", offset_s)]), "ack");
        }
        bench.connect();
        let head = String::from_utf8_lossy(&board.wires()[0].outbox.borrow()).to_lowercase();
        let line = head.lines().find_map(|line| line.strip_prefix("x-amz-date: "));
        line.expect("a signed date").to_owned()
    };
    assert_eq!(date(None), "20260101t000000z");
    assert_eq!(date(Some("420")), "20260101t000700z");
    assert_eq!(date(Some("-3600")), "20251231t230000z");
}
