//! The guide names every word there is, in the words of the code.

use harness::check;
use harness::scenario::needs::CAPABILITIES;
use harness::scenario::words::{self, Source};
use harness::verdict::Results;
use mock_kvs::fault::FaultKind;

const FORMAT: &str = include_str!("../docs/scenario-format.md");

#[test]
fn every_event_is_in_the_guide() {
    for source in [Source::Device, Source::Service, Source::Fault, Source::Peer] {
        let names = words::all().filter(|word| word.source == source).map(|word| word.name);
        let row = names.map(|name| format!("`{name}`")).collect::<Vec<_>>().join(" ");
        assert!(FORMAT.contains(&row), "{source:?}: {row}");
    }
}

#[test]
fn every_fault_is_in_the_guide() {
    for fault in FaultKind::ALL {
        assert!(FORMAT.contains(&format!("`{fault}`")), "{fault}");
    }
}

#[test]
fn every_check_is_in_the_guide() {
    let rows = check::ALL.iter().map(|check| {
        let holds = check.doc.holds.split_whitespace().collect::<Vec<_>>().join(" ");
        let always = if check.when == check::When::Always { " (always)" } else { "" };
        format!("| `{}`{always} | {holds} |\n", check.id)
    });
    let rows: String = rows.collect();
    assert!(FORMAT.contains(&rows), "checks should read:\n{rows}");
}

#[test]
fn every_capability_is_in_the_guide() {
    let names: Vec<String> = CAPABILITIES.iter().map(|name| format!("`{name}`")).collect();
    assert!(FORMAT.contains(&names.join(", ")), "{}", names.join(", "));
}

#[test]
fn the_schema_of_the_results_is_up_to_date() {
    let committed = include_str!("../docs/results.schema.json");
    let help = "run `cargo scenario schema results > harness/docs/results.schema.json`";
    assert!(committed == Results::json_schema(), "docs/results.schema.json is out of date: {help}");
}

#[test]
fn a_results_document_fits_its_schema() {
    let schema: serde_json::Value =
        serde_json::from_str(&Results::json_schema()).expect("the schema is JSON");
    let example = serde_json::to_value(Results::new(Vec::new(), None)).expect("plain data");
    let required = schema["required"].as_array().expect("required keys");
    assert_eq!(required.len(), 3);
    for key in required {
        assert!(example.get(key.as_str().expect("a name")).is_some(), "{key}");
    }
    let run = &schema["$defs"]["RunResult"]["properties"];
    for key in ["id", "board", "variant", "seed", "verdict", "reason", "checks", "duration_ms"] {
        assert!(run.get(key).is_some(), "{key}");
    }
    assert!(run.get("recovery_ms").is_some() && run.get("repro").is_some());
}
