//! Whether the other side is still there.
//!
//! The C SDK pings after 10 s of silence and then waits two hours for anything to come (spec §3.4);
//! a connection that broke without a word stays "connected" all that time.

use crate::config::Policy;
use crate::time::Instant;

/// Pings and what was heard, of one connection. At most one ping is under way.
#[derive(Clone, Copy, Debug)]
pub(super) struct Heartbeat {
    /// Bytes came last.
    pub(super) heard: Instant,
    /// The port took bytes last.
    progress: Instant,
    counter: u32,
    ping: Ping,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Ping {
    None,
    /// To be written once the link takes it.
    Asked {
        at: Instant,
    },
    /// In the control frame.
    Writing {
        at: Instant,
    },
    Written {
        at: Instant,
    },
}

impl Heartbeat {
    pub(super) const fn new(now: Instant) -> Self {
        Self { heard: now, progress: now, counter: 0, ping: Ping::None }
    }

    /// A ping is under way.
    pub(super) fn is_pinging(&self) -> bool {
        self.ping != Ping::None
    }

    /// When silence is to be broken.
    pub(super) fn ping_due(&self, policy: &Policy) -> Option<Instant> {
        (!self.is_pinging()).then(|| self.heard.plus(u64::from(policy.ping_after_ms)))
    }

    pub(super) fn ask(&mut self, now: Instant) {
        if !self.is_pinging() {
            self.ping = Ping::Asked { at: now };
        }
    }

    /// A ping is to be built. Its number.
    pub(super) fn take_asked(&mut self) -> Option<u32> {
        let Ping::Asked { at } = self.ping else { return None };
        self.counter = self.counter.wrapping_add(1);
        self.ping = Ping::Writing { at };
        Some(self.counter)
    }

    /// The port took bytes; `control`: the last of a control frame.
    pub(super) fn sent(&mut self, now: Instant, control_done: bool) {
        self.progress = now;
        if control_done && matches!(self.ping, Ping::Writing { .. }) {
            self.ping = Ping::Written { at: now };
        }
    }

    /// A pong with that payload came. The number it answers and how long it took, if it is ours.
    pub(super) fn pong(&mut self, payload: &[u8], now: Instant) -> Option<(u32, u64)> {
        let counter = u32::from_be_bytes(payload.try_into().ok()?);
        let at = match self.ping {
            // The pong can be faster than the port's report.
            Ping::Writing { at } | Ping::Written { at } => at,
            Ping::None | Ping::Asked { .. } => return None,
        };
        (counter == self.counter).then(|| {
            self.ping = Ping::None;
            (counter, now.since(at))
        })
    }

    /// When a link without an answer is given up. Anything heard puts that off, because a pong waits
    /// behind a large message on a slow link; so does, until the ping is out, anything that moves
    /// the other way.
    pub(super) fn pong_due(&self, policy: &Policy) -> Option<Instant> {
        let from = match self.ping {
            Ping::None => return None,
            Ping::Asked { at } | Ping::Writing { at } => at.max(self.progress),
            Ping::Written { at } => at,
        };
        Some(from.max(self.heard).plus(u64::from(policy.pong_timeout_ms)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const POLICY: Policy = Policy::DEFAULT;

    fn written_at(ms: u64) -> Heartbeat {
        let mut heartbeat = Heartbeat::new(Instant(0));
        heartbeat.ask(Instant(ms));
        heartbeat.take_asked();
        heartbeat.sent(Instant(ms), true);
        heartbeat
    }

    #[test]
    fn silence_is_broken_once_and_then_given_up() {
        let quiet = Heartbeat::new(Instant(0));
        assert_eq!(quiet.ping_due(&POLICY), Some(Instant(10_000)));
        assert_eq!(quiet.pong_due(&POLICY), None);
        let pinged = written_at(10_000);
        assert_eq!(pinged.ping_due(&POLICY), None);
        assert_eq!(pinged.pong_due(&POLICY), Some(Instant(25_000)));
    }

    #[test]
    fn a_slow_link_is_not_a_dead_one() {
        let mut heartbeat = written_at(10_000);
        heartbeat.heard = Instant(24_000);
        assert_eq!(heartbeat.pong_due(&POLICY), Some(Instant(39_000)));
        let mut blocked = Heartbeat::new(Instant(0));
        blocked.ask(Instant(10_000));
        blocked.sent(Instant(20_000), false);
        assert_eq!(blocked.pong_due(&POLICY), Some(Instant(35_000)));
    }

    #[test]
    fn only_the_pong_of_the_last_ping_counts() {
        let mut heartbeat = written_at(10_000);
        assert_eq!(heartbeat.pong(b"hello", Instant(10_100)), None);
        assert_eq!(heartbeat.pong(&7u32.to_be_bytes(), Instant(10_100)), None);
        assert_eq!(heartbeat.pong(&1u32.to_be_bytes(), Instant(10_100)), Some((1, 100)));
        assert_eq!(heartbeat.pong(&1u32.to_be_bytes(), Instant(10_200)), None);
    }
}
