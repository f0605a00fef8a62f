//! Bytes on their way in one direction: a queue ordered by arrival, with what ends it in its place.

use std::collections::VecDeque;
use std::time::Duration;

use tokio::time::Instant;

use super::condition::Path;
use super::cut::Cut;
use crate::random::Random;

/// What a link holds in one direction before it pushes back, like the send buffer of a socket: at
/// 300 ms of latency it still lets 200 KiB/s through, several times what signaling ever needs.
pub(super) const CAPACITY: usize = 64 * 1024;

/// One direction of a connection on which something stands.
#[derive(Debug)]
pub(super) struct Lane {
    pub path: Path,
    bytes: VecDeque<u8>,
    marks: VecDeque<Mark>,
    random: Random,
    // When the last byte that entered arrives: none that follows may overtake it.
    last_due: Option<Instant>,
    // When the next piece may leave.
    line_free: Option<Instant>,
}

#[derive(Debug)]
struct Mark {
    due: Instant,
    what: What,
}

#[derive(Debug)]
enum What {
    Bytes(usize),
    Fin,
    Cut(Cut),
}

/// What comes out of a lane next.
#[derive(Debug, PartialEq)]
pub(super) enum Front<'a> {
    /// Nothing is under way.
    Empty,
    /// Something is under way, and a stall holds it.
    Held,
    /// Not before this time.
    Later(Instant),
    /// These bytes, which are not all that is under way.
    Bytes(&'a [u8]),
    /// The end of the stream.
    Fin,
    /// A cut falls here; take it with [`Lane::take_cut`].
    Cut,
}

impl Lane {
    pub(super) fn new(random: Random) -> Self {
        Self {
            path: Path::default(),
            bytes: VecDeque::new(),
            marks: VecDeque::new(),
            random,
            last_due: None,
            line_free: None,
        }
    }

    /// Whether bytes can pass beside the queue: none is in it, and nothing stands here.
    pub(super) fn is_direct(&self) -> bool {
        self.marks.is_empty() && self.path.is_clear()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.marks.is_empty()
    }

    pub(super) fn room(&self) -> usize {
        CAPACITY.saturating_sub(self.bytes.len())
    }

    /// Bytes enter.
    pub(super) fn push(&mut self, now: Instant, data: &[u8]) {
        let before = self.bytes.len();
        self.bytes.extend(data);
        self.path.corrupt(self.bytes.range_mut(before..), &mut self.random);
        let delay = self.path.draw_delay(&mut self.random);
        let mut rest = data.len();
        while rest > 0 {
            let piece = rest.min(self.path.piece());
            rest -= piece;
            let out = self.occupy_line(now, piece);
            self.enqueue(out + delay, What::Bytes(piece));
        }
    }

    /// The stream ends behind what is under way.
    pub(super) fn push_fin(&mut self, now: Instant) {
        let delay = self.path.draw_delay(&mut self.random) + self.path.fin_delay;
        self.enqueue(now + delay, What::Fin);
    }

    /// A cut falls behind what is under way.
    pub(super) fn push_cut(&mut self, now: Instant, cut: Cut) {
        // A cut inside a message is no packet of its own: it falls right behind the last byte. An
        // end that nothing precedes takes as long as a byte would.
        let delay = if self.bytes.is_empty() && cut.message.is_none() {
            self.path.draw_delay(&mut self.random)
        } else {
            Duration::ZERO
        };
        self.enqueue(now + delay, What::Cut(cut));
    }

    pub(super) fn front(&self, now: Instant) -> Front<'_> {
        let Some(first) = self.marks.front() else { return Front::Empty };
        if self.path.stall && !matches!(first.what, What::Cut(_)) {
            return Front::Held;
        }
        if first.due > now {
            return Front::Later(first.due);
        }
        match first.what {
            What::Fin => Front::Fin,
            What::Cut(_) => Front::Cut,
            What::Bytes(len) => {
                // Without slices, all that has arrived comes out in one piece.
                let len = if self.path.slice.is_some() { len } else { self.arrived(now) };
                let (contiguous, _) = self.bytes.as_slices();
                Front::Bytes(contiguous.get(..len).unwrap_or(contiguous))
            }
        }
    }

    /// So many of the front bytes were passed on.
    pub(super) fn consume(&mut self, mut count: usize) {
        self.bytes.drain(..count.min(self.bytes.len()));
        while count > 0 {
            let Some(Mark { what: What::Bytes(len), .. }) = self.marks.front_mut() else { return };
            let taken = count.min(*len);
            *len -= taken;
            count -= taken;
            if *len == 0 {
                self.marks.pop_front();
            }
        }
    }

    pub(super) fn take_fin(&mut self) {
        if matches!(self.marks.front(), Some(Mark { what: What::Fin, .. })) {
            self.marks.pop_front();
        }
    }

    pub(super) fn take_cut(&mut self) -> Option<Cut> {
        match self.marks.pop_front()? {
            Mark { what: What::Cut(cut), .. } => Some(cut),
            other => {
                self.marks.push_front(other);
                None
            }
        }
    }

    /// Drops all bytes under way and says how many; what ends the stream stays.
    pub(super) fn lose_bytes(&mut self) -> u64 {
        let lost = u64::try_from(self.bytes.len()).unwrap_or(u64::MAX);
        self.bytes.clear();
        self.marks.retain(|mark| !matches!(mark.what, What::Bytes(_)));
        lost
    }

    /// Bytes that travelled no longer than now, up to the first thing that is no byte.
    fn arrived(&self, now: Instant) -> usize {
        let arrived = self.marks.iter().map_while(|mark| match mark.what {
            What::Bytes(len) if mark.due <= now => Some(len),
            What::Bytes(_) | What::Fin | What::Cut(_) => None,
        });
        arrived.sum()
    }

    /// When a piece has left: pieces leave one after another, each taking its time on the line.
    fn occupy_line(&mut self, now: Instant, piece: usize) -> Instant {
        let start = self.line_free.map_or(now, |free| free.max(now));
        let out = start + self.path.line_time(piece);
        self.line_free = Some(out + self.path.apart);
        out
    }

    fn enqueue(&mut self, due: Instant, what: What) {
        let due = self.last_due.map_or(due, |last| last.max(due));
        self.last_due = Some(due);
        self.marks.push_back(Mark { due, what });
    }
}
