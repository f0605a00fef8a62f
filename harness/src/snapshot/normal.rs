//! A history without everything that changes from run to run though nothing changed: what is left
//! is who did what, in which order, how often, and roughly how long it took.
//!
//! A line is a record: its source, its event, and those of its fields that are words of the
//! scenario or of a vocabulary. Raw times, numbers of links and connections, digests, ports, keys
//! and free numbers never stand in it: fields are let in by name, not kept out.
//!
//! A pause of a second or more between two lines stands as a line `… 3 to 10 s` (see [`BUCKETS`]).
//! Lines that come again and again are folded: `device ping ×3`, `(these 4 lines 120 times)`.

use std::collections::BTreeMap;

use serde_json::Value;

use super::fold;
use crate::history::{History, Record};

/// Fields that are words.
const WORDS: &[&str] = &[
    "actor",
    "api",
    "as",
    "attempt",
    "base_ms",
    "board",
    "by",
    "change",
    "client_id",
    "code",
    "dir",
    "error",
    "event",
    "fault",
    "from",
    "n",
    "name",
    "ok",
    "remedy",
    "resend",
    "reset",
    "role",
    "rule",
    "servers",
    "signed",
    "status",
    "text",
    "to",
    "ttl_s",
    "type",
    "what",
    "who",
    "why",
    "word",
];

/// Events that measure, acknowledge, or describe the run itself.
const LEFT_OUT: &[&str] = &["ack", "gauge", "metric", "run", "traffic"];

/// Pauses: the lower bound in seconds, and the text from there on.
pub const BUCKETS: &[(u64, &str)] = &[
    (1, "1 to 3 s"),
    (3, "3 to 10 s"),
    (10, "10 to 30 s"),
    (30, "30 to 60 s"),
    (60, "1 to 10 min"),
    (600, "10 to 60 min"),
    (3_600, "over an hour"),
];

/// Lines of one section. What comes after is counted only: nobody reads ten thousand lines, and a
/// difference in the counts shows all the same.
pub const LINES_MAX: usize = 2_000;

/// Begins the line of a pause.
pub(super) const PAUSE: &str = "… ";
/// Begins the line that counts what is not shown.
pub(super) const REST: &str = "and then ";

/// The normalised history.
pub fn lines(history: &History) -> Vec<String> {
    let mut raw = Vec::new();
    let mut last_us = None;
    for record in history.records() {
        if LEFT_OUT.contains(&record.event.as_str()) {
            continue;
        }
        if let Some(pause) = last_us.and_then(|last_us| bucket(record.t_us - last_us)) {
            raw.push(format!("{PAUSE}{pause}"));
        }
        last_us = Some(record.t_us);
        raw.push(line(record));
    }
    let mut lines = fold::fold(&raw);
    if lines.len() > LINES_MAX {
        let shown = fold::unfold(&lines[..LINES_MAX]).len();
        lines.truncate(LINES_MAX);
        lines.extend(counts(&raw[shown.min(raw.len())..]));
    }
    lines
}

fn bucket(gap_us: u64) -> Option<&'static str> {
    let seconds = gap_us / 1_000_000;
    BUCKETS.iter().rev().find(|(from, _)| seconds >= *from).map(|(_, text)| *text)
}

fn line(record: &Record) -> String {
    let mut line = format!("{} {}", record.source, record.event);
    for (name, value) in &record.fields {
        if WORDS.contains(&name.as_str()) {
            line.push_str(&format!(" {name}={}", word(value)));
        }
    }
    line
}

fn word(value: &Value) -> String {
    match value {
        Value::String(text) if !text.is_empty() && !text.contains([' ', '\n', '"']) => text.clone(),
        other @ (Value::String(_)
        | Value::Null
        | Value::Bool(_)
        | Value::Number(_)
        | Value::Array(_)
        | Value::Object(_)) => other.to_string(),
    }
}

/// How often each source said each event.
fn counts(raw: &[String]) -> Vec<String> {
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    for line in raw.iter().filter(|line| !line.starts_with(PAUSE)) {
        let words: Vec<&str> = line.split(' ').take(2).collect();
        *counts.entry(words.join(" ")).or_default() += 1;
    }
    counts.into_iter().map(|(what, count)| format!("{REST}{what} ×{count}")).collect()
}
