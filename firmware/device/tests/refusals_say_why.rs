//! Every command is answered once, and a refusal says why.

mod support;

use kvs_device::Exit;
use support::{Bench, Board};

#[test]
fn a_refusal_names_its_reason() {
    let board = Board::default();
    let mut bench = Bench::new(&board);
    let long = "x".repeat(300);
    for (name, fields, why) in [
        ("dance", &[][..], "unknown"),
        ("set", &[("key", "colour"), ("value", "red")], "unknown"),
        ("set", &[("key", "role")], "value"),
        ("set", &[("key", "role"), ("value", "spy")], "value"),
        ("set", &[("key", "create"), ("value", "yes")], "value"),
        ("set", &[("key", "ping_after_ms"), ("value", "0")], "value"),
        ("set", &[("key", "channel"), ("value", &long)], "full"),
        ("set", &[("key", "channel"), ("value", "a"), ("part", "0/1")], "value"),
        ("set", &[("key", "channel"), ("value", "a"), ("part", "2/1")], "value"),
        ("resolve", &[("suffix", "a.b"), ("to", "nowhere")], "value"),
        ("clock", &[("offset_s", "soon")], "value"),
        ("credentials", &[], "value"),
        ("mutate", &[("name", "constant-backof")], "unknown"),
        ("stop", &[], "state"),
        ("metrics", &[], "state"),
        ("send", &[("to", "v"), ("type", "SDP_OFFER"), ("size", "9")], "state"),
        ("send", &[("to", "v"), ("type", "SDP_OFER"), ("size", "9")], "value"),
        ("sleep", &[("for_ms", "soon")], "value"),
        ("crash", &[("how", "softly")], "value"),
        ("crash", &[("how", "panic")], "unknown"),
        ("start", &[], "value"),
    ] {
        assert_eq!(bench.answer(name, fields), why, "{name} {fields:?}");
    }
    assert_eq!(board.named("error").len(), 1, "only `start` is an error of the configuration");
}

#[cfg(not(kvs_mutants))]
#[test]
fn a_normal_image_knows_no_mutant() {
    let board = Board::default();
    let mut bench = Bench::new(&board);
    for name in ["constant-backoff", "ignore-go-away", "no-dedupe", "reuse-signed-url"] {
        assert_eq!(bench.answer("mutate", &[("name", name)]), "unknown", "{name}");
    }
    bench.connect();
    assert_eq!(bench.answer("mutate", &[("name", "no-dedupe")]), "unknown");
}

#[test]
fn a_damaged_command_is_refused_by_its_id() {
    let board = Board::default();
    let mut bench = Bench::new(&board);
    board.say("!kvs 41 hello *0000");
    assert_eq!(bench.answer_to(41), "checksum");
    board.say("!kvs what *0000");
    assert_eq!(bench.answer_to(0), "checksum");
    board.say_bytes(b"!kvs 1 set value=\xff\xfe *0000");
    bench.until("a second answer to 0", |board| board.count("nak") == 3);
}

#[test]
fn what_is_not_a_command_is_not_answered() {
    let board = Board::default();
    let mut bench = Bench::new(&board);
    for noise in ["", "login:", "@kvs 1 1 hello *0000", "kvs 1 hello"] {
        board.say(noise);
    }
    board.say_bytes(&[0xff, 0x00, 0x80]);
    assert_eq!(bench.answer("hello", &[]), "ack");
    assert_eq!(board.count("nak"), 0);
}

#[test]
fn a_running_session_keeps_its_settings() {
    let board = Board::default();
    let mut bench = Bench::new(&board);
    bench.connect();
    assert_eq!(bench.answer("set", &[("key", "channel"), ("value", "other")]), "state");
    assert_eq!(bench.answer("clock", &[("offset_s", "5")]), "state");
    assert_eq!(bench.answer("start", &[]), "state");
    let send = [("to", "viewer"), ("type", "SDP_ANSWER"), ("size", "99999999")];
    assert_eq!(bench.answer("send", &send), "value");
}

#[test]
fn exit_and_the_end_of_the_console_end_the_device() {
    let board = Board::default();
    let mut bench = Bench::new(&board);
    bench.connect();
    assert_eq!(bench.answer("exit", &[]), "ack");
    bench.settle();
    assert_eq!(bench.exit, Some(Exit::Command));
    drop(bench);
    assert!(board.wires().iter().all(|wire| wire.dropped.get()), "links end with the device");

    let board = Board::default();
    let mut bench = Bench::new(&board);
    bench.provision();
    board.end_console();
    bench.settle();
    assert_eq!(bench.exit, Some(Exit::ConsoleGone));
}
