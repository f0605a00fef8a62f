//! Long values arrive in parts, and only whole ones count.

mod support;

use base64ct::{Base64, Encoding};
use support::{Bench, Board};

#[test]
fn a_value_in_parts_is_put_together() {
    let board = Board::default();
    let mut bench = Bench::new(&board);
    let ca = Base64::encode_string(&[0xA5; 1_200]);
    let parts: Vec<_> = ca.as_bytes().chunks(300).collect();
    for (index, part) in parts.iter().enumerate() {
        let part = std::str::from_utf8(part).expect("ASCII");
        let nth = format!("{}/{}", index + 1, parts.len());
        let fields = [("key", "ca"), ("value", part), ("part", nth.as_str())];
        assert_eq!(bench.answer("set", &fields), "ack", "part {nth}");
    }
}

#[test]
fn a_part_out_of_order_is_refused_and_forgets_the_others() {
    let board = Board::default();
    let mut bench = Bench::new(&board);
    let set = |part| [("key", "channel"), ("value", "a"), ("part", part)];
    assert_eq!(bench.answer("set", &set("1/3")), "ack");
    assert_eq!(bench.answer("set", &set("3/3")), "state");
    assert_eq!(bench.answer("set", &set("2/3")), "state");
    assert_eq!(bench.answer("set", &set("1/1")), "ack");
}

#[test]
fn parts_of_two_keys_do_not_mix() {
    let board = Board::default();
    let mut bench = Bench::new(&board);
    let first = [("key", "channel"), ("value", "a"), ("part", "1/2")];
    let other = [("key", "region"), ("value", "b"), ("part", "2/2")];
    assert_eq!(bench.answer("set", &first), "ack");
    assert_eq!(bench.answer("set", &other), "state");
}

#[test]
fn a_value_larger_than_any_is_refused_as_full() {
    let board = Board::default();
    let mut bench = Bench::new(&board);
    let chunk = "x".repeat(400);
    let mut answers = Vec::new();
    for part in 1..=8 {
        let nth = format!("{part}/8");
        answers.push(bench.answer("set", &[("key", "ca"), ("value", &chunk), ("part", &nth)]));
    }
    assert!(answers.contains(&"full".to_owned()), "{answers:?}");
}

#[test]
fn damaged_base64_is_refused() {
    let board = Board::default();
    let mut bench = Bench::new(&board);
    assert_eq!(bench.answer("set", &[("key", "ca"), ("value", "not base64!")]), "value");
}
