//! Names are led elsewhere by suffix, and stay themselves for SNI and `Host`.

mod support;

use std::net::SocketAddr;

use kvs_device::{NAMES_MAX, Names, SUFFIX_MAX};
use support::{Bench, Board};

fn at(port: u16) -> SocketAddr {
    SocketAddr::from(([127, 0, 0, 1], port))
}

#[test]
fn of_several_suffixes_the_longest_counts() {
    let mut names = Names::EMPTY;
    for (suffix, port) in [("amazonaws.com", 1), ("us-west-2.amazonaws.com", 2), ("", 3)] {
        names.set(suffix, at(port)).expect("room");
    }
    for (host, port) in [
        ("kinesisvideo.us-west-2.amazonaws.com", 2),
        ("KINESISVIDEO.US-WEST-2.AMAZONAWS.COM", 2),
        ("us-west-2.amazonaws.com", 2),
        ("kinesisvideo.eu-west-1.amazonaws.com", 1),
        ("xus-west-2.amazonaws.com", 1),
        ("amazonaws.com.example", 3),
    ] {
        assert_eq!(names.find(host), Some(at(port)), "{host}");
    }
}

#[test]
fn without_a_suffix_that_fits_the_port_resolves() {
    let mut names = Names::EMPTY;
    names.set(".amazonaws.com", at(1)).expect("room");
    assert_eq!(names.find("m-1.amazonaws.com"), Some(at(1)), "a leading dot changes nothing");
    assert_eq!(names.find("example.com"), None);
    assert_eq!(names.find("zonaws.com"), None);
    assert_eq!(names.find(""), None);
}

#[test]
fn an_equal_suffix_is_replaced_and_a_full_table_says_so() {
    let mut names = Names::EMPTY;
    for nth in 0..NAMES_MAX {
        names.set(&format!("{nth}.test"), at(1)).expect("room");
    }
    assert!(names.set("one.more", at(2)).is_err());
    names.set("0.TEST", at(2)).expect("replaced");
    assert_eq!(names.find("0.test"), Some(at(2)));
    let mut empty = Names::EMPTY;
    assert!(empty.set(&"x".repeat(SUFFIX_MAX + 1), at(1)).is_err());
}

#[test]
fn every_link_goes_where_its_name_is_led() {
    let board = Board::default();
    let mut bench = Bench::new(&board);
    for (suffix, to) in [
        ("amazonaws.com", "127.0.0.1:8443"),
        ("m-1.kinesisvideo.us-west-2.amazonaws.com", "127.0.0.1:9443"),
    ] {
        assert_eq!(bench.answer("resolve", &[("suffix", suffix), ("to", to)]), "ack");
    }
    bench.connect();
    for wire in board.wires() {
        let socket = wire.host.starts_with("m-1.");
        assert_eq!(wire.address, Some(at(if socket { 9443 } else { 8443 })), "{}", wire.host);
        let head = String::from_utf8_lossy(&wire.outbox.borrow()).to_lowercase();
        assert!(head.contains(&format!("host: {}\r\n", wire.host)), "{head}");
    }
}
