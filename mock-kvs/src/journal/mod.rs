//! The append-only record of everything seen, sent and injected.
//!
//! A record is a few words of plain data: it becomes JSON only when somebody asks, because a
//! simulated day writes tens of thousands of them. No record can hold a secret: keys stand as
//! fingerprints, payloads and signatures as digests
//! (`tests/the_journal_never_holds_a_secret.rs`).

mod counts;
mod event;
mod value;

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde::ser::{Serialize, SerializeMap as _, Serializer};
use tokio::sync::mpsc;

pub use counts::Counts;
pub use event::{By, Direction, Event, FIELDS};
pub use value::{Field, Value};

/// A short text shared by many records: actor names, client ids.
pub type Text = Arc<str>;

/// Number of a connection, counted from 1 over all listeners of a mock.
pub type ConnId = u64;

/// One line of the journal.
#[derive(Clone, Debug, PartialEq)]
pub struct Record {
    /// Microseconds since the mock was made.
    pub t_us: u64,
    /// Position in the journal, from 0, without holes.
    pub seq: u64,
    /// Name of the listener; none when the whole service is meant.
    pub actor: Option<Text>,
    /// The connection.
    pub conn: Option<ConnId>,
    /// What happened.
    pub event: Event,
}

impl Serialize for Record {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("t_us", &self.t_us)?;
        map.serialize_entry("seq", &self.seq)?;
        if let Some(actor) = &self.actor {
            map.serialize_entry("actor", &**actor)?;
        }
        if let Some(conn) = self.conn {
            map.serialize_entry("conn", &conn)?;
        }
        map.serialize_entry("event", self.event.name())?;
        let mut result = Ok(());
        self.event.visit(&mut |name, value| {
            if result.is_ok() {
                result = map.serialize_entry(name, &value);
            }
        });
        result?;
        map.end()
    }
}

/// The journal of one mock. Clones share it.
#[derive(Clone, Debug)]
pub struct Journal {
    inner: Arc<Mutex<Inner>>,
}

#[derive(Debug)]
struct Inner {
    records: VecDeque<Arc<Record>>,
    next: u64,
    limit: usize,
    counts: Counts,
    readers: Vec<mpsc::UnboundedSender<Arc<Record>>>,
}

impl Journal {
    pub(crate) fn new(limit: usize) -> Self {
        let inner = Inner {
            records: VecDeque::new(),
            next: 0,
            limit: limit.max(1),
            counts: Counts::default(),
            readers: Vec::new(),
        };
        Self { inner: Arc::new(Mutex::new(inner)) }
    }

    /// Every record from now on. A reader that was dropped is forgotten.
    pub fn subscribe(&self) -> mpsc::UnboundedReceiver<Arc<Record>> {
        let (sender, receiver) = mpsc::unbounded_channel();
        self.lock().readers.push(sender);
        receiver
    }

    /// The records from `seq` on that are still kept, and then every new one, without a gap.
    pub fn follow(&self, seq: u64) -> (Vec<Arc<Record>>, mpsc::UnboundedReceiver<Arc<Record>>) {
        let (sender, receiver) = mpsc::unbounded_channel();
        let mut inner = self.lock();
        let records = inner.since(seq);
        inner.readers.push(sender);
        (records, receiver)
    }

    /// The records from `seq` on that are still kept.
    pub fn since(&self, seq: u64) -> Vec<Arc<Record>> {
        self.lock().since(seq)
    }

    /// The number of records ever written: the `seq` of the next one.
    pub fn len(&self) -> u64 {
        self.lock().next
    }

    /// Whether nothing was ever written.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// How often each thing has happened, also of records that are forgotten.
    pub fn counts(&self) -> Counts {
        self.lock().counts.clone()
    }

    pub(crate) fn append(
        &self,
        t_us: u64,
        actor: Option<Text>,
        conn: Option<ConnId>,
        event: Event,
    ) {
        let mut inner = self.lock();
        let record = Arc::new(Record { t_us, seq: inner.next, actor, conn, event });
        inner.next += 1;
        inner.counts.count(&record.event);
        if tracing::enabled!(target: "mock_kvs::journal", tracing::Level::DEBUG) {
            let line = serde_json::to_string(&*record).unwrap_or_default();
            tracing::debug!(target: "mock_kvs::journal", event = record.event.name(), "{line}");
        }
        inner.readers.retain(|reader| reader.send(Arc::clone(&record)).is_ok());
        if inner.records.len() >= inner.limit {
            inner.records.pop_front();
        }
        inner.records.push_back(record);
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        // A panic while appending leaves whole records behind: the journal stays usable.
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Inner {
    fn since(&self, seq: u64) -> Vec<Arc<Record>> {
        let first = self.records.front().map_or(self.next, |record| record.seq);
        let skip = usize::try_from(seq.saturating_sub(first)).unwrap_or(usize::MAX);
        self.records.iter().skip(skip).cloned().collect()
    }
}
