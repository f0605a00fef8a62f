//! The JSON Schema of scenario files, for completion and checks in an editor.

use schemars::schema_for;
use serde_json::{Value, json};

use super::model::Scenario;

/// The first line of a file, by which an editor finds the schema beside `scenarios/`.
pub fn header(depth: usize) -> String {
    let up = "../".repeat(depth);
    format!("# yaml-language-server: $schema={up}{FILE}")
}

/// The schema's name in `scenarios/`.
pub const FILE: &str = "scenario.schema.json";

/// A placeholder of `vary`, alone or within a text.
const PLACEHOLDER: &str = r"\{[a-z_][a-z0-9_]*\}";

/// The schema as it is committed: pretty, keys sorted, with a newline at its end.
pub fn scenario_schema() -> String {
    let mut schema = schema_for!(Scenario).to_value();
    for_values(&mut schema);
    if let Some(map) = schema.as_object_mut() {
        map.insert("title".to_owned(), json!("A scenario"));
        map.insert("allowComments".to_owned(), json!(true));
    }
    let mut text = format!("{schema:#}");
    text.push('\n');
    text
}

/// Lets a placeholder stand wherever a value may, and takes `null` away where it is refused: an
/// optional value may be left out, but not be nothing. (Among choices it is one: `backoff:` alone.)
fn for_values(schema: &mut Value) {
    if let Some(Value::Array(types)) = schema.get_mut("type") {
        types.retain(|name| name != "null");
        if let [only] = types.as_slice() {
            schema["type"] = only.clone();
        }
    }
    placeholders(schema);
}

fn placeholders(schema: &mut Value) {
    let Some(map) = schema.as_object_mut() else { return };
    for list in ["properties", "$defs"] {
        if let Some(Value::Object(entries)) = map.get_mut(list) {
            entries.iter_mut().filter(|(name, _)| *name != "vary").for_each(|(_, s)| for_values(s));
        }
    }
    for one in ["items", "additionalProperties"] {
        if let Some(inner) = map.get_mut(one) {
            for_values(inner);
        }
    }
    if let Some(Value::Array(choices)) = map.get_mut("anyOf") {
        choices.iter_mut().for_each(placeholders);
    }
    // A step is a map with one key; what belongs to the word is inside.
    let words_with_content = map
        .get("oneOf")
        .and_then(Value::as_array)
        .is_some_and(|choices| choices.iter().any(|choice| choice.get("properties").is_some()));
    if words_with_content {
        if let Some(Value::Array(choices)) = map.get_mut("oneOf") {
            choices.iter_mut().for_each(for_values);
        }
        return;
    }
    if let Some(Value::String(pattern)) = map.get_mut("pattern") {
        *pattern = format!("{pattern}|{PLACEHOLDER}");
        return;
    }
    let typed = ["integer", "number", "boolean"].iter().any(|t| map.get("type") == Some(&json!(t)));
    if typed || map.contains_key("enum") || map.contains_key("oneOf") {
        let description = map.get("description").cloned();
        let default = map.remove("default");
        let plain = Value::Object(std::mem::take(map));
        map.insert(
            "anyOf".to_owned(),
            json!([plain, { "type": "string", "pattern": PLACEHOLDER }]),
        );
        let kept = [("description", description), ("default", default)];
        map.extend(kept.into_iter().filter_map(|(k, v)| v.map(|v| (k.to_owned(), v))));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_committed_schema_is_up_to_date() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../scenarios/scenario.schema.json");
        let committed = std::fs::read_to_string(path).unwrap_or_default();
        let help = "run `cargo run -p harness -- schema > scenarios/scenario.schema.json`";
        assert!(committed == scenario_schema(), "{path} is out of date: {help}");
    }

    #[test]
    fn a_placeholder_may_stand_for_any_value() {
        let schema: Value = serde_json::from_str(&scenario_schema()).expect("JSON");
        let nth = &schema["$defs"]["FaultSpec"]["properties"]["nth"];
        assert_eq!(nth["anyOf"][1]["pattern"], PLACEHOLDER);
        let backoff = schema["$defs"]["Checks"]["properties"]["backoff"]["anyOf"].as_array();
        let alone = serde_json::json!({ "type": ["null", "boolean"] });
        assert!(backoff.expect("choices").contains(&alone), "`backoff:` alone asks for it");
        let span = schema["$defs"]["Span"]["pattern"].as_str().expect("a pattern");
        assert!(span.ends_with(PLACEHOLDER));
    }
}
