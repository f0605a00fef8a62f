//! From a failure to the next attempt.

use crate::check::context::Context;
use crate::check::device::{Links, Seen, Trace, Untraced};
use crate::check::service::Conn;
use crate::check::{fault, service};
use crate::history::History;

/// One gap.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Gap {
    /// Failures before it since the last stable connection.
    pub(super) n: u32,
    /// The other number it may be, when the connection before lasted about the stable time.
    pub(super) or_n: Option<u32>,
    /// Its length, on its source's own clock.
    pub(super) us: u64,
    /// As long as it may have been at the device, which may have known of the failure sooner than the service saw the end.
    pub(super) most_us: u64,
    /// When it began, on the history's clock.
    pub(super) t_us: u64,
    /// Attempts within it, and the failures before it, would have been seen.
    pub(super) seen: bool,
    /// The records of the failure and of the next attempt.
    between: [usize; 2],
}

impl Gap {
    /// The records that bound it.
    pub(super) fn evidence(&self) -> [usize; 2] {
        self.between
    }
}

/// Every gap of the way to a connection; what is retried beside a live socket has its own count
/// and is not seen here.
pub(super) fn find(
    history: &History,
    context: &Context,
    stable_us: u64,
) -> Result<Vec<Gap>, Untraced> {
    let counter = Counter::new(stable_us, context.lateness_us());
    match Trace::read(history, context) {
        Ok(trace) => Ok(Tracer { counter, waiting: None, connected: None }.run(&trace)),
        Err(Untraced::Absent) => Ok(by_service(history, context, counter)),
        Err(untraced) => Err(untraced),
    }
}

/// Numbers failures.
struct Counter {
    n: u32,
    or_n: Option<u32>,
    stable_us: u64,
    late_us: u64,
    /// No failure since the last stable connection went unseen.
    complete: bool,
}

impl Counter {
    const fn new(stable_us: u64, late_us: u64) -> Self {
        Self { n: 0, or_n: None, stable_us, late_us, complete: true }
    }

    fn start_over(&mut self) {
        (self.n, self.or_n, self.complete) = (0, None, true);
    }

    /// A connection of this length ended.
    fn connection(&mut self, us: u64) {
        if us >= self.stable_us + self.late_us {
            self.start_over();
        } else if us + self.late_us >= self.stable_us && self.n > 0 {
            (self.or_n, self.n) = (Some(self.n), 0);
        }
    }

    fn gap(&mut self, us: u64, t_us: u64, between: [usize; 2]) -> Gap {
        let (n, or_n, seen) = (self.n, self.or_n, self.complete);
        let gap = Gap { n, or_n, us, most_us: us, t_us, seen, between };
        self.n += 1;
        self.or_n = self.or_n.map(|n| n + 1);
        gap
    }
}

/// Walks the trace.
struct Tracer<'h> {
    counter: Counter,
    /// The failure after which no attempt has begun yet.
    waiting: Option<Seen<'h>>,
    connected: Option<Seen<'h>>,
}

impl<'h> Tracer<'h> {
    fn run(mut self, trace: &Trace<'h>) -> Vec<Gap> {
        let links = trace.links();
        let mut gaps = Vec::new();
        let mut last_seq = 0;
        for seen in &trace.records {
            match seen.record.event.as_str() {
                "hello" if seen.record.seq <= last_seq => self.start_over(),
                "stopped" => self.start_over(),
                "connected" => (self.connected, self.waiting) = (Some(*seen), None),
                "half_open" => {
                    self.disconnected(*seen);
                    self.failed(*seen);
                }
                "state" if lost_in_words(seen) => self.disconnected(*seen),
                "retry" if self.connected.is_none() => self.failed(*seen),
                "closed" => self.closed(*seen, &links),
                "open" => gaps.extend(self.open(*seen)),
                _ => {}
            }
            last_seq = seen.record.seq;
        }
        gaps
    }

    fn start_over(&mut self) {
        self.counter.start_over();
        (self.waiting, self.connected) = (None, None);
    }

    fn disconnected(&mut self, seen: Seen<'h>) {
        if let Some(connected) = self.connected.take() {
            self.counter.connection(seen.us.saturating_sub(connected.us));
        }
    }

    fn failed(&mut self, seen: Seen<'h>) {
        // A failure is told by several lines; the wait runs from the first of them.
        self.waiting.get_or_insert(seen);
    }

    fn closed(&mut self, seen: Seen<'h>, links: &Links<'h>) {
        let Some(link) = links.of(&seen) else { return };
        let local = seen.text("why") == "local";
        if link.is_wss && link.connected.is_some() {
            let was_live = self.connected.is_some_and(|live| live.uint("link") == link.number);
            if was_live {
                self.disconnected(seen);
            }
            // A socket given up on this side is a failure when it was live until now, or was just
            // found half open; not when the device was told to leave it.
            if !link.left && (was_live || !local) {
                self.failed(seen);
            }
        } else if self.connected.is_none() && !local && !link.answered {
            self.failed(seen);
        }
    }

    fn open(&mut self, seen: Seen<'h>) -> Option<Gap> {
        let failed = self.waiting.take()?;
        let us = seen.us.saturating_sub(failed.us);
        Some(self.counter.gap(us, failed.record.t_us, [failed.index, seen.index]))
    }
}

/// The session itself says that it lost its connection.
fn lost_in_words(state: &Seen<'_>) -> bool {
    matches!(state.text("from"), "Connected" | "Leaving") && state.text("to") == "Waiting"
}

fn by_service(history: &History, context: &Context, mut counter: Counter) -> Vec<Gap> {
    let conns = service::conns(history, &context.device);
    let blind = unseen_refusals(history, context);
    let mut gaps = Vec::new();
    for conn in conns.iter().filter(|conn| conn.failed() && !put_right(conn, &conns)) {
        let Some((ended, end)) = conn.end else { continue };
        if let Some((_, open)) = conn.open {
            counter.connection(end.t_us.saturating_sub(open.t_us));
        }
        let next = conns.iter().filter_map(|c| c.accept).find(|(_, a)| a.t_us >= end.t_us);
        if let Some((index, accept)) = next {
            let us = accept.t_us - end.t_us;
            let overlaps = |(from, until): &(u64, u64)| *from < accept.t_us && *until > end.t_us;
            counter.complete &= !blind.iter().any(overlaps);
            let gap = counter.gap(us, end.t_us, [ended, index]);
            let known_us = conn.closing.map_or(end.t_us, |(_, closing)| closing.t_us.min(end.t_us));
            gaps.push(Gap { most_us: accept.t_us - known_us, ..gap });
        }
    }
    gaps
}

/// Expired keys were refused, and others opened the next WebSocket: nothing failed that a wait would
/// mend. A trace does not tell of such a refusal as a failure either.
fn put_right(conn: &Conn<'_>, conns: &[Conn<'_>]) -> bool {
    let Some((_, refused)) = conn.upgrade else { return false };
    let expired = refused.text("error").is_some_and(|error| error.contains("ExpiredToken"));
    let later = |conn: &&Conn<'_>| conn.upgrade.is_some_and(|(_, at)| at.t_us > refused.t_us);
    let next = conns.iter().find(later).filter(|next| next.open.is_some());
    let next = next.and_then(|next| next.upgrade);
    expired && next.is_some_and(|(_, next)| next.text("key") != refused.text("key"))
}

/// When connections were refused where the service sees nothing of them: a port that does not listen
/// leaves the refusal to the kernel. In memory each is told.
fn unseen_refusals(history: &History, context: &Context) -> Vec<(u64, u64)> {
    let told = service::of(history, &context.device)
        .any(|(_, record)| record.event == "conn.end" && record.says("why", "refused"));
    let faults = fault::all(history).into_iter().filter(|fault| fault.word == "refuse" && !told);
    let window = |fault: fault::Fault<'_>| {
        let (_, first) = fault.fired.first()?;
        Some((first.t_us, fault.healed_us.unwrap_or(u64::MAX)))
    };
    faults.filter_map(window).collect()
}
