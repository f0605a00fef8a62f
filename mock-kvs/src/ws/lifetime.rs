//! How long a WebSocket lives (spec §1.5): idle limit, age limit, the grace after GO_AWAY.

use crate::clock::micros;
use crate::config::SocketLimits;

/// The deadlines of one WebSocket, on the monotonic clock.
#[derive(Debug)]
pub(super) struct Lifetime {
    limits: SocketLimits,
    age_until_us: u64,
    idle_until_us: u64,
    go_away_until_us: Option<u64>,
    closing_until_us: Option<u64>,
}

/// What a deadline asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Due {
    /// Close with 1001.
    GoingAway,
    /// The closing handshake took too long.
    Cut,
}

impl Lifetime {
    pub fn new(limits: SocketLimits, now_us: u64) -> Self {
        Self {
            age_until_us: now_us.saturating_add(micros(limits.age)),
            idle_until_us: now_us.saturating_add(micros(limits.idle)),
            go_away_until_us: None,
            closing_until_us: None,
            limits,
        }
    }

    /// Something was sent or received that counts.
    pub fn active(&mut self, now_us: u64) {
        self.idle_until_us = now_us.saturating_add(micros(self.limits.idle));
    }

    /// GO_AWAY was sent.
    pub fn go_away(&mut self, now_us: u64) {
        let until = now_us.saturating_add(micros(self.limits.go_away_grace));
        self.go_away_until_us.get_or_insert(until);
    }

    /// Our close frame was sent.
    pub fn closing(&mut self, now_us: u64) {
        let until = now_us.saturating_add(micros(self.limits.close_grace));
        self.closing_until_us.get_or_insert(until);
    }

    /// The next deadline.
    pub fn deadline_us(&self) -> u64 {
        self.closing_until_us.unwrap_or_else(|| {
            let go_away = self.go_away_until_us.unwrap_or(u64::MAX);
            self.age_until_us.min(self.idle_until_us).min(go_away)
        })
    }

    /// What is due.
    pub fn due(&self, now_us: u64) -> Option<Due> {
        if self.deadline_us() > now_us {
            return None;
        }
        Some(if self.closing_until_us.is_some() { Due::Cut } else { Due::GoingAway })
    }
}
