//! Which fields fit which fault, and each other.

use std::collections::BTreeSet;

use mock_kvs::fault::spec::{Field, Toward};
use mock_kvs::fault::{FaultKind, FaultSpec, Layer};
use mock_kvs::link::{Condition, End, Then};

#[test]
fn every_fault_is_read_by_its_word_and_documented_in_the_schema() {
    let schema = schemars::schema_for!(FaultKind);
    let schema = serde_json::to_string(schema.as_value()).expect("a schema");
    let words = FaultKind::ALL.map(FaultKind::word);
    assert_eq!(words.iter().collect::<BTreeSet<_>>().len(), words.len());
    for kind in FaultKind::ALL {
        let word = serde_json::to_string(&kind).expect("a word");
        assert_eq!(word, format!("\"{kind}\""));
        assert_eq!(serde_json::from_str::<FaultKind>(&word).expect("a fault"), kind);
        assert!(schema.contains(&format!("\"const\":{word}")), "{word} in {schema}");
    }
    assert_eq!(schema.matches("\"const\"").count(), words.len(), "ALL is complete");
}

#[test]
fn every_fault_has_what_it_needs_and_takes_what_it_says() {
    for kind in FaultKind::ALL {
        let spec = minimal(kind);
        spec.validate().unwrap_or_else(|error| panic!("{error}"));
        for field in spec.given() {
            assert!(kind.allowed_fields().contains(&field), "{kind} {field}");
        }
        assert_eq!(
            spec.condition().is_some() || spec.then().is_some(),
            kind.layer() == Layer::Link
        );
    }
}

#[test]
fn a_needed_field_that_is_missing_is_named() {
    let error = FaultSpec::new(FaultKind::Latency).validate().expect_err("no delay");
    assert_eq!(error.field, Field::Delay);
    assert_eq!(
        error.to_string(),
        "`delay` of fault `latency`: it is missing; \
         `latency` needs `delay` and takes `toward`, `jitter`, `distribution`"
    );
}

#[test]
fn a_field_of_another_fault_is_named() {
    refused(r#"{"fault":"stall","delay":"1s"}"#, Field::Delay, "does not take it");
    refused(
        r#"{"fault":"refuse","toward":"device"}"#,
        Field::Toward,
        "takes only `as`, `actor`, `start` and `lasts`",
    );
}

#[test]
fn positions_and_triggers_must_make_sense() {
    refused(r#"{"fault":"reset","at":"50%"}"#, Field::At, "a part of which message?");
    refused(
        r#"{"fault":"reset","on":"SDP_ANSWER","at":"50%","toward":"service"}"#,
        Field::At,
        "give `toward: device`",
    );
    refused(
        r#"{"fault":"reset","on":"any","at":"50%","after":"1B"}"#,
        Field::After,
        "a cut has one position",
    );
    refused(r#"{"fault":"stall","after":"1B"}"#, Field::After, "give `toward`");
    refused(
        r#"{"fault":"drop","on":"GO_AWAY","toward":"service"}"#,
        Field::On,
        "never travels toward it",
    );
    refused(r#"{"fault":"reset","on":"any","call":"any"}"#, Field::Call, "`on` is given too");
    refused(r#"{"fault":"reset","nth":1,"every":2}"#, Field::Every, "`nth` is given too");
    refused(r#"{"fault":"reset","nth":0}"#, Field::Nth, "counts from 1");
    refused(r#"{"fault":"reset","p":1.5}"#, Field::P, "0 to 1");
}

#[test]
fn values_must_be_possible() {
    refused(r#"{"fault":"bandwidth","rate":"0B/s"}"#, Field::Rate, "`stall` holds bytes");
    refused(r#"{"fault":"slice","bytes":"0B"}"#, Field::Bytes, "at least 1B");
    refused(r#"{"fault":"http-error","status":200}"#, Field::Status, "300 to 599");
    refused(r#"{"fault":"close-code","code":999}"#, Field::Code, "1000 to 4999");
    refused(
        r#"{"fault":"latency","delay":"1s","distribution":"pareto"}"#,
        Field::Distribution,
        "spreads `jitter`",
    );
}

#[test]
fn an_unknown_key_is_an_error_that_lists_the_known_ones() {
    let error = serde_json::from_str::<FaultSpec>(r#"{"fault":"stall","towards":"device"}"#);
    let error = error.expect_err("unknown").to_string();
    assert!(error.contains("unknown field `towards`") && error.contains("`toward`"), "{error}");
    let error = serde_json::from_str::<FaultSpec>(r#"{"fault":"blackhole"}"#);
    let error = error.expect_err("unknown").to_string();
    assert!(error.contains("unknown variant `blackhole`") && error.contains("`black-hole`"));
}

#[test]
fn defaults_are_those_of_the_reference() {
    let spec = read(r#"{"fault":"stall"}"#);
    assert_eq!((spec.name(), spec.actor(), spec.toward()), ("stall", "device", Toward::Both));
    let spec = read(r#"{"fault":"stall","on":"SDP_OFFER","at":"50%","as":"cut","actor":"viewer"}"#);
    assert_eq!((spec.name(), spec.actor(), spec.toward()), ("cut", "viewer", Toward::Device));
    assert_eq!(spec.then(), Some(Then::Set(Toward::Device, Condition::Stall)));
    assert_eq!(read(r#"{"fault":"reset"}"#).then(), Some(Then::End(End::Reset)));
}

#[test]
fn what_is_read_is_written_alike() {
    let text =
        r#"{"fault":"latency","as":"slow","toward":"device","delay":"150ms","jitter":"20ms"}"#;
    assert_eq!(serde_json::to_string(&read(text)).expect("text"), text);
}

fn minimal(kind: FaultKind) -> FaultSpec {
    let mut spec = serde_json::json!({ "fault": kind });
    for field in kind.allowed_fields() {
        let value = match field.word() {
            "delay" | "jitter" => "1s".into(),
            "offset" => "-1s".into(),
            "rate" => "1KiB/s".into(),
            "bytes" => "10B".into(),
            "status" => 500.into(),
            "code" => 1001.into(),
            "p" => 0.5.into(),
            "times" => 2.into(),
            _ => continue,
        };
        spec[field.word()] = value;
    }
    serde_json::from_value(spec).expect("a spec")
}

fn refused(text: &str, field: Field, says: &str) {
    let error = read(text).validate().expect_err(text);
    assert_eq!(error.field, field, "{error}");
    assert!(error.to_string().contains(says), "`{error}` should say `{says}`");
}

fn read(text: &str) -> FaultSpec {
    serde_json::from_str(text).unwrap_or_else(|error| panic!("{text}: {error}"))
}
