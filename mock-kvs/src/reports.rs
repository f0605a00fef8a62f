//! From what a link reports to the journal, without the lock that verdicts are made under.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::clock::Clock;
use crate::fault::rules::Face;
use crate::journal::{By, ConnId, Event, Journal, Text};
use crate::link::{Direction, End, Happened, LinkEvent, Tag};

/// Knows the rules and connections by the numbers that links use.
#[derive(Debug)]
pub(crate) struct Reports {
    journal: Journal,
    clock: Arc<Clock>,
    known: Mutex<Known>,
}

#[derive(Debug, Default)]
struct Known {
    faces: BTreeMap<Tag, Arc<Face>>,
    /// By listener and the link's own number.
    conns: BTreeMap<(Text, u64), ConnId>,
    ended_by_fault: BTreeSet<ConnId>,
}

impl Reports {
    pub fn new(journal: Journal, clock: Arc<Clock>) -> Self {
        Self { journal, clock, known: Mutex::new(Known::default()) }
    }

    /// A rule may be reported on from now on. It stays known: bytes under way still report it.
    pub fn add_rule(&self, tag: Tag, face: Arc<Face>) {
        self.lock().faces.insert(tag, face);
    }

    pub fn add_conn(&self, actor: Text, link: u64, conn: ConnId) {
        self.lock().conns.insert((actor, link), conn);
    }

    /// Forgets a connection; whether a fault ended it.
    pub fn end_conn(&self, actor: &Text, link: u64) -> bool {
        let mut known = self.lock();
        let conn = known.conns.remove(&(actor.clone(), link));
        conn.is_some_and(|conn| known.ended_by_fault.remove(&conn))
    }

    /// Something happened on a link of this actor.
    pub fn note(&self, actor: &Text, event: &LinkEvent) {
        let mut known = self.lock();
        let conn = event.conn.and_then(|link| known.conns.get(&(actor.clone(), link)).copied());
        let Some(face) = known.faces.get(&event.tag).cloned() else { return };
        let mut refused = false;
        let detail = match event.what {
            Happened::Affected(direction) => toward(direction).to_owned(),
            Happened::Refusing => "refusing".to_owned(),
            Happened::Refused => {
                refused = true;
                "refused".to_owned()
            }
            Happened::Silenced => "silenced".to_owned(),
            Happened::PortLost(error) => format!("port lost: {error}"),
            Happened::Cut(cut) => {
                face.cuts.fetch_add(1, Ordering::Relaxed);
                if let (Some(_), Some(conn)) = (cut.end, conn) {
                    known.ended_by_fault.insert(conn);
                }
                let what = match cut.end {
                    Some(End::Close) => "closed",
                    Some(End::Reset) => "reset",
                    None => "set",
                };
                let way = toward(cut.direction);
                match cut.message {
                    Some((through, of)) => format!("{what} {way} after {through} of {of} bytes"),
                    None => format!("{what} {way}"),
                }
            }
        };
        drop(known);
        let t_us = self.clock.now().us;
        let fired =
            Event::FaultFired { rule: face.name.clone(), fault: face.fault, detail: Some(detail) };
        self.journal.append(t_us, Some(actor.clone()), conn, fired);
        if refused {
            let end = Event::ConnEnd { why: "refused", by: By::Fault };
            self.journal.append(t_us, Some(actor.clone()), None, end);
        }
    }

    fn lock(&self) -> MutexGuard<'_, Known> {
        // Nothing panics while this is held.
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

const fn toward(direction: Direction) -> &'static str {
    match direction {
        Direction::Device => "toward the device",
        Direction::Service => "toward the service",
    }
}
