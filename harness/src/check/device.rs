//! The device's trace as the checks read it: on one clock across resets, with its links.

use std::collections::BTreeMap;

use super::context::Context;
use crate::history::{DEVICE, History, Record};

/// A record of the trace.
#[derive(Clone, Copy, Debug)]
pub(super) struct Seen<'h> {
    /// Evidence index.
    pub(super) index: usize,
    /// The device's own clock, moved so that each boot's first line stands at its arrival: for
    /// gaps within the trace (decision 16).
    pub(super) us: u64,
    /// The record; its `t_us` is for gaps to other sources.
    pub(super) record: &'h Record,
}

impl<'h> Seen<'h> {
    /// A field's text, empty without.
    pub(super) fn text(&self, field: &str) -> &'h str {
        self.record.text(field).unwrap_or_default()
    }

    /// A field's number, 0 without.
    pub(super) fn uint(&self, field: &str) -> u64 {
        self.record.uint(field).unwrap_or_default()
    }
}

/// A whole trace.
pub(super) struct Trace<'h> {
    /// Every record, in order.
    pub(super) records: Vec<Seen<'h>>,
}

/// Why there is no trace to judge by.
pub(super) enum Untraced {
    /// This board reports none.
    Absent,
    /// It should, and nothing came.
    Silent,
    /// Lines are missing.
    Hole(String, Vec<usize>),
}

impl Untraced {
    /// In words.
    pub(super) fn text(&self, context: &Context) -> String {
        match self {
            Self::Absent => format!("board `{}` reports no trace", context.board),
            Self::Silent => format!("board `{}` reported nothing", context.board),
            Self::Hole(text, _) => format!("{text}: what was said there is unknown"),
        }
    }

    /// Records that show it.
    pub(super) fn evidence(&self) -> Vec<usize> {
        match self {
            Self::Absent | Self::Silent => Vec::new(),
            Self::Hole(_, evidence) => evidence.clone(),
        }
    }
}

/// One link of the device, by its generation.
#[derive(Clone, Copy, Debug)]
pub(super) struct Link<'h> {
    /// Its number since boot.
    pub(super) number: u64,
    /// A WebSocket, not an HTTPS link.
    pub(super) is_wss: bool,
    /// The attempt's begin.
    pub(super) open: Option<Seen<'h>>,
    /// TCP and TLS are up.
    pub(super) up: Option<Seen<'h>>,
    /// The WebSocket is open.
    pub(super) connected: Option<Seen<'h>>,
    /// Its end.
    pub(super) closed: Option<Seen<'h>>,
    /// A call on it ended, well or badly.
    pub(super) called: bool,
    /// A call on it was answered.
    pub(super) answered: bool,
    /// The device was told, or decided, to leave it: its end is no failure.
    pub(super) left: bool,
}

impl<'h> Trace<'h> {
    /// The trace, if all of it is there.
    pub(super) fn read(history: &'h History, context: &Context) -> Result<Self, Untraced> {
        if !context.meets.contains("trace") {
            return Err(Untraced::Absent);
        }
        let trace = Self::whatever_is_there(history);
        if trace.records.is_empty() {
            return Err(Untraced::Silent);
        }
        match trace.hole() {
            Some((text, evidence)) => Err(Untraced::Hole(text, evidence)),
            None => Ok(trace),
        }
    }

    /// The trace with its holes: for what a hole cannot hide.
    pub(super) fn whatever_is_there(history: &'h History) -> Self {
        let mut records: Vec<Seen<'h>> = Vec::new();
        let mut shift_us = 0;
        for (index, record) in history.of(DEVICE) {
            // Other device records (a harness note about it) are no trace lines.
            let Some(ms) = record.device_ms else { continue };
            let boot = records.last().is_none_or(|last| is_boot(last.record, record));
            if boot {
                shift_us = i128::from(record.t_us) - i128::from(ms) * 1_000;
            }
            let us = u64::try_from(i128::from(ms) * 1_000 + shift_us).unwrap_or_default();
            records.push(Seen { index, us, record });
        }
        Self { records }
    }

    /// Where lines are missing.
    pub(super) fn hole(&self) -> Option<(String, Vec<usize>)> {
        let first = self.records.first()?;
        // A board numbers from 0, or from 1 when its boot loader took the first.
        if first.record.seq > 1 {
            let text = format!("the trace begins with line {}", first.record.seq);
            return Some((text, vec![first.index]));
        }
        self.records.windows(2).find_map(|pair| {
            let [before, after] = pair else { return None };
            let (last, next) = (before.record.seq, after.record.seq);
            if next == last + 1 || (is_boot(before.record, after.record) && next <= 1) {
                return None;
            }
            let text = if next > last + 2 {
                format!("lines {} to {} of the trace are missing", last + 1, next - 1)
            } else if next == last + 2 {
                format!("line {} of the trace is missing", last + 1)
            } else {
                format!("line {next} of the trace follows line {last}")
            };
            Some((text, vec![before.index, after.index]))
        })
    }

    /// Every record of one event.
    pub(super) fn all<'s>(
        &'s self,
        event: &'s str,
    ) -> impl DoubleEndedIterator<Item = Seen<'h>> + 's {
        self.records.iter().copied().filter(move |seen| seen.record.event == event)
    }

    /// Whether the record at this evidence index is the first of a new boot.
    pub(super) fn is_boot(&self, index: usize) -> bool {
        let place = self.records.partition_point(|seen| seen.index < index);
        let pair =
            place.checked_sub(1).map(|before| (&self.records[before], self.records.get(place)));
        matches!(pair, Some((before, Some(here))) if here.index == index && is_boot(before.record, here.record))
    }

    /// Every link of the device.
    pub(super) fn links(&self) -> Links<'h> {
        let mut links = Links::default();
        // By number; numbers start over at a boot.
        let mut places: BTreeMap<u64, usize> = BTreeMap::new();
        let mut leaving = false;
        for (place, seen) in self.records.iter().enumerate() {
            if place > 0 && is_boot(self.records[place - 1].record, seen.record) {
                places.clear();
            }
            if seen.record.event == "state" {
                leaving = matches!(seen.text("to"), "Leaving" | "Closing" | "Stopped");
            }
            let Some(number) = seen.record.uint("link") else { continue };
            let next = links.all.len();
            let place = *places.entry(number).or_insert(next);
            if place == next {
                links.all.push(Link::new(number));
            }
            links.all[place].see(*seen, leaving);
            links.of.insert(seen.index, place);
        }
        links
    }
}

/// Every link of a device, in the order of its first record.
#[derive(Debug, Default)]
pub(super) struct Links<'h> {
    all: Vec<Link<'h>>,
    /// The place of each record's link, by evidence index.
    of: BTreeMap<usize, usize>,
}

impl<'h> Links<'h> {
    /// One by one.
    pub(super) fn iter(&self) -> std::slice::Iter<'_, Link<'h>> {
        self.all.iter()
    }

    /// The link that a record of the trace is about.
    pub(super) fn of(&self, seen: &Seen<'h>) -> Option<&Link<'h>> {
        self.all.get(*self.of.get(&seen.index)?)
    }
}

impl<'h> Link<'h> {
    const fn new(number: u64) -> Self {
        Self {
            number,
            is_wss: false,
            open: None,
            up: None,
            connected: None,
            closed: None,
            called: false,
            answered: false,
            left: false,
        }
    }

    fn see(&mut self, seen: Seen<'h>, leaving: bool) {
        self.is_wss |= seen.record.says("type", "wss");
        match seen.record.event.as_str() {
            "open" => self.open = Some(seen),
            "up" => self.up = Some(seen),
            "connected" => {
                self.is_wss = true;
                self.connected = Some(seen);
            }
            "call" => {
                self.called = true;
                self.answered |= seen.uint("status") != 0;
            }
            "go_away" => self.left = true,
            "closed" if self.closed.is_none() => {
                self.left |= leaving;
                self.closed = Some(seen);
            }
            _ => {}
        }
    }
}

/// Whether `after` is the first line of a new boot: numbers start over.
fn is_boot(before: &Record, after: &Record) -> bool {
    after.seq <= before.seq && after.event == "hello"
}
