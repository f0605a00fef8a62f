//! `keep` and `wipe`: what the console told a device outlives its power, for images with a console and without.

mod support;

use base64ct::{Base64, Encoding};
use kvs_device::SmallMemory;
use support::{Bench, Board};

/// Every key that `set` takes, and what it is set to.
const TOLD: [(&str, &str); 20] = [
    ("role", "viewer"),
    ("channel", "front-door"),
    ("arn", "arn:aws:kinesisvideo:us-west-2:123456789012:channel/front-door/1234567890123"),
    ("region", "us-west-2"),
    ("client_id", "phone"),
    ("control_plane", "kvs.example:8443"),
    ("create", "1"),
    ("media_storage", "1"),
    ("iot.endpoint", "c1.credentials.iot.us-west-2.amazonaws.com"),
    ("iot.role_alias", "camera"),
    ("iot.thing_name", "camera-7"),
    ("wifi.ssid", "the lab"),
    ("secret.wifi.password", "correct horse"),
    ("user_agent", "door/1.0"),
    ("ping_after_ms", "12345"),
    ("pong_timeout_ms", "23456"),
    ("secret.access_key_id", "AKIDEXAMPLE"),
    ("secret.secret_key", "wJalrXUtnFEMI"),
    ("secret.session_token", "a token"),
    ("credentials.expires_unix_s", "1900000000"),
];
const DERS: [&str; 3] = ["ca", "iot.cert", "secret.iot_key"];

fn tell_all(bench: &mut Bench<'_>) {
    for (key, value) in TOLD {
        assert_eq!(bench.answer("set", &[("key", key), ("value", value)]), "ack", "{key}");
    }
    for key in DERS {
        let value = Base64::encode_string(key.as_bytes());
        assert_eq!(bench.answer("set", &[("key", key), ("value", &value)]), "ack", "{key}");
    }
    assert_eq!(bench.answer("credentials", &[]), "ack");
    for (suffix, to) in [("amazonaws.com", "10.0.2.2:443"), ("example", "10.0.2.3:8443")] {
        assert_eq!(bench.answer("resolve", &[("suffix", suffix), ("to", to)]), "ack");
    }
}

fn kept(board: &Board) -> Vec<u8> {
    board.kept.borrow().clone().expect("this board keeps")
}

#[test]
fn all_of_it_outlives_the_device() {
    let board = Board::default();
    let mut bench = Bench::new(&board);
    tell_all(&mut bench);
    assert_eq!(bench.answer("keep", &[]), "ack");
    let first = kept(&board);
    let has = |text: &str| first.windows(text.len()).any(|bytes| bytes == text.as_bytes());
    for (key, value) in TOLD {
        assert!(has(&format!("{key}{value}")), "{key}");
    }
    for key in DERS {
        assert!(has(&format!("{key}{key}")), "{key}");
    }
    // The next device knows it all: told nothing, it has the same to keep.
    let next = Board::default();
    *next.kept.borrow_mut() = Some(first.clone());
    let mut bench = Bench::new(&next);
    assert_eq!(bench.answer("keep", &[]), "ack");
    assert_eq!(kept(&next), first);
}

#[test]
fn an_image_without_a_console_goes_by_it() {
    let board = Board::default();
    let mut bench = Bench::new(&board);
    bench.provision();
    for (key, value) in [("wifi.ssid", "the lab"), ("secret.wifi.password", "correct horse")] {
        assert_eq!(bench.answer("set", &[("key", key), ("value", value)]), "ack");
    }
    assert_eq!(bench.answer("keep", &[]), "ack");
    assert_eq!(*board.joined.borrow(), "", "told, but not started");

    let next = Board::default();
    *next.kept.borrow_mut() = Some(kept(&board));
    let mut bench = Bench::shipped(&next);
    bench.until_event("connected");
    assert_eq!(*next.joined.borrow(), "the lab correct horse");
    assert_eq!(next.count("need_credentials"), 0, "those that were kept were good");
}

#[test]
fn a_wipe_leaves_nothing() {
    let board = Board::default();
    let mut bench = Bench::new(&board);
    tell_all(&mut bench);
    assert_eq!(bench.answer("keep", &[]), "ack");
    assert_eq!(bench.answer("wipe", &[]), "ack");
    assert!(kept(&board).is_empty());
    // Not in the device either: there is nothing left to keep but the version.
    assert_eq!(bench.answer("keep", &[]), "ack");
    assert_eq!(kept(&board).len(), 1);
}

#[test]
fn only_a_board_at_rest_that_can_keep_does() {
    let board = Board::default();
    let mut bench = Bench::new(&board);
    bench.connect();
    for command in ["keep", "wipe"] {
        assert_eq!(bench.answer(command, &[]), "state", "{command}");
    }
    assert_eq!(bench.answer("stop", &[]), "ack");
    bench.until_event("stopped");
    assert_eq!(bench.answer("keep", &[]), "ack");

    let board = Board::default();
    *board.kept.borrow_mut() = None;
    let mut bench = Bench::new(&board);
    for command in ["keep", "wipe"] {
        assert_eq!(bench.answer(command, &[]), "unknown", "{command}");
    }
}

#[test]
fn half_of_it_tells_nothing() {
    let board = Board::default();
    let mut bench = Bench::new(&board);
    tell_all(&mut bench);
    assert_eq!(bench.answer("keep", &[]), "ack");
    let whole = kept(&board);
    let next = Board::default();
    let mut memory = SmallMemory::new();
    for len in 0..whole.len() {
        *next.kept.borrow_mut() = Some(whole[..len].to_vec());
        // Between two entries it is whole as far as it goes; a checksum over all of it is the board's business.
        if !memory.recall(&next) {
            assert_eq!(memory.settings().channel.as_str(), "", "{len} bytes");
            assert!(memory.settings().ca().is_empty(), "{len} bytes");
        }
    }
    *next.kept.borrow_mut() = Some([&[99], &whole[1..]].concat());
    assert!(!memory.recall(&next), "another version");
    *next.kept.borrow_mut() = Some(whole);
    assert!(memory.recall(&next));
    assert_eq!(memory.settings().channel.as_str(), "front-door");
}
