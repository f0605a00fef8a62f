//! `send` makes payloads of exactly the size the harness wants, and no two alike.

mod support;

use std::collections::BTreeSet;

use support::{Bench, Board};

#[test]
fn every_size_arrives_and_is_json_where_json_fits() {
    let board = Board::default();
    let mut bench = Bench::new(&board);
    bench.connect();
    for (kind, natural) in [("SDP_ANSWER", 400), ("ICE_CANDIDATE", 200)] {
        for size in [1, 40, 1_000, 10_240] {
            let text = size.to_string();
            let send = [("to", "viewer"), ("type", kind), ("size", text.as_str()), ("corr", "c-1")];
            assert_eq!(bench.answer("send", &send), "ack", "{kind} of {size}");
            bench.settle();
            let sent = bench.service.messages(kind, "viewer").pop().expect("a message");
            assert_eq!(sent.len(), size);
            if size >= natural {
                serde_json::from_slice::<serde_json::Value>(&sent).expect("JSON");
            }
        }
    }
    let out = board.named("out");
    assert!(out.iter().all(|event| event.text("to") == "viewer"));
    assert_eq!(bench.service.received[0].1["correlationId"], "c-1");
}

#[test]
fn no_two_payloads_are_alike() {
    let board = Board::default();
    let mut bench = Bench::new(&board);
    bench.connect();
    for _ in 0..10 {
        let send = [("to", "viewer"), ("type", "ICE_CANDIDATE"), ("size", "300")];
        assert_eq!(bench.answer("send", &send), "ack");
    }
    let shas: BTreeSet<_> = board.named("out").iter().map(|event| event.text("sha")).collect();
    assert_eq!(shas.len(), 10);
}

#[test]
fn a_master_cannot_send_to_itself() {
    let board = Board::default();
    let mut bench = Bench::new(&board);
    bench.connect();
    let send = [("to", ""), ("type", "SDP_ANSWER"), ("size", "300")];
    assert_eq!(bench.answer("send", &send), "value");
    assert_eq!(board.named("refused")[0].text("why"), "not_sendable");
}
