//! What happened in one run: every record of every source, on one clock.
//!
//! The runner appends, the checks and reports read. [`History`] is sorted by `(t_us, source, seq)`
//! at all times (decision 16), so the same run on `sim` gives the same file byte for byte.

mod file;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
pub use serde_json::Value;

pub use file::{Header, HistoryError, VERSION, Writer};

/// The device's records: the trace vocabulary of `kvs_trace`.
pub const DEVICE: &str = "device";
/// The mock's journal.
pub const SERVICE: &str = "service";
/// The runner's own records: steps, commands, notes.
pub const HARNESS: &str = "harness";
/// The source of what a foreign firmware's console was taken for.
pub const CONSOLE: &str = "console";

/// One thing that one source said.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Record {
    /// Microseconds on the harness's clock at arrival (virtual on `sim`), from the run's start.
    pub t_us: u64,
    /// [`DEVICE`], [`SERVICE`], [`HARNESS`], or a peer's actor name.
    pub source: String,
    /// Number within the source. A device's is the one on its console line: a hole is a lost line.
    pub seq: u64,
    /// The device's own clock; on trace lines only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub device_ms: Option<u64>,
    /// The event's word in its source's vocabulary.
    pub event: String,
    /// Its fields.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub fields: BTreeMap<String, Value>,
}

impl Record {
    /// A record without fields.
    pub fn new(t_us: u64, source: &str, seq: u64, event: &str) -> Self {
        Self {
            t_us,
            source: source.to_owned(),
            seq,
            device_ms: None,
            event: event.to_owned(),
            fields: BTreeMap::new(),
        }
    }

    /// With one more field.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.fields.insert(name.to_owned(), value.into());
        self
    }

    /// With the device's clock.
    #[must_use]
    pub fn at_device_ms(mut self, ms: u64) -> Self {
        self.device_ms = Some(ms);
        self
    }

    /// Whether this is `event` of `source`.
    pub fn is(&self, source: &str, event: &str) -> bool {
        self.event == event && self.source == source
    }

    /// A field's text.
    pub fn text(&self, field: &str) -> Option<&str> {
        self.fields.get(field).and_then(Value::as_str)
    }

    /// Whether a field holds exactly this text.
    pub fn says(&self, field: &str, text: &str) -> bool {
        self.text(field) == Some(text)
    }

    /// A field's number, also when a console wrote it as text.
    pub fn uint(&self, field: &str) -> Option<u64> {
        let value = self.fields.get(field)?;
        value.as_u64().or_else(|| value.as_str()?.parse().ok())
    }

    /// A field's signed number, also when a console wrote it as text.
    pub fn int(&self, field: &str) -> Option<i64> {
        let value = self.fields.get(field)?;
        value.as_i64().or_else(|| value.as_str()?.parse().ok())
    }

    /// A field's truth.
    pub fn flag(&self, field: &str) -> Option<bool> {
        self.fields.get(field).and_then(Value::as_bool)
    }

    /// The clock for gaps within this record's source: the device's own where it has one
    /// (decision 16).
    pub fn own_us(&self) -> u64 {
        self.device_ms.map_or(self.t_us, |ms| ms.saturating_mul(1_000))
    }

    /// `12.345 s device closed link=3 type=wss why=reset`: for people, in failure texts.
    pub fn line(&self) -> String {
        use std::fmt::Write as _;
        let (s, ms) = (self.t_us / 1_000_000, self.t_us / 1_000 % 1_000);
        let mut line = format!("{s}.{ms:03} s {} {}", self.source, self.event);
        for (name, value) in &self.fields {
            // Writing to a String cannot fail.
            let _ = match value {
                Value::String(text) => write!(line, " {name}={text}"),
                other @ (Value::Null
                | Value::Bool(_)
                | Value::Number(_)
                | Value::Array(_)
                | Value::Object(_)) => write!(line, " {name}={other}"),
            };
        }
        line
    }
}

/// A trace field as it belongs in a history: numbers as numbers, everything else as text. By name,
/// not by look: a digest of digits only stays text.
pub fn device_value(field: &str, text: &str) -> Value {
    const NUMBERS: &[&str] = &[
        "attempt",
        "base_ms",
        "code",
        "id",
        "left_s",
        "link",
        "offset_ms",
        "port",
        "proto",
        "servers",
        "silent_ms",
        "size",
        "status",
        "ticket",
        "took_ms",
        "ttl_s",
        "value",
        "wait_ms",
    ];
    if NUMBERS.contains(&field) {
        if let Ok(number) = text.parse::<u64>() {
            return Value::from(number);
        }
        if let Ok(number) = text.parse::<i64>() {
            return Value::from(number);
        }
    }
    Value::from(text)
}

/// All records of a run, always sorted.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct History {
    records: Vec<Record>,
}

impl History {
    /// Nothing happened yet.
    pub const fn new() -> Self {
        Self { records: Vec::new() }
    }

    /// Adds a record in its place, and says which. Places of later records move by one when it is
    /// not the last, so evidence by index is for histories that are complete.
    pub fn push(&mut self, record: Record) -> usize {
        let later = |other: &Record| key(other) > key(&record);
        let tail = self.records.iter().rev().take_while(|other| later(other)).count();
        let index = self.records.len() - tail;
        self.records.insert(index, record);
        index
    }

    /// Every record, in order.
    pub fn records(&self) -> &[Record] {
        &self.records
    }

    /// The record at an evidence index.
    pub fn at(&self, index: usize) -> Option<&Record> {
        self.records.get(index)
    }

    /// How many records.
    pub fn len(&self) -> usize {
        self.records.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.records.is_empty()
    }

    /// Records with their evidence index.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = (usize, &Record)> + Clone {
        self.records.iter().enumerate()
    }

    /// All records of one source.
    pub fn of<'a>(
        &'a self,
        source: &'a str,
    ) -> impl DoubleEndedIterator<Item = (usize, &'a Record)> + Clone {
        self.iter().filter(move |(_, record)| record.source == source)
    }

    /// All records of one event of one source.
    pub fn all<'a>(
        &'a self,
        source: &'a str,
        event: &'a str,
    ) -> impl DoubleEndedIterator<Item = (usize, &'a Record)> + Clone {
        self.iter().filter(move |(_, record)| record.is(source, event))
    }

    /// All records of one event, whoever said it.
    pub fn named<'a>(
        &'a self,
        event: &'a str,
    ) -> impl DoubleEndedIterator<Item = (usize, &'a Record)> + Clone {
        self.iter().filter(move |(_, record)| record.event == event)
    }

    /// The last moment recorded.
    pub fn end_us(&self) -> u64 {
        self.records.last().map_or(0, |record| record.t_us)
    }
}

impl FromIterator<Record> for History {
    fn from_iter<I: IntoIterator<Item = Record>>(records: I) -> Self {
        let mut records: Vec<Record> = records.into_iter().collect();
        records.sort_by(|a, b| key(a).cmp(&key(b)));
        Self { records }
    }
}

impl Extend<Record> for History {
    fn extend<I: IntoIterator<Item = Record>>(&mut self, records: I) {
        self.records.extend(records);
        self.records.sort_by(|a, b| key(a).cmp(&key(b)));
    }
}

fn key(record: &Record) -> (u64, &str, u64) {
    (record.t_us, &record.source, record.seq)
}

#[cfg(test)]
#[path = "history/tests.rs"]
mod tests;
