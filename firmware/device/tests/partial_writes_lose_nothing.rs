//! However few bytes a write or a read takes, the service sees the same bytes in the same order.

mod support;

use support::{Bench, Board, Service};

const OFFER: &[u8] = br#"{"type":"offer","sdp":"v=0\r\nm=video 9 UDP/TLS/RTP/SAVPF 96\r\na=mid:0\r\na=rtpmap:96 VP8/90000\r\n"}"#;

/// What the service received of an answer when each write takes at most `write_max` bytes.
fn answer_over(write_max: usize, read_max: usize) -> Vec<u8> {
    let board = Board::default();
    board.default_write_max.set(write_max);
    board.default_read_max.set(read_max);
    let mut bench = Bench::new(&board);
    bench.connect();
    board.last_wire().give(&Service::message("SDP_OFFER", "viewer", OFFER));
    bench.until_event("out");
    bench.settle();
    let mut answers = bench.service.messages("SDP_ANSWER", "viewer");
    assert_eq!(answers.len(), 1);
    assert_eq!(bench.service.messages("ICE_CANDIDATE", "viewer").len(), 3);
    answers.remove(0)
}

#[test]
fn every_size_of_write_and_read_gives_the_same_answer() {
    let whole = answer_over(usize::MAX, usize::MAX);
    for size in [1, 2, 3, 7, 100, 1_000, 4_095] {
        assert_eq!(answer_over(size, size), whole, "{size} bytes at a time");
    }
}

#[test]
fn a_full_window_holds_the_rest_back_until_it_opens() {
    let board = Board::default();
    let mut bench = Bench::new(&board);
    bench.connect();
    let wire = board.last_wire();
    wire.write_max.set(0);
    wire.give(&Service::message("SDP_OFFER", "viewer", OFFER));
    bench.until_event("out");
    bench.settle();
    assert_eq!(board.count("written"), 0, "nothing is reported as written");
    assert!(bench.service.messages("SDP_ANSWER", "viewer").is_empty());
    wire.open_window(usize::MAX);
    bench.until_event("written");
    bench.settle();
    assert_eq!(bench.service.messages("SDP_ANSWER", "viewer").len(), 1);
}
