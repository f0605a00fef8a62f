//! The checks in words: for `scenario explain CHECK` and for docs/checks.md.

use schemars::SchemaGenerator;
use serde_json::Value;

use super::{ALL, Check, When};

impl Check {
    /// The check of this id.
    pub fn find(id: &str) -> Option<&'static Self> {
        ALL.iter().find(|check| check.id == id)
    }

    /// What it holds, by which evidence, what it cannot see, and its parameters, in Markdown.
    pub fn explain(&self) -> String {
        let when = match self.when {
            When::Always => "Always judged; `off` switches it off.",
            When::Asked => "Judged where a scenario asks for it.",
            When::Scenario => "Judged once, over all runs of a scenario that asks for it.",
        };
        let mut text = format!("## {}\n\n{when}\n\n", self.id);
        let said = [
            ("Holds when", self.doc.holds),
            ("Evidence", self.doc.evidence),
            ("Cannot see", self.doc.blind),
        ];
        for (name, said) in said {
            text.push_str(&format!("* **{name}**: {said}\n"));
        }
        if !self.doc.needs.is_empty() {
            let needs = self.doc.needs.join("`, `");
            text.push_str(&format!("* **Needs**: `{needs}`; skipped without\n"));
        }
        text.push_str(&self.parameter_table());
        text
    }

    fn parameter_table(&self) -> String {
        let mut generator = SchemaGenerator::default();
        let schema = (self.parameters)(&mut generator).to_value();
        let Some(properties) = schema["properties"].as_object() else { return String::new() };
        if properties.is_empty() {
            return String::new();
        }
        let mut table = "\n| parameter | default | meaning |\n| --- | --- | --- |\n".to_owned();
        for (name, property) in properties {
            let default = match &property["default"] {
                Value::Null => "–".to_owned(),
                Value::String(text) => format!("`{text}`"),
                other
                @ (Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_)) => {
                    format!("`{other}`")
                }
            };
            let meaning = property["description"].as_str().unwrap_or_default();
            let meaning = meaning.split_whitespace().collect::<Vec<_>>().join(" ");
            table.push_str(&format!("| `{name}` | {default} | {meaning} |\n"));
        }
        table
    }
}

/// docs/checks.md.
pub fn guide() -> String {
    let mut text = INTRODUCTION.to_owned();
    for check in ALL {
        text.push('\n');
        text.push_str(&check.explain());
    }
    text
}

const INTRODUCTION: &str = "\
# Checks

<!-- Written by `BLESS=1 cargo test -p harness --lib the_guide`; a test holds it to the code. -->

What a run is judged by. A check is a pure function over the run's history (`history.jsonl`): it
does no IO, and the same history always gives the same verdict. Under `checks:` a scenario names
those it asks for:

    checks:
      reconnect: { since: cut, within: 7s }   # with parameters
      credentials:                            # with its defaults
      health: off                             # one that is otherwise always judged

* **pass**: what is required was seen to hold.
* **warn**: it holds, but somebody should look.
* **fail**: it was seen not to hold. The text says what was required and what was found, with
  numbers; `evidence` lists the records that show it (record n is line n + 2 of `history.jsonl`).
* **inconclusive**: there is no evidence either way. A missing line in the device's trace (a hole
  in its numbers) makes every check over the trace inconclusive.
* **skip**: the board lacks what the check needs.

Times within one source are measured on that source's clock (the device's own for its trace), times
between sources on the harness's with the board's slack (sim 0, host 5 ms, qemu 50 ms, serial
100 ms). A correct device may further be late by 2 ms (clocks count whole milliseconds) and four
times the slack.
";
