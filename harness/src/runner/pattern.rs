//! What a `wait` or an `expect_none` looks for, and whether a record is it.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::history::Record;
use crate::scenario::model::DEVICE;

/// One thing to look for.
#[derive(Clone, Debug)]
pub struct Pattern {
    /// The event's name, or `answer` or `message`.
    pub event: String,
    /// Who shows it.
    pub who: String,
    /// Digests of the messages it must be about; none for any.
    pub shas: Option<Vec<String>>,
    /// The fault it must be about.
    pub fault: Option<String>,
    /// Fields it must have.
    pub fields: BTreeMap<String, Value>,
}

impl Pattern {
    /// Whether `record` is it.
    pub fn matches(&self, record: &Record) -> bool {
        self.is_event(record) && self.is_about(record) && self.has_fields(record)
    }

    fn is_event(&self, record: &Record) -> bool {
        let kind = || record.fields.get("type").and_then(Value::as_str);
        let received = || {
            record.source == self.who
                && record.event == if self.who == DEVICE { "in" } else { "peer.recv" }
        };
        match self.event.as_str() {
            "answer" => received() && kind() == Some("SDP_ANSWER"),
            "message" => {
                received() && matches!(kind(), Some("SDP_OFFER" | "SDP_ANSWER" | "ICE_CANDIDATE"))
            }
            event => record.event == event && self.is_shown_by_whom(record),
        }
    }

    /// The one who shows it says so itself, or the service says it of its connection. What
    /// belongs to no connection (faults, credentials, the channel) is everybody's.
    fn is_shown_by_whom(&self, record: &Record) -> bool {
        if record.source != "service" {
            return record.source == self.who;
        }
        let actor = record.fields.get("actor").and_then(Value::as_str).unwrap_or_default();
        actor.is_empty() || actor == self.who || record.event.starts_with("fault.")
    }

    fn is_about(&self, record: &Record) -> bool {
        let field = |name| record.fields.get(name).and_then(Value::as_str);
        if let Some(fault) = &self.fault {
            return field("rule") == Some(fault);
        }
        let Some(shas) = &self.shas else { return true };
        // A device that is a viewer does not say which of its offers an answer belongs to.
        if self.event == "answer" && self.who == DEVICE {
            return true;
        }
        // An answer names its offer (`of`); a message is itself.
        let about = if self.event == "answer" { field("of") } else { field("sha") };
        about.is_some_and(|about| shas.iter().any(|sha| sha == about))
    }

    fn has_fields(&self, record: &Record) -> bool {
        self.fields
            .iter()
            .all(|(name, wanted)| record.fields.get(name).is_some_and(|found| same(found, wanted)))
    }
}

/// A scenario writes `link: 2` or `link: "2"`; both mean the same field.
fn same(found: &Value, wanted: &Value) -> bool {
    let text = |value: &Value| match value {
        Value::String(text) => text.clone(),
        other @ (Value::Null
        | Value::Bool(_)
        | Value::Number(_)
        | Value::Array(_)
        | Value::Object(_)) => other.to_string(),
    };
    found == wanted || text(found) == text(wanted)
}
