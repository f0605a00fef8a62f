//! `secrets`: no secret in anything that was recorded or will be shown.

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;

use super::Doc;
use super::case::{Case, count};
use super::context::Context;
use crate::history::{History, Record};
use crate::redact::{Redactor, Secret};
use crate::verdict::CheckResult;

pub(super) const DOC: Doc = Doc {
    holds: "None of the secrets in use (keys, session tokens, TURN passwords, Wi-Fi passphrases) \
            stands in any record, console line or report.",
    evidence: "Every record and text of the run, searched for each secret as it is, \
               percent-encoded, in base64, in hexadecimal and as JSON escapes it.",
    blind: "Other encodings, a secret split over two records, and values of fewer than 4 bytes.",
    needs: &[],
};

/// Parameters of `secrets`: none.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Params {}

pub(super) fn judge(_: &Params, history: &History, context: &Context) -> CheckResult {
    let mut case = Case::new("secrets", "no secret in any record, console line or report");
    let redactor = Redactor::new(&context.secrets);
    for (index, record) in history.iter() {
        for text in texts(record) {
            if let Some(hit) = redactor.find(text) {
                let (source, event) = (&record.source, redactor.mask(&record.event));
                let source = redactor.mask(source);
                let found = format!("{} ({}) in `{event}` of {source}", hit.name, hit.spelling);
                case.fail(found, [index]);
            }
        }
    }
    for (name, body) in &context.texts {
        for (number, line) in body.lines().enumerate() {
            if let Some(hit) = redactor.find(line) {
                let number = number + 1;
                case.fail(format!("{} ({}) in line {number} of {name}", hit.name, hit.spelling), []);
            }
        }
    }
    let searched = context.secrets.iter().filter(|secret| secret.can_be_found()).count();
    if searched == 0 && case.is_clean() {
        case.unknown("the run named no secret to look for", []);
    }
    let left_out: Vec<&str> =
        context.secrets.iter().filter(|s| !s.can_be_found()).map(Secret::name).collect();
    if !left_out.is_empty() {
        case.warn(format!("too short to look for: {}", left_out.join(", ")), []);
    }
    let (records, texts) = (count(history.len(), "record"), count(context.texts.len(), "text"));
    case.conclude(format!("none of {} in {records} and {texts}", count(searched, "secret")), [])
}

/// Every text of a record, wherever it stands.
fn texts(record: &Record) -> Vec<&str> {
    let mut texts = vec![record.source.as_str(), record.event.as_str()];
    for (name, value) in &record.fields {
        texts.push(name);
        inner(value, &mut texts);
    }
    texts
}

fn inner<'v>(value: &'v Value, texts: &mut Vec<&'v str>) {
    match value {
        Value::String(text) => texts.push(text),
        Value::Array(values) => values.iter().for_each(|value| inner(value, texts)),
        Value::Object(map) => {
            for (name, value) in map {
                texts.push(name);
                inner(value, texts);
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}
