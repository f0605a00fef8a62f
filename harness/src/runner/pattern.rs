//! What a `wait` or an `expect_none` looks for, and whether a record is it.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::history::{Record, SERVICE};
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
    /// What the device does is looked for in its own words, not in the service's.
    pub traced: bool,
    /// Where only the end of a WebSocket counts: the connections that were one.
    pub sockets: Option<BTreeSet<u64>>,
}

impl Pattern {
    /// The same, looked for in what the service shows of the device, on a board without a trace.
    #[must_use]
    pub fn untraced(mut self, stand_in: Option<&str>, so_far: &[Record]) -> Self {
        self.traced = false;
        if let Some(event) = stand_in {
            event.clone_into(&mut self.event);
        }
        if stand_in == Some("conn.end") {
            self.fields.clear();
            self.sockets = Some(BTreeSet::new());
            so_far.iter().for_each(|record| self.note(record));
        }
        self
    }

    /// Remembers which connections are WebSockets.
    pub fn note(&mut self, record: &Record) {
        if let Some(sockets) = self.sockets.as_mut().filter(|_| record.event == "ws.open") {
            sockets.extend(record.uint("conn"));
        }
    }

    /// Whether `record` is it.
    pub fn matches(&self, record: &Record) -> bool {
        self.is_event(record) && self.is_about(record) && self.has_fields(record)
    }

    fn is_event(&self, record: &Record) -> bool {
        let kind = || record.fields.get("type").and_then(Value::as_str);
        let received = || match (self.who == DEVICE, self.traced) {
            (true, true) => record.is(DEVICE, "in"),
            (true, false) => record.is(SERVICE, "ws.out") && record.says("actor", DEVICE),
            (false, _) => record.is(&self.who, "peer.recv"),
        };
        match self.event.as_str() {
            "answer" => received() && kind() == Some("SDP_ANSWER"),
            "message" => {
                received() && matches!(kind(), Some("SDP_OFFER" | "SDP_ANSWER" | "ICE_CANDIDATE"))
            }
            event => {
                record.event == event && self.is_shown_by_whom(record) && self.is_socket(record)
            }
        }
    }

    fn is_socket(&self, record: &Record) -> bool {
        let one = |sockets: &BTreeSet<u64>| {
            record.uint("conn").is_some_and(|conn| sockets.contains(&conn))
        };
        self.sockets.as_ref().is_none_or(one)
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

#[cfg(test)]
mod tests {
    use super::*;

    fn looking_for(event: &str) -> Pattern {
        Pattern {
            event: event.into(),
            who: DEVICE.into(),
            shas: None,
            fault: None,
            fields: BTreeMap::from([("type".into(), "wss".into())]),
            traced: true,
            sockets: None,
        }
    }

    fn service(event: &str, conn: u64) -> Record {
        Record::new(0, SERVICE, 0, event).with("actor", DEVICE).with("conn", conn)
    }

    #[test]
    fn without_a_trace_only_the_end_of_a_websocket_is_a_closed_link() {
        let earlier = [service("ws.open", 3)];
        let mut closed = looking_for("closed").untraced(Some("conn.end"), &earlier);
        assert!(closed.matches(&service("conn.end", 3)));
        assert!(!closed.matches(&service("conn.end", 4)), "an HTTPS connection");
        closed.note(&service("ws.open", 4));
        assert!(closed.matches(&service("conn.end", 4)), "opened since");
        let rival = service("conn.end", 3).with("actor", "rival");
        assert!(!closed.matches(&rival));
    }

    #[test]
    fn without_a_trace_what_the_service_hands_over_is_received() {
        let message = service("ws.out", 3).with("type", "SDP_ANSWER");
        let mut answer = looking_for("answer");
        answer.fields.clear();
        assert!(!answer.matches(&message), "with a trace the device says so itself");
        let answer = answer.untraced(None, &[]);
        assert!(answer.matches(&message));
        assert!(!answer.matches(&service("ws.in", 3).with("type", "SDP_ANSWER")));
    }
}
