//! The state of one connection, whatever carries its bytes.
//!
//! A plain connection holds nothing but its counters and wakers. What conditions and cuts need is
//! in [`Shaped`], made when the first of them appears and dropped when the last is gone and the
//! last byte held has left.

use std::io;
use std::sync::Arc;
use std::task::Waker;

use tokio::time::Instant;

use super::condition::{Condition, Direction, Path, Standing, Tag, Toward};
use super::cut::{Counts, Cut, CutAt, End, Happened, LinkEvent, MessageCut, Then, Trip};
use super::lane::Lane;
use super::links::Inner;
use crate::platform::Timer;
use crate::random::Random;

#[derive(Debug, Default)]
pub(super) struct Core {
    pub number: u64,
    pub counts: Counts,
    /// How the connection is over, once it is.
    pub over: Option<Over>,
    /// The service has dropped its end.
    pub released: bool,
    /// The service has ended what it sends.
    pub fin_sent: bool,
    /// A cut toward the service has fallen: no byte passes any more, until the device has been
    /// told.
    pub doomed: bool,
    pub shaped: Option<Box<Shaped>>,
    /// `received` when the last inbound message was complete.
    pub boundary: u64,
    /// To report once the lock is released.
    pub outbox: Vec<LinkEvent>,
    generation: u64,
    // Makes each Shaped of a connection draw from a sequence of its own.
    epoch: u64,
    reader: Option<Waker>,
    writer: Option<Waker>,
}

/// What the service sees of a connection that is over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Over {
    /// The link sent FIN.
    Closed,
    /// The link sent RST.
    Reset,
    /// Writing for a departed writer failed.
    Failed(io::ErrorKind),
}

/// What a connection has beyond a plain one.
#[derive(Debug)]
pub(super) struct Shaped {
    /// Toward the device.
    pub out: Lane,
    /// Toward the service.
    pub inn: Lane,
    /// How the inbound stream ended below the link, once it has.
    pub inn_end: Option<Result<(), io::ErrorKind>>,
    pub inn_timer: Timer,
    pub courier: Courier,
    pub trips: Vec<Trip>,
    pub armed: Option<MessageCut>,
    /// The marked message written so far, if a cut waits for its end.
    pub message: Option<Vec<u8>>,
    own: Vec<Arc<Standing>>,
}

/// The task that delivers what is under way toward the device.
#[derive(Debug)]
pub(super) struct Courier {
    pub running: bool,
    pub waker: Option<Waker>,
    pub timer: Timer,
}

impl Core {
    pub(super) fn new(number: u64) -> Self {
        Self { number, ..Self::default() }
    }

    /// Whether bytes may pass straight through: nothing stands, waits or is under way.
    pub(super) fn is_plain(&self, links: &Inner) -> bool {
        self.shaped.is_none() && self.over.is_none() && self.generation == links.generation()
    }

    /// Takes over the conditions that stand on the listener now.
    pub(super) fn refresh(&mut self, links: &Inner) {
        let generation = links.generation();
        if self.generation != generation {
            self.generation = generation;
            let standing = links.standing();
            if self.shaped.is_some() || standing.iter().any(|one| is_on_bytes(one)) {
                self.shaped_mut(links).fold(&standing);
            }
        }
        if self.shaped.as_ref().is_some_and(|shaped| shaped.is_idle()) {
            self.shaped = None;
        }
    }

    pub(super) fn shaped_mut(&mut self, links: &Inner) -> &mut Shaped {
        let (number, epoch) = (self.number, &mut self.epoch);
        self.shaped.get_or_insert_with(|| {
            *epoch += 1;
            let random = |way: &str| {
                let purpose = format!("link {} {number} {epoch} {way}", links.actor());
                Random::new(links.seed(), &purpose)
            };
            let mut shaped = Shaped {
                out: Lane::new(random("out")),
                inn: Lane::new(random("in")),
                inn_end: None,
                inn_timer: links.sleeper().timer(),
                courier: Courier { running: false, waker: None, timer: links.sleeper().timer() },
                trips: Vec::new(),
                armed: None,
                message: None,
                own: Vec::new(),
            };
            shaped.fold(&links.standing());
            Box::new(shaped)
        })
    }

    /// A condition stands on this connection alone.
    pub(super) fn set_own(&mut self, links: &Inner, standing: Arc<Standing>) {
        let shaped = self.shaped_mut(links);
        shaped.own.push(standing);
        shaped.fold(&links.standing());
    }

    /// A condition stands from a cut on. The cut was reported, so its first effect is no news.
    pub(super) fn set_by_cut(
        &mut self,
        links: &Inner,
        tag: Option<Tag>,
        to: Toward,
        set: Condition,
    ) {
        let standing = Standing::new(tag, to, set);
        standing.first_effect();
        self.set_own(links, standing);
    }

    /// Forgets whatever belongs to the rule, or to any rule.
    pub(super) fn heal(&mut self, links: &Inner, tag: Option<Tag>) {
        let Some(shaped) = &mut self.shaped else { return };
        let is_healed = |of: Tag| tag.is_none_or(|tag| tag == of);
        shaped.own.retain(|standing| !standing.tag.is_some_and(is_healed));
        shaped.trips.retain(|trip| !is_healed(trip.tag));
        if shaped.armed.as_ref().is_some_and(|cut| is_healed(cut.tag)) {
            shaped.armed = None;
            // What was held for the cut is an ordinary message again.
            if let Some(message) = shaped.message.take() {
                shaped.out.push(Instant::now(), &message);
            }
        }
        shaped.fold(&links.standing());
    }

    /// The connection is to end behind what is under way toward the device.
    pub(super) fn end(&mut self, links: &Inner, tag: Option<Tag>, by: Direction, end: End) {
        let shaped = self.shaped_mut(links);
        if (shaped.out.path.stall || shaped.out.path.hole) && end == End::Reset {
            // A reset overtakes what a stall holds, and what a hole would swallow, also the end of
            // the stream; a close is in order, and waits.
            let lost = shaped.out.lose_bytes();
            shaped.out.take_fin();
            self.counts.sent_lost += lost;
        }
        let cut = Cut { tag, direction: by, message: None, then: Then::End(end) };
        let shaped = self.shaped_mut(links);
        shaped.out.push_cut(Instant::now(), cut);
        wake(&mut shaped.courier.waker);
    }

    /// Reports the first effect of what stands in this direction.
    pub(super) fn affected(&mut self, direction: Direction) {
        let Some(shaped) = &self.shaped else { return };
        let (conn, counts) = (Some(self.number), self.counts);
        for standing in &shaped.lane(direction).path.standing {
            if let Some(tag) = standing.tag
                && standing.first_effect()
            {
                let what = Happened::Affected(direction);
                self.outbox.push(LinkEvent { tag, conn, counts, what });
            }
        }
    }

    /// Reports a cut that fell.
    pub(super) fn report_cut(&mut self, cut: &Cut) {
        let Some(tag) = cut.tag else { return };
        let end = match cut.then {
            Then::End(end) => Some(end),
            Then::Set(..) => None,
        };
        let at = CutAt { direction: cut.direction, end, message: cut.message };
        let (conn, counts) = (Some(self.number), self.counts);
        self.outbox.push(LinkEvent { tag, conn, counts, what: Happened::Cut(at) });
    }

    pub(super) fn park_reader(&mut self, waker: &Waker) {
        park(&mut self.reader, waker);
    }

    pub(super) fn park_writer(&mut self, waker: &Waker) {
        park(&mut self.writer, waker);
    }

    pub(super) fn wake_writer(&mut self) {
        wake(&mut self.writer);
    }

    /// Everyone who waits looks again.
    pub(super) fn wake_all(&mut self) {
        wake(&mut self.reader);
        wake(&mut self.writer);
        if let Some(shaped) = &mut self.shaped {
            wake(&mut shaped.courier.waker);
        }
    }

    /// Marks the courier as running if there is something to deliver and nobody does it.
    pub(super) fn hire_courier(&mut self) -> bool {
        match &mut self.shaped {
            Some(shaped) if !shaped.courier.running && !shaped.out.is_empty() => {
                shaped.courier.running = true;
                true
            }
            Some(_) | None => false,
        }
    }
}

impl Shaped {
    pub(super) const fn lane(&self, direction: Direction) -> &Lane {
        match direction {
            Direction::Device => &self.out,
            Direction::Service => &self.inn,
        }
    }

    fn fold(&mut self, listener: &[Arc<Standing>]) {
        let all = || listener.iter().chain(&self.own);
        self.out.path = Path::fold(all(), Direction::Device);
        self.inn.path = Path::fold(all(), Direction::Service);
    }

    /// Whether the connection could be a plain one again.
    fn is_idle(&self) -> bool {
        self.out.is_direct()
            && self.inn.is_direct()
            && self.inn_end.is_none()
            && !self.courier.running
            && self.trips.is_empty()
            && self.armed.is_none()
            && self.message.is_none()
            && self.own.is_empty()
    }
}

fn is_on_bytes(standing: &Standing) -> bool {
    match standing.condition {
        Condition::Latency(_)
        | Condition::Bandwidth { .. }
        | Condition::Slice { .. }
        | Condition::LateFin { .. }
        | Condition::Corrupt { .. }
        | Condition::Stall
        | Condition::BlackHole => true,
        Condition::Refuse | Condition::AcceptSilence => false,
    }
}

fn park(place: &mut Option<Waker>, waker: &Waker) {
    match place {
        Some(parked) => parked.clone_from(waker),
        None => *place = Some(waker.clone()),
    }
}

fn wake(place: &mut Option<Waker>) {
    if let Some(waker) = place.take() {
        waker.wake();
    }
}
