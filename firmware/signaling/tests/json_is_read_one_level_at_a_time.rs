//! JSON: what is taken, what is refused, and that nothing is found where it does not stand.

use kvs_signaling::wire::json::{self, DEPTH_MAX, Kind, Writer};
use proptest::prelude::*;
use serde::de::IgnoredAny;

#[test]
fn a_key_is_found_in_its_own_object_only() {
    let doc = json::parse(br#"{"a":{"b":1},"c":["b",{"b":2}],"d":"\"b\":3"}"#).expect("JSON");
    assert!(doc.member("b").is_none());
    let inner = doc.member("a").and_then(|a| a.member("b"));
    assert_eq!(inner.and_then(json::Value::unsigned), Some(1));
}

#[test]
fn keys_are_exact() {
    let doc = json::parse(br#"{"abc":1,"ABC":2,"ab":3}"#).expect("JSON");
    let number = |key| doc.member(key).and_then(json::Value::unsigned);
    assert_eq!(
        (number("abc"), number("ab"), number("a"), number("Abc")),
        (Some(1), Some(3), None, None)
    );
}

#[test]
fn keys_are_compared_without_their_escapes() {
    let doc = json::parse(br#"{"message\u0054ype":1}"#).expect("JSON");
    assert_eq!(doc.member("messageType").and_then(json::Value::unsigned), Some(1));
}

#[test]
fn a_repeated_key_means_the_last() {
    let doc = json::parse(br#"{"a":1,"a":2}"#).expect("JSON");
    assert_eq!(doc.member("a").and_then(json::Value::unsigned), Some(2));
}

#[test]
fn either_case_means_the_first_letter() {
    let doc = json::parse(br#"{"messageType":1,"MessageType":2,"messagetype":3,"":4}"#);
    let found: Vec<_> = doc
        .expect("JSON")
        .members()
        .filter(|(key, _)| key.is_either_case("messageType"))
        .map(|(_, value)| value.unsigned())
        .collect();
    assert_eq!(found, [Some(1), Some(2)]);
}

#[test]
fn values_know_what_they_are() {
    let doc = json::parse(br#" [ {} , [] , "s" , -1.5e+3 , 7 , true , false , null ] "#);
    let values: Vec<_> = doc.expect("JSON").elements().collect();
    let kinds: Vec<_> = values.iter().map(|value| value.kind()).collect();
    let expected = [
        Kind::Object,
        Kind::Array,
        Kind::String,
        Kind::Number,
        Kind::Number,
        Kind::Bool,
        Kind::Bool,
        Kind::Null,
    ];
    assert_eq!(kinds, expected);
    let unsigned: Vec<_> = values.iter().filter_map(|value| value.unsigned()).collect();
    assert_eq!(unsigned, [7]);
    let booleans: Vec<_> = values.iter().filter_map(|value| value.boolean()).collect();
    assert_eq!(booleans, [true, false]);
}

#[test]
fn walking_what_is_no_container_gives_nothing() {
    for doc in ["1", "\"a\"", "null", "[]", "{}"] {
        let value = json::parse(doc.as_bytes()).expect("JSON");
        assert_eq!((value.members().count(), value.elements().count()), (0, 0), "{doc}");
    }
    let object = json::parse(br#"{"a":1}"#).expect("JSON");
    assert_eq!(object.elements().count(), 0);
    let array = json::parse(br#"["a",1]"#).expect("JSON");
    assert_eq!(array.members().count(), 0);
}

#[test]
fn depth_is_limited() {
    let nested = |depth: usize| "[".repeat(depth) + &"]".repeat(depth);
    assert!(json::parse(nested(DEPTH_MAX).as_bytes()).is_ok());
    assert!(json::parse(nested(DEPTH_MAX + 1).as_bytes()).is_err());
    assert!(json::parse("[".repeat(100_000).as_bytes()).is_err());
}

#[test]
fn more_than_a_hundred_tokens_are_taken() {
    // The C SDK's parser stops there (spec §1.1).
    let doc = format!("[{}]", vec!["{\"a\":0}"; 5000].join(","));
    assert_eq!(json::parse(doc.as_bytes()).expect("JSON").elements().count(), 5000);
}

#[test]
fn numbers_too_large_are_numbers_but_no_integers() {
    let doc = json::parse(b"[18446744073709551615,18446744073709551616]").expect("JSON");
    let numbers: Vec<_> = doc.elements().map(json::Value::unsigned).collect();
    assert_eq!(numbers, [Some(u64::MAX), None]);
}

#[test]
fn invalid_utf_8_is_refused() {
    assert!(json::parse(b"\"\xff\"").is_err());
}

#[test]
fn control_characters_must_be_escaped() {
    for byte in 0..=0xffu8 {
        let doc = [b'"', byte, b'"'];
        let legal = (0x20..0x80).contains(&byte) && byte != b'"' && byte != b'\\';
        assert_eq!(json::parse(&doc).is_ok(), legal, "{byte:#x}");
    }
}

#[test]
fn half_a_surrogate_pair_is_no_text() {
    for text in [r"\ud83d", r"\ude00", r"\ud83dx", r"\ud83d\n", r"\ud83d\ud83d", r"\ud83d\u0041"] {
        let mut doc = format!("\"{text}\"").into_bytes();
        let span = json::parse(&doc).expect("grammatical").text().expect("a string").span();
        assert!(json::unescape_in_place(&mut doc, span).is_err(), "{text}");
    }
}

proptest! {
    #[test]
    fn what_serde_takes_we_take_and_nothing_else(text in candidate()) {
        prop_assume!(depth(&text) <= DEPTH_MAX);
        let theirs = serde_json::from_str::<IgnoredAny>(&text).is_ok();
        prop_assert_eq!(json::parse(text.as_bytes()).is_ok(), theirs, "{}", text);
    }

    #[test]
    fn strings_read_as_serde_reads_them(text in "\\PC{0,40}", escape_all: bool) {
        let mut doc = if escape_all { escaped(&text) } else { serde_json::json!(text).to_string() }
            .into_bytes();
        let string = json::parse(&doc).expect("JSON").text().expect("a string");
        prop_assert!(string.is(&text));
        let span = string.span();
        let plain = json::unescape_in_place(&mut doc, span).expect("text");
        prop_assert_eq!(plain.text(&doc), text);
    }

    #[test]
    fn what_we_write_serde_reads(text in any::<String>(), number: u64, bytes: Vec<u8>) {
        let mut buf = vec![0; text.len() * 6 + bytes.len() * 2 + 100];
        let mut json = Writer::new(&mut buf);
        json.begin_object();
        json.key(&text);
        json.begin_array();
        json.string(&text);
        json.unsigned(number);
        json.begin_object();
        json.end_object();
        json.end_array();
        json.key("base64");
        json.base64(&bytes);
        json.end_object();
        let len = json.finish().expect("it fits");
        let read: serde_json::Value = serde_json::from_slice(&buf[..len]).expect("JSON");
        let mut expected = serde_json::json!({ text.as_str(): [text, number, {}] });
        let encoded = read["base64"].clone();
        expected["base64"] = encoded.clone();
        prop_assert_eq!(read, expected);
        prop_assert_eq!(encoded.as_str().map(str::len), Some(bytes.len().div_ceil(3) * 4));
    }

    #[test]
    fn what_does_not_fit_is_refused(text in "\\PC{0,20}", size in 0..200usize) {
        let written = |size: usize| {
            let mut buf = vec![0; size];
            let mut json = Writer::new(&mut buf);
            json.begin_object();
            json.key("k");
            json.string(&text);
            json.end_object();
            json.finish()
        };
        let needed = written(400).expect("it fits");
        prop_assert_eq!(written(size), (size >= needed).then_some(needed));
    }
}

/// JSON, nearly JSON, and its letters in any order.
fn candidate() -> impl Strategy<Value = String> {
    let soup = r#"[\[\]{}:,"\\0-9eE+.\-tfn u\n\u{1}]{0,30}"#;
    let leaf = prop_oneof![
        Just("null".to_owned()),
        Just("true".to_owned()),
        r"-?(0|[1-9][0-9]{0,3})(\.[0-9]{1,2})?([eE][+-]?[0-9]{1,2})?",
        r#""([a-z]|\\["\\/bfnrt]|\\u00[0-9a-f]{2}){0,6}""#,
    ];
    let value = leaf.prop_recursive(4, 24, 4, |inner| {
        let pair = (r#""[a-c]{1,2}""#, inner.clone()).prop_map(|(key, value)| key + " : " + &value);
        prop_oneof![
            prop::collection::vec(inner, 0..4).prop_map(|list| format!("[{}]", list.join(" ,"))),
            prop::collection::vec(pair, 0..4).prop_map(|list| format!("{{{}}}", list.join(", "))),
        ]
    });
    let broken =
        (value.clone(), any::<prop::sample::Index>(), soup).prop_map(|(text, at, soup)| {
            let at = at.index(text.len() + 1);
            let (front, back) = text.split_at(at);
            let soup = soup.chars().next().map(String::from).unwrap_or_default();
            front.to_owned() + &soup + back.get(1..).unwrap_or_default()
        });
    prop_oneof![soup, value, broken]
}

fn depth(text: &str) -> usize {
    text.bytes().filter(|byte| matches!(byte, b'[' | b'{')).count()
}

/// Every character as `\u` escapes.
fn escaped(text: &str) -> String {
    let escapes: String = text.encode_utf16().map(|unit| format!("\\u{unit:04X}")).collect();
    format!("\"{escapes}\"")
}
