//! The service in its simplest form: channels, who is connected, and what waits for whom.

use std::collections::{BTreeMap, BTreeSet};

/// A place on a channel.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Seat {
    Master,
    Viewer(u8),
}

impl Seat {
    pub fn client_id(self) -> Option<String> {
        match self {
            Self::Master => None,
            Self::Viewer(n) => Some(format!("viewer-{n}")),
        }
    }
}

/// What a recipient must see.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Letter {
    pub kind: &'static str,
    /// Only messages from viewers name their sender.
    pub from: Option<String>,
    pub payload: String,
}

#[derive(Debug, Default)]
pub struct Channel {
    pub arn: String,
    pub ttl_s: u64,
    pub tags: BTreeMap<String, String>,
    pub connected: BTreeSet<Seat>,
    waiting: BTreeMap<Seat, Vec<(Letter, u64)>>,
}

/// By name.
#[derive(Debug, Default)]
pub struct Model {
    pub channels: BTreeMap<String, Channel>,
}

impl Channel {
    pub fn new(arn: String, ttl_s: u64) -> Self {
        Self { arn, ttl_s, ..Self::default() }
    }

    /// What a newly connected seat is handed at once.
    pub fn connect(&mut self, seat: Seat, now_us: u64) -> Vec<Letter> {
        self.connected.insert(seat);
        let waiting = self.waiting.remove(&seat).unwrap_or_default();
        waiting.into_iter().filter(|(_, until)| *until > now_us).map(|(letter, _)| letter).collect()
    }

    /// A letter to a seat: delivered now, or kept; a newer offer replaces the sender's older one.
    pub fn send(&mut self, to: Seat, letter: Letter, now_us: u64) -> Option<Letter> {
        if self.connected.contains(&to) {
            return Some(letter);
        }
        let waiting = self.waiting.entry(to).or_default();
        if letter.kind == "SDP_OFFER" {
            waiting.retain(|(old, _)| old.kind != letter.kind || old.from != letter.from);
        }
        waiting.push((letter, now_us + self.ttl_s * 1_000_000));
        None
    }
}

impl Model {
    /// Names with a prefix, in order.
    pub fn listed(&self, prefix: &str) -> Vec<String> {
        self.channels.keys().filter(|name| name.starts_with(prefix)).cloned().collect()
    }
}
