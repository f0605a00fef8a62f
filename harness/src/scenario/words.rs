//! The events a scenario may wait for, and who shows them.

use std::collections::BTreeMap;

use super::steps::FieldValue;

/// Who shows an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    /// The device, by its trace: needs a board with one.
    Device,
    /// The service's journal, about one actor's connections.
    Service,
    /// The service's journal, about a fault.
    Fault,
    /// A peer driven by the harness.
    Peer,
}

/// An event with its fields.
#[derive(Clone, Copy, Debug)]
pub struct Word {
    /// As written in `for:`.
    pub name: &'static str,
    /// Who shows it.
    pub source: Source,
    /// Its fields, as `where:` may ask for them.
    pub fields: &'static [&'static str],
}

/// `answer`: a peer received the SDP_ANSWER to one of its offers.
pub const ANSWER: &str = "answer";

const fn word(name: &'static str, source: Source, fields: &'static [&'static str]) -> Word {
    Word { name, source, fields }
}

/// Events of the service's journal and of the peers (the device's are in `kvs_trace`).
const OTHERS: &[Word] = &[
    word(ANSWER, Source::Peer, &["size", "sha"]),
    word("peer.open", Source::Peer, &["role", "client_id"]),
    word("peer.refused", Source::Peer, &["status", "error"]),
    word("peer.send", Source::Peer, &["type", "to", "size", "sha", "corr", "as"]),
    word("peer.recv", Source::Peer, &["type", "from", "size", "sha"]),
    word("peer.closed", Source::Peer, &["code", "why"]),
    word("fault.armed", Source::Fault, &["rule", "fault"]),
    word("fault.fired", Source::Fault, &["rule", "fault", "conn", "detail"]),
    word("fault.healed", Source::Fault, &["rule", "fault"]),
    word("accept", Source::Service, &[]),
    word("tls", Source::Service, &["ok", "handshake", "error"]),
    word("request", Source::Service, &["api", "signed", "date_unix_ms", "key"]),
    word("response", Source::Service, &["api", "status", "error"]),
    word(
        "upgrade",
        Source::Service,
        &[
            "role",
            "client_id",
            "date_unix_ms",
            "expires_s",
            "signature",
            "key",
            "key_left_s",
            "status",
            "error",
        ],
    ),
    word("ws.open", Source::Service, &["role", "client_id"]),
    word("ws.close", Source::Service, &["code", "by"]),
    word("ws.in", Source::Service, &["type", "from", "to", "size", "sha", "corr"]),
    word("ws.out", Source::Service, &["type", "from", "size", "sha"]),
    word("ws.ping", Source::Service, &["dir"]),
    word("ws.pong", Source::Service, &["dir"]),
    word("conn.end", Source::Service, &["why", "by"]),
    word("goaway.sent", Source::Service, &[]),
    word("dropped", Source::Service, &["type", "why"]),
    word("credentials.issued", Source::Service, &["key", "expires_unix_ms"]),
    word("credentials.expired", Source::Service, &["key"]),
    word("channel", Source::Service, &["change"]),
];

/// What the service shows of a device without a trace, where the device itself would say more.
const STAND_INS: &[(&str, &str)] = &[
    ("connected", "ws.open"),
    ("closed", "conn.end"),
    ("go_away", "goaway.sent"),
    ("in", "ws.out"),
    ("out", "ws.in"),
    ("written", "ws.in"),
];

/// The service's event that stands in for the device's `event` with these fields, on a board without
/// a trace; none where only the device knows. A `closed` must be that of a WebSocket: the service
/// cannot tell why another connection was opened.
pub fn stand_in(event: &str, fields: &BTreeMap<String, FieldValue>) -> Option<&'static str> {
    let (_, name) = STAND_INS.iter().find(|(of, _)| *of == event)?;
    let mut asked = fields.iter();
    let fits = if event == "closed" {
        fields.len() == 1 && asked.all(|(name, value)| name == "type" && value.0 == "wss")
    } else {
        let known = find(name).map_or(&[][..], |word| word.fields);
        asked.all(|(name, _)| known.contains(&name.as_str()))
    };
    fits.then_some(name)
}

/// Every event there is.
pub fn all() -> impl Iterator<Item = Word> {
    let device = kvs_trace::FIELDS.iter().map(|(name, fields)| word(name, Source::Device, fields));
    OTHERS.iter().copied().chain(device)
}

/// The event of a name.
pub fn find(name: &str) -> Option<Word> {
    all().find(|word| word.name == name)
}

impl Word {
    /// Whether it carries a message, so that `of:` can name one.
    pub fn has_message(&self) -> bool {
        self.fields.contains(&"sha")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fields(all: &[(&str, &str)]) -> BTreeMap<String, FieldValue> {
        let value = |text: &str| FieldValue(serde_json::Value::from(text));
        all.iter().map(|(name, text)| ((*name).to_owned(), value(text))).collect()
    }

    #[test]
    fn the_service_stands_in_only_where_it_knows_as_much() {
        assert_eq!(stand_in("connected", &fields(&[])), Some("ws.open"));
        assert_eq!(stand_in("in", &fields(&[("type", "SDP_OFFER")])), Some("ws.out"));
        assert_eq!(stand_in("in", &fields(&[("link", "3")])), None);
        assert_eq!(stand_in("closed", &fields(&[("type", "wss")])), Some("conn.end"));
        for other in [fields(&[]), fields(&[("type", "https")])] {
            assert_eq!(stand_in("closed", &other), None);
        }
        assert_eq!(stand_in("half_open", &fields(&[])), None);
    }

    #[test]
    fn every_stand_in_is_an_event_of_the_service_for_one_of_the_device() {
        for (device, service) in STAND_INS {
            assert_eq!(find(device).map(|word| word.source), Some(Source::Device), "{device}");
            assert_eq!(find(service).map(|word| word.source), Some(Source::Service), "{service}");
        }
    }
}
