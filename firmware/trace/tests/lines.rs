//! A line survives its trip, a damaged one is recognised, a long one is cut but well formed.

use kvs_trace::{Command, Event, FIELDS, Kind, LINE_MAX, Line, LineBuf, Malformed, Value};

#[test]
fn values_survive_the_trip() {
    let mut buf = LineBuf::new();
    let text = "a b=c%d*é\r\n\u{7f}";
    let line = Event::Panic { text }.write(1, 2, &mut buf);
    assert!(line.is_ascii() && !line.contains('\n'));
    let parsed = Line::parse(line).expect("our own line");
    let mut room = [0; 64];
    assert_eq!(parsed.value("text").and_then(|v| v.decode(&mut room)), Some(text));
    assert_eq!(parsed.kind, Kind::Event);
}

#[test]
fn every_single_bit_flip_is_noticed() {
    let mut buf = LineBuf::new();
    let line = Event::Retry { attempt: 3, wait_ms: 912, base_ms: 800, why: "reset" }
        .write(9, 10, &mut buf)
        .to_owned();
    for at in 0..line.len() {
        for bit in 0..7 {
            let mut bytes = line.clone().into_bytes();
            bytes[at] ^= 1 << bit;
            let damaged = String::from_utf8(bytes).expect("still ASCII");
            // Upper-case hex digits of the checksum mean the same number.
            if damaged.to_ascii_lowercase() != line {
                assert!(Line::parse(&damaged).is_err(), "accepted: {damaged}");
            }
        }
    }
}

#[test]
fn an_endless_value_is_cut_with_a_mark() {
    let mut buf = LineBuf::new();
    let long = "%".repeat(4 * LINE_MAX);
    let line = Event::Panic { text: &long }.write(u32::MAX, u64::MAX, &mut buf);
    assert!(line.len() <= LINE_MAX);
    let parsed = Line::parse(line).expect("well formed");
    assert!(parsed.value("text").is_some_and(|v| v.0.ends_with("%25~")));
}

#[test]
fn a_command_that_had_to_be_cut_is_not_sent() {
    let mut buf = LineBuf::new();
    let long = "A".repeat(LINE_MAX);
    assert_eq!(Command::new(1, "set", &mut buf).field("value", &long).finish_whole(), None);
    let whole = Command::new(1, "set", &mut buf).field("value", &long[..100]).finish_whole();
    assert!(whole.is_some_and(|line| Line::parse(line).is_ok()));
}

#[test]
fn other_text_is_log_text() {
    for (text, why) in [
        ("hello", Malformed::NotOurs),
        ("@kvs 1 2 x", Malformed::Checksum),
        ("@kvs 1 2 x *zzzz", Malformed::Checksum),
        ("", Malformed::NotOurs),
    ] {
        assert_eq!(Line::parse(text), Err(why), "{text}");
    }
}

#[test]
fn a_broken_escape_gives_its_own_characters() {
    let mut room = [0; 8];
    assert_eq!(Value("a%zz%4").decode(&mut room), Some("a%zz%4"));
    assert_eq!(Value("%41%42").decode(&mut room), Some("AB"));
    assert_eq!(Value("123456789").decode(&mut room), None);
}

#[test]
fn names_are_unique() {
    let names: std::collections::BTreeSet<_> = FIELDS.iter().map(|(name, _)| name).collect();
    assert_eq!(names.len(), FIELDS.len());
    assert!(FIELDS.iter().any(|(name, keys)| *name == "in" && keys.contains(&"type")));
}

#[test]
fn the_checksum_is_crc_16_ccitt_false() {
    assert_eq!(kvs_trace::crc16(b"123456789"), 0x29B1);
}
