//! Collects what every source says into one history on one clock.
//!
//! The sources inside this process (service, peers, harness) stamp their records themselves, on the
//! run's clock; a device's lines are stamped when they arrive. While the run lasts records stand in
//! the order they became known; the finished history is ordered by time.

use std::collections::{BTreeMap, VecDeque};

use kvs_trace::{Kind, Line, Malformed};
use mock_kvs::journal;
use serde_json::{Value, json};
use tokio::time::Instant;

use crate::board::foreign::Said;
use crate::history::{CONSOLE, DEVICE, HARNESS, History, Record, SERVICE, device_value};
use crate::peer::Seen;

/// Records of one run. A day of keep-alives with a drop every minute has about 80,000.
const RECORDS_MAX: usize = 3_000_000;
/// Bytes of console text kept: the end of it, where a failure shows.
const CONSOLE_MAX: usize = 1024 * 1024;

/// Takes records while a run lasts.
pub struct Recorder {
    start: Instant,
    records: Vec<Record>,
    /// Next number of each source that does not count itself.
    numbers: BTreeMap<String, u64>,
    console: Console,
}

impl Recorder {
    /// An empty one; the run starts now.
    pub fn start() -> Self {
        Self {
            start: Instant::now(),
            records: Vec::new(),
            numbers: BTreeMap::new(),
            console: Console::default(),
        }
    }

    /// Time since the run's start.
    pub fn t_us(&self, at: Instant) -> u64 {
        micros(at.saturating_duration_since(self.start))
    }

    /// The instant of a time of the run.
    pub fn instant(&self, t_us: u64) -> Instant {
        self.start + std::time::Duration::from_micros(t_us)
    }

    /// All records so far, in the order they became known.
    pub fn records(&self) -> &[Record] {
        &self.records
    }

    /// Whether a run has filled its share of memory.
    pub fn is_full(&self) -> bool {
        self.records.len() >= RECORDS_MAX
    }

    /// A line of the device's console: a record when it is one of ours, log text else.
    ///
    /// # Errors
    /// Says so when the line is ours but damaged.
    pub fn device(&mut self, at: Instant, text: String) -> Result<Option<&Record>, Malformed> {
        let parsed = Line::parse(&text).map(|line| (line.kind, self.device_record(at, &line)));
        self.console.push(text);
        match parsed {
            Ok((Kind::Event, record)) => {
                self.records.push(record);
                Ok(self.records.last())
            }
            // A terminal may echo what we wrote.
            Ok((Kind::Command, _)) | Err(Malformed::NotOurs) => Ok(None),
            Err(error @ (Malformed::Oversize | Malformed::Checksum | Malformed::Head)) => {
                Err(error)
            }
        }
    }

    fn device_record(&self, at: Instant, line: &Line<'_>) -> Record {
        Record {
            t_us: self.t_us(at),
            source: DEVICE.to_owned(),
            seq: u64::from(line.number),
            device_ms: line.ms,
            event: line.name.to_owned(),
            fields: line.fields().map(|(key, value)| field(key, value)).collect(),
        }
    }

    /// Text that is not part of the trace: stderr, or what the harness wrote (masked).
    pub fn log(&mut self, text: String) {
        self.console.push(text);
    }

    /// What a line of a foreign console stands for. That is no trace: nothing says that it is whole.
    pub fn console(&mut self, at: Instant, said: Said) -> Option<&Record> {
        let t_us = self.t_us(at);
        let detail = said.detail.map(|detail| ("detail", json!(detail)));
        self.push(t_us, CONSOLE, &said.event, detail.into_iter().collect())
    }

    /// What the service recorded. Its clock started with the run's.
    pub fn service(&mut self, record: &journal::Record) -> Option<&Record> {
        let mut fields = BTreeMap::new();
        if let Some(actor) = &record.actor {
            fields.insert("actor".to_owned(), json!(**actor));
        }
        if let Some(conn) = record.conn {
            fields.insert("conn".to_owned(), json!(conn));
        }
        record.event.visit(&mut |name, value| {
            fields.insert(name.to_owned(), plain(value));
        });
        self.records.push(Record {
            t_us: record.t_us,
            source: SERVICE.to_owned(),
            seq: record.seq,
            device_ms: None,
            event: record.event.name().to_owned(),
            fields,
        });
        self.records.last()
    }

    /// What a peer did or saw.
    pub fn peer(&mut self, seen: Seen) -> Option<&Record> {
        let t_us = self.t_us(seen.at);
        self.push(t_us, &seen.actor, seen.event, seen.fields)
    }

    /// What the harness does itself.
    pub fn harness(&mut self, event: &str, fields: Vec<(&'static str, Value)>) -> Option<&Record> {
        let t_us = self.t_us(Instant::now());
        self.push(t_us, HARNESS, event, fields)
    }

    fn push(
        &mut self,
        t_us: u64,
        source: &str,
        event: &str,
        fields: Vec<(&'static str, Value)>,
    ) -> Option<&Record> {
        let next = match self.numbers.get_mut(source) {
            Some(next) => next,
            None => self.numbers.entry(source.to_owned()).or_default(),
        };
        let seq = *next;
        *next += 1;
        self.records.push(Record {
            t_us,
            source: source.to_owned(),
            seq,
            device_ms: None,
            event: event.to_owned(),
            fields: fields.into_iter().map(|(name, value)| (name.to_owned(), value)).collect(),
        });
        self.records.last()
    }

    /// The run is over.
    pub fn finish(self) -> (History, String) {
        (self.records.into_iter().collect(), self.console.text())
    }
}

fn field(key: &str, value: kvs_trace::Value<'_>) -> (String, Value) {
    let text = String::from_utf8_lossy(&value.bytes().collect::<Vec<_>>()).into_owned();
    (key.to_owned(), device_value(key, &text))
}

fn plain(value: journal::Value<'_>) -> Value {
    match value {
        journal::Value::Unsigned(number) => json!(number),
        journal::Value::Signed(number) => json!(number),
        journal::Value::Text(text) => json!(text),
        journal::Value::Bool(truth) => json!(truth),
    }
}

fn micros(duration: std::time::Duration) -> u64 {
    u64::try_from(duration.as_micros()).unwrap_or(u64::MAX)
}

/// The last of what a device printed.
#[derive(Default)]
struct Console {
    lines: VecDeque<String>,
    bytes: usize,
    dropped: u64,
}

impl Console {
    fn push(&mut self, line: String) {
        self.bytes += line.len();
        self.lines.push_back(line);
        while self.bytes > CONSOLE_MAX {
            let Some(first) = self.lines.pop_front() else { break };
            self.bytes -= first.len();
            self.dropped += 1;
        }
    }

    fn text(self) -> String {
        let mut text = String::with_capacity(self.bytes + self.lines.len() + 64);
        if self.dropped > 0 {
            text.push_str(&format!("({} earlier lines dropped)\n", self.dropped));
        }
        for line in self.lines {
            text.push_str(&line);
            text.push('\n');
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use kvs_trace::{Event, LineBuf};

    #[tokio::test(start_paused = true)]
    async fn device_fields_are_typed_by_name_never_by_looks() {
        let mut recorder = Recorder::start();
        let mut buf = LineBuf::new();
        let sha = "1234567890123456";
        let event = Event::In { link: 3, from: "42", kind: "SDP_OFFER", size: 900, sha };
        let line = event.write(7, 12, &mut buf).to_owned();
        let record = recorder.device(Instant::now(), line).expect("whole").expect("an event");
        assert_eq!(record.fields["link"], json!(3));
        assert_eq!(record.fields["from"], json!("42"));
        assert_eq!(record.fields["sha"], json!(sha));
        assert_eq!((record.seq, record.device_ms), (7, Some(12)));
    }

    #[tokio::test(start_paused = true)]
    async fn a_damaged_line_is_told_from_log_text() {
        let mut recorder = Recorder::start();
        let line = "@kvs 1 2 connected link=1 *0000".to_owned();
        assert_eq!(recorder.device(Instant::now(), line), Err(Malformed::Checksum));
        assert_eq!(recorder.device(Instant::now(), "booting".into()), Ok(None));
        assert!(recorder.records().is_empty());
        assert_eq!(recorder.finish().1, "@kvs 1 2 connected link=1 *0000\nbooting\n");
    }

    #[test]
    fn the_console_keeps_its_end() {
        let mut console = Console::default();
        for number in 0..200_000 {
            console.push(format!("line {number}"));
        }
        let text = console.text();
        assert!(text.len() < CONSOLE_MAX + 400_000);
        assert!(text.starts_with('(') && text.ends_with("line 199999\n"));
    }
}
