//! Histories in a few words.

use serde_json::Value;

use crate::check::{Checks, Context, End};
use crate::history::{DEVICE, HARNESS, History, Record, SERVICE};
use crate::verdict::{CheckResult, Verdict};

/// Builds a history, line by line: `t.device(1_000, "connected", "link=3")`, times in ms.
#[derive(Default)]
pub(super) struct Tale {
    pub(super) history: Vec<Record>,
    seq: std::collections::BTreeMap<String, u64>,
}

impl Tale {
    /// A line of the device's trace.
    pub(super) fn device(&mut self, ms: u64, event: &str, fields: &str) -> &mut Self {
        self.say(ms, DEVICE, event, fields);
        if let Some(last) = self.history.last_mut() {
            last.device_ms = Some(ms);
        }
        self
    }

    /// A record of the service about the device's listener.
    pub(super) fn service(&mut self, ms: u64, event: &str, fields: &str) -> &mut Self {
        self.say(ms, SERVICE, event, &format!("actor=device {fields}"))
    }

    /// A record of the harness.
    pub(super) fn harness(&mut self, ms: u64, event: &str, fields: &str) -> &mut Self {
        self.say(ms, HARNESS, event, fields)
    }

    /// A record of any source; fields as `name=value`, numbers as numbers. Only what that source
    /// can say: a check that reads a field nobody writes would pass every history written for it.
    pub(super) fn say(&mut self, ms: u64, source: &str, event: &str, fields: &str) -> &mut Self {
        can_say(source, event, fields);
        let next = self.seq.entry(source.to_owned()).or_default();
        let mut record = Record::new(ms * 1_000, source, *next, event);
        *next += 1;
        for field in fields.split_whitespace() {
            let (name, value) = field.split_once('=').expect("name=value");
            let value = match value.parse::<i64>() {
                Ok(number) if name != "sha" => Value::from(number),
                _ if value == "true" => Value::from(true),
                _ => Value::from(value),
            };
            record = record.with(name, value);
        }
        self.history.push(record);
        self
    }

    /// The whole of it.
    pub(super) fn history(&self) -> History {
        self.history.iter().cloned().collect()
    }
}

/// Holds a record to the vocabulary of its source.
#[track_caller]
fn can_say(source: &str, event: &str, fields: &str) {
    let (vocabulary, always): (&[(&str, &[&str])], &[&str]) = match source {
        DEVICE => (kvs_trace::FIELDS, &[]),
        SERVICE => (mock_kvs::journal::FIELDS, &["actor", "conn"]),
        // The runner's and the peers' words have no table.
        _ => return,
    };
    let known = vocabulary.iter().find(|(name, _)| *name == event);
    let (_, known) = known.unwrap_or_else(|| panic!("{source} has no event `{event}`"));
    for field in fields.split_whitespace() {
        let name = field.split('=').next().unwrap_or_default();
        let may = known.contains(&name) || always.contains(&name);
        assert!(may, "`{event}` of {source} has no field `{name}`, only {known:?}");
    }
}

/// A context whose run ends with the history.
pub(super) fn context(history: &History) -> Context {
    let mut context = Context::sim();
    context.end = End { t_us: history.end_us(), complete: true };
    context
}

/// Judges with `checks` as the scenario file writes them (in JSON), and gives the last result.
#[track_caller]
pub(super) fn judge_in(
    checks: &str,
    tale: &Tale,
    change: impl FnOnce(&mut Context),
) -> CheckResult {
    let history = tale.history();
    let mut context = context(&history);
    change(&mut context);
    let map: serde_json::Map<String, Value> = serde_json::from_str(checks).expect("JSON");
    let id = map.keys().next().expect("one check").clone();
    let checks: Checks = serde_json::from_str(checks).expect("checks");
    let results = checks.judge(&history, &context);
    let result = results.into_iter().find(|result| result.id == id).expect("asked for");
    assert!(result.evidence.iter().all(|index| history.at(*index).is_some()));
    result
}

#[track_caller]
pub(super) fn judge(checks: &str, tale: &Tale) -> CheckResult {
    judge_in(checks, tale, |_| {})
}

#[track_caller]
pub(super) fn holds(checks: &str, tale: &Tale) -> String {
    expect(Verdict::Pass, judge(checks, tale))
}

#[track_caller]
pub(super) fn fails(checks: &str, tale: &Tale) -> String {
    expect(Verdict::Fail, judge(checks, tale))
}

#[track_caller]
pub(super) fn unknown(checks: &str, tale: &Tale) -> String {
    expect(Verdict::Inconclusive, judge(checks, tale))
}

#[track_caller]
pub(super) fn expect(verdict: Verdict, result: CheckResult) -> String {
    assert_eq!(result.verdict, verdict, "{}", result.reason());
    result.reason()
}
