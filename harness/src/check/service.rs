//! The device's connections as the service saw them: the evidence on boards without a trace.

use std::collections::BTreeMap;

use crate::history::{History, Record, SERVICE};

/// A record of the journal with its evidence index.
pub(super) type Seen<'h> = (usize, &'h Record);

/// One connection of an actor.
#[derive(Clone, Debug, Default)]
pub(super) struct Conn<'h> {
    /// Its number at the mock.
    pub(super) number: u64,
    /// When it was accepted.
    pub(super) accept: Option<Seen<'h>>,
    /// The WebSocket upgrade it asked for.
    pub(super) upgrade: Option<Seen<'h>>,
    /// Its WebSocket was open from here.
    pub(super) open: Option<Seen<'h>>,
    /// The service closed its WebSocket: the device may know of the end from here on.
    pub(super) closing: Option<Seen<'h>>,
    /// Its end.
    pub(super) end: Option<Seen<'h>>,
    /// Something was asked on it: a call or an upgrade.
    pub(super) asked: bool,
    /// A call on it was answered with success.
    pub(super) served: bool,
}

impl Conn<'_> {
    /// Whether it ended without what it was opened for, or its WebSocket was lost.
    pub(super) fn failed(&self) -> bool {
        self.end.is_some() && (self.open.is_some() || !self.served)
    }
}

/// Every connection of `actor`, by its first record.
pub(super) fn conns<'h>(history: &'h History, actor: &str) -> Vec<Conn<'h>> {
    let mut places: BTreeMap<u64, usize> = BTreeMap::new();
    let mut conns: Vec<Conn<'h>> = Vec::new();
    for (index, record) in of(history, actor) {
        let Some(number) = record.uint("conn") else {
            // Refused before it became a connection: the journal tells the refusal alone.
            if record.event == "conn.end" {
                let refused = Some((index, record));
                conns.push(Conn { accept: refused, end: refused, ..Conn::default() });
            }
            continue;
        };
        let place = *places.entry(number).or_insert_with(|| {
            conns.push(Conn { number, ..Conn::default() });
            conns.len() - 1
        });
        let conn = &mut conns[place];
        let seen = Some((index, record));
        match record.event.as_str() {
            "accept" => conn.accept = seen,
            "request" => conn.asked = true,
            "upgrade" => {
                conn.asked = true;
                conn.upgrade = seen;
            }
            "ws.open" => conn.open = seen,
            "ws.close" if record.says("by", "service") => conn.closing = conn.closing.or(seen),
            "conn.end" => conn.end = conn.end.or(seen),
            "response" => conn.served |= record.uint("status").is_some_and(|s| s < 300),
            _ => {}
        }
    }
    conns
}

/// Every journal record of `actor`.
pub(super) fn of<'h>(
    history: &'h History,
    actor: &str,
) -> impl DoubleEndedIterator<Item = Seen<'h>> + Clone {
    let actor = actor.to_owned();
    history.of(SERVICE).filter(move |(_, record)| record.says("actor", &actor))
}
