//! What is to be told to the application, until `poll` tells it.

use crate::error::Error;
use crate::event::{Api, Event, Link};
use crate::state::{Cause, State};

/// An [`Event`] without borrowed parts.
#[derive(Clone, Copy, Debug)]
pub(super) enum Note {
    State {
        from: State,
        to: State,
        cause: Cause,
    },
    ClockLearned {
        offset_ms: i64,
    },
    CredentialsTaken {
        left_s: i64,
    },
    /// The error type is the session's [`Word`]: calls come one at a time.
    CallDone {
        link: Link,
        api: Api,
        status: u16,
        took_ms: u64,
    },
    Retry {
        attempt: u32,
        wait_ms: u64,
        base_ms: u64,
        cause: Cause,
    },
    Connected {
        link: Link,
        attempt: u32,
    },
    StorageJoined {
        link: Link,
        took_ms: u64,
    },
    GoAway {
        link: Link,
    },
    ReconnectIce {
        link: Link,
    },
    IceServers {
        count: u8,
        ttl_s: u32,
    },
    Ping {
        link: Link,
    },
    Pong {
        link: Link,
        took_ms: u64,
    },
    HalfOpen {
        link: Link,
        silent_ms: u64,
    },
    Error(Error),
}

impl Note {
    pub(super) const fn event(self, call_error: &str) -> Event<'_> {
        match self {
            Self::State { from, to, cause } => Event::State { from, to, cause },
            Self::ClockLearned { offset_ms } => Event::ClockLearned { offset_ms },
            Self::CredentialsTaken { left_s } => Event::CredentialsTaken { left_s },
            Self::CallDone { link, api, status, took_ms } => {
                Event::CallDone { link, api, status, error: call_error, took_ms }
            }
            Self::Retry { attempt, wait_ms, base_ms, cause } => {
                Event::Retry { attempt, wait_ms, base_ms, cause }
            }
            Self::Connected { link, attempt } => Event::Connected { link, attempt },
            Self::StorageJoined { link, took_ms } => Event::StorageJoined { link, took_ms },
            Self::GoAway { link } => Event::GoAway { link },
            Self::ReconnectIce { link } => Event::ReconnectIce { link },
            Self::IceServers { count, ttl_s } => Event::IceServers { count, ttl_s },
            Self::Ping { link } => Event::Ping { link },
            Self::Pong { link, took_ms } => Event::Pong { link, took_ms },
            Self::HalfOpen { link, silent_ms } => Event::HalfOpen { link, silent_ms },
            Self::Error(error) => Event::Error(error),
        }
    }
}

/// Notes one input can cause, twice over: a caller that drains `poll` after each loses none.
const CAPACITY: usize = 16;
/// Received bytes are taken only while there is room for all that one message can cause.
const MOST_OF_ONE_INPUT: usize = 8;

/// A queue that drops the newest when a caller never drains it.
pub(super) struct Notes {
    ring: [Option<Note>; CAPACITY],
    first: usize,
    len: usize,
    /// Dropped so far.
    pub(super) lost: u32,
}

impl Notes {
    pub(super) const fn new() -> Self {
        Self { ring: [None; CAPACITY], first: 0, len: 0, lost: 0 }
    }

    pub(super) fn push(&mut self, note: Note) {
        if self.len == CAPACITY {
            self.lost = self.lost.saturating_add(1);
            return;
        }
        if let Some(slot) = self.ring.get_mut((self.first + self.len) % CAPACITY) {
            *slot = Some(note);
        }
        self.len += 1;
    }

    pub(super) fn pop(&mut self) -> Option<Note> {
        let note = self.ring.get_mut(self.first)?.take()?;
        self.first = (self.first + 1) % CAPACITY;
        self.len -= 1;
        Some(note)
    }

    pub(super) const fn has_room(&self) -> bool {
        self.len + MOST_OF_ONE_INPUT <= CAPACITY
    }
}

/// A short text kept beyond its buffer: the longest AWS error type has 37 bytes.
#[derive(Clone, Copy)]
pub(super) struct Word {
    bytes: [u8; 48],
    len: usize,
}

impl Word {
    pub(super) const EMPTY: Self = Self { bytes: [0; 48], len: 0 };

    /// The text, or as much of it as fits.
    pub(super) fn new(text: &str) -> Self {
        let mut word = Self::EMPTY;
        for letter in text.chars() {
            let end = word.len + letter.len_utf8();
            let Some(room) = word.bytes.get_mut(word.len..end) else { break };
            letter.encode_utf8(room);
            word.len = end;
        }
        word
    }

    pub(super) fn text(&self) -> &str {
        let bytes = self.bytes.get(..self.len).unwrap_or_default();
        core::str::from_utf8(bytes).unwrap_or_default()
    }
}
