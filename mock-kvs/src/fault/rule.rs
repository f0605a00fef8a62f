//! One rule in force: what it minds, and what it does to a link.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use super::plan::{Fate, Plan};
use super::spec::FaultSpec;
use super::trigger::{Counter, fits_message, is_counted};
use super::units::Percent;
use crate::journal::{Event, Text};
use crate::link::{Direction, LinkHandle, Links, Tag, Then, Toward};
use crate::random::Random;
use crate::service::message::MessageType;

/// What the link's reports need to know of a rule; shared with them, so that they take no lock
/// that a verdict holds.
#[derive(Debug)]
pub(crate) struct Face {
    pub name: Text,
    pub fault: &'static str,
    /// Cuts that have fallen.
    pub cuts: AtomicU32,
}

/// A rule in force.
#[derive(Debug)]
pub(crate) struct Rule {
    pub tag: Tag,
    pub actor: Text,
    pub face: Arc<Face>,
    pub spec: FaultSpec,
    pub(super) plan: Plan,
    pub(super) counter: Counter,
    /// Armed, and not yet in force.
    pub(super) is_asleep: bool,
}

/// What a cut does to one connection.
#[derive(Clone, Debug)]
pub(crate) struct Cut {
    tag: Tag,
    place: Place,
    then: Then,
}

/// Where a cut falls.
#[derive(Clone, Copy, Debug)]
pub(super) enum Place {
    Now,
    Message(Percent),
    After(Direction, u64),
}

impl Cut {
    /// Whether it waits for nothing.
    pub fn falls_now(&self) -> bool {
        matches!(self.place, Place::Now)
    }

    /// Lets it fall, or arms it, on one connection.
    pub fn apply(&self, link: &LinkHandle) {
        match (self.place, &self.then) {
            (Place::Message(at), then) => link.cut_message(self.tag, at, then.clone()),
            (Place::After(way, bytes), then) => {
                link.cut_after(self.tag, way, bytes, then.clone());
            }
            (Place::Now, Then::End(end)) => link.end(self.tag, *end),
            (Place::Now, Then::Set(toward, condition)) => {
                link.set(self.tag, *toward, condition.clone());
            }
        }
    }
}

impl Rule {
    /// Puts a valid fault in force under a number of its own.
    pub(super) fn new(number: u64, spec: FaultSpec, seed: u64) -> Self {
        let plan = Plan::of(&spec);
        let random = Random::new(seed ^ number, "rule");
        let face = Face {
            name: Text::from(spec.name()),
            fault: spec.fault.word(),
            cuts: AtomicU32::new(0),
        };
        Self {
            tag: Tag(number),
            actor: Text::from(spec.actor()),
            face: Arc::new(face),
            counter: Counter::new(&spec, plan.default_times(), random),
            is_asleep: spec.start.is_some(),
            plan,
            spec,
        }
    }

    /// The fault's own name for what it is awaited and healed by.
    pub fn name(&self) -> &Text {
        &self.face.name
    }

    /// Whether it says something over open sockets at once.
    pub fn speaks_now(&self) -> bool {
        !self.is_asleep && matches!(self.plan, Plan::Notice(_)) && self.spec.on.is_none()
    }

    /// How long it waits before it is in force, and how long it then is.
    pub fn times(&self) -> (Option<Duration>, Option<Duration>) {
        let time = |span: Option<super::units::Span>| span.map(super::units::Span::duration);
        (time(self.spec.start), time(self.spec.lasts))
    }

    /// Does what is to be done at arming on the listener of its actor.
    pub fn begin(&mut self, links: &Links) {
        if self.is_asleep {
            return;
        }
        self.stand(links);
        let live = links.live();
        let is_now = self.cuts() && self.spec.on.is_none() && self.spec.call.is_none();
        if !is_now || self.stands_on_all() {
            return;
        }
        if self.spec.after.is_some() {
            live.iter().for_each(|link| self.meet(link));
        } else if !live.is_empty() && self.counter.counts() {
            // "Now" is one match, however many connections there are.
            if let Some(cut) = self.cut(Direction::Device, Place::Now) {
                live.iter().for_each(|link| cut.apply(link));
            }
        }
    }

    /// A connection was accepted while the rule waits for one.
    pub(super) fn meet(&mut self, link: &LinkHandle) {
        let waits = self.spec.on.is_none() && self.spec.call.is_none() && !self.stands_on_all();
        if !waits || !self.cuts() {
            return;
        }
        let fell = self.face.cuts.load(Ordering::Relaxed);
        if self.spec.after.is_some() {
            // Armed on every connection until it has fallen often enough.
            if fell < self.spec.times.unwrap_or(1)
                && let Some(cut) = self.cut(Direction::Device, Place::Now)
            {
                cut.apply(link);
            }
        } else if self.counter.counts()
            && let Some(cut) = self.cut(Direction::Device, Place::Now)
        {
            cut.apply(link);
        }
    }

    pub(super) fn stand(&self, links: &Links) {
        if !self.is_asleep
            && (self.plan == Plan::Standing || self.stands_on_all())
            && let Some(condition) = self.spec.condition()
        {
            links.set(self.tag, self.spec.toward(), condition);
        }
    }

    /// Whether it happens to single connections where they stand.
    fn cuts(&self) -> bool {
        matches!(self.plan, Plan::Cut | Plan::StandingOrCut)
    }

    /// A stall or black hole without any trigger stands on everything.
    fn stands_on_all(&self) -> bool {
        let spec = &self.spec;
        let is_triggered = spec.on.is_some() || spec.call.is_some() || spec.after.is_some();
        self.plan == Plan::StandingOrCut && !is_triggered && !is_counted(spec)
    }

    /// The cut of this rule, at its own position or else at `place`.
    pub(super) fn cut(&self, direction: Direction, place: Place) -> Option<Cut> {
        let place = match (self.spec.at, self.spec.after) {
            (Some(at), _) => Place::Message(at),
            (None, Some(after)) => {
                let counted = match self.spec.toward() {
                    Toward::Service => Direction::Service,
                    Toward::Device => Direction::Device,
                    Toward::Both => direction,
                };
                Place::After(counted, after.0)
            }
            (None, None) => place,
        };
        Some(Cut { tag: self.tag, place, then: self.spec.then()? })
    }

    pub(super) fn minds(&self, direction: Direction, kind: MessageType) -> bool {
        let travels = match &self.plan {
            Plan::Fate(Fate::StatusResponse { .. }) => direction == Direction::Service,
            Plan::Fate(
                Fate::Binary | Fate::Fragmented { .. } | Fate::Payload(_) | Fate::Late { .. },
            ) => direction == Direction::Device,
            Plan::Fate(Fate::Drop | Fate::Duplicate) => true,
            Plan::Cut | Plan::StandingOrCut | Plan::Notice(_) => self.spec.on.is_some(),
            Plan::Standing
            | Plan::Silence
            | Plan::Handshake(_)
            | Plan::Answer(_)
            | Plan::PongMute
            | Plan::Clock(_)
            | Plan::Name(_) => false,
        };
        travels && fits_message(&self.spec, direction, kind)
    }

    pub(super) fn fired(&self, detail: Option<&str>) -> Event {
        Event::FaultFired {
            rule: self.face.name.clone(),
            fault: self.face.fault,
            detail: detail.map(str::to_owned),
        }
    }
}
