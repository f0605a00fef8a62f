//! The rules in force: ordered, the first match wins.
//!
//! Everything here is decided under one lock and takes no time; who asks carries the verdict out.

use std::time::Duration;

use super::plan::{Answer, Fate, Handshake, NameAnswer, Notice, Plan};
use super::rule::Place;
pub(crate) use super::rule::{Cut, Face, Rule};
use super::spec::{CallKind, FaultSpec};
use super::trigger::fits_call;
use super::units::Percent;
use crate::journal::Event;
use crate::link::{Direction, LinkHandle, Links, Tag};
use crate::service::message::MessageType;

/// What becomes of a call.
#[derive(Debug, Default)]
pub(crate) struct CallVerdict {
    pub delay: Duration,
    pub answer: Option<Answer>,
    pub cut: Option<Cut>,
    pub fired: Vec<Event>,
}

impl CallVerdict {
    /// Whether the connection is cut before the call is carried out.
    pub fn cuts_now(&self) -> bool {
        self.cut.as_ref().is_some_and(Cut::falls_now)
    }
}

/// What becomes of a message, and what follows it.
#[derive(Debug, Default)]
pub(crate) struct MessageVerdict {
    pub fate: Option<Fate>,
    pub notices: Vec<Notice>,
    pub cut: Option<Cut>,
    pub fired: Vec<Event>,
}

/// Every rule of a mock, in the order of arming.
#[derive(Debug)]
pub(crate) struct Rules {
    rules: Vec<Rule>,
    last: u64,
    seed: u64,
}

impl Rules {
    pub fn new(seed: u64) -> Self {
        Self { rules: Vec::new(), last: 0, seed }
    }

    /// A number that no rule has, for something else that stands on links.
    pub fn number(&mut self) -> Tag {
        self.last += 1;
        Tag(self.last)
    }

    /// Puts a valid fault in force.
    pub fn arm(&mut self, spec: FaultSpec) -> &mut Rule {
        let Tag(number) = self.number();
        self.rules.push(Rule::new(number, spec, self.seed));
        // Just pushed.
        let at = self.rules.len() - 1;
        &mut self.rules[at]
    }

    /// Puts a rule in force that waited for its time.
    pub fn wake(&mut self, tag: Tag) -> Option<&mut Rule> {
        let rule = self.rules.iter_mut().find(|rule| rule.tag == tag)?;
        rule.is_asleep = false;
        Some(rule)
    }

    pub fn heal(&mut self, tag: Tag) -> Option<Rule> {
        let at = self.rules.iter().position(|rule| rule.tag == tag)?;
        Some(self.rules.remove(at))
    }

    pub fn all(&self) -> &[Rule] {
        &self.rules
    }

    /// How far the rules move the service's clock, in milliseconds.
    pub fn clock_offset_ms(&self) -> i64 {
        self.rules
            .iter()
            .filter(|rule| !rule.is_asleep)
            .map(|rule| if let Plan::Clock(ms) = rule.plan { ms } else { 0 })
            .fold(0, i64::saturating_add)
    }

    /// What stands on a listener that has just come into being.
    pub fn stand_on(&self, links: &Links) {
        for rule in self.rules.iter().filter(|rule| *rule.actor == *links.actor()) {
            rule.stand(links);
        }
    }

    /// A connection was accepted; what fired.
    pub fn on_accept(&mut self, actor: &str, link: &LinkHandle) -> Vec<Event> {
        let mut fired = Vec::new();
        for rule in self.of(actor) {
            if rule.plan == Plan::Silence && rule.counter.counts() {
                link.silence();
                fired.push(rule.fired(None));
            } else {
                rule.meet(link);
            }
        }
        fired
    }

    /// A client said hello: what is wrong with the handshake, and what fired.
    pub fn on_handshake(&mut self, actor: &str) -> Option<(Handshake, Event)> {
        self.of(actor).find_map(|rule| {
            let Plan::Handshake(handshake) = &rule.plan else { return None };
            let handshake = handshake.clone();
            rule.counter.counts().then(|| (handshake, rule.fired(None)))
        })
    }

    /// One of the service's names was asked for: what is said of it, and what fired.
    pub fn on_name(&mut self, actor: &str, name: &str) -> Option<(NameAnswer, Event)> {
        self.of(actor).find_map(|rule| {
            let Plan::Name(answer) = rule.plan else { return None };
            rule.counter.counts().then(|| (answer, rule.fired(Some(name))))
        })
    }

    /// A WebSocket is open, or a notice was armed while it is.
    pub fn on_open(&mut self, actor: &str) -> MessageVerdict {
        let mut verdict = MessageVerdict::default();
        for rule in self.of(actor).filter(|rule| rule.spec.on.is_none()) {
            if let Plan::Notice(notice) = &rule.plan
                && rule.counter.counts()
            {
                verdict.notices.push(notice.clone());
                verdict.fired.push(rule.fired(None));
            }
        }
        verdict
    }

    /// A notice without a trigger is said on all open sockets at once: what, and what fired.
    pub fn say_now(&mut self, tag: Tag) -> Option<(Notice, Event)> {
        let rule = self.rules.iter_mut().find(|rule| rule.tag == tag)?;
        let Plan::Notice(notice) = &rule.plan else { return None };
        let notice = notice.clone();
        rule.counter.counts().then(|| (notice, rule.fired(None)))
    }

    /// A call was read; `api` is none for those faults have no word for.
    pub fn on_call(&mut self, actor: &str, api: Option<CallKind>) -> CallVerdict {
        let mut verdict = CallVerdict::default();
        for rule in self.of(actor) {
            let counts = match &rule.plan {
                Plan::Answer(Answer::Delay(_)) => fits_call(&rule.spec, api),
                Plan::Answer(_) => verdict.answer.is_none() && fits_call(&rule.spec, api),
                Plan::Cut | Plan::StandingOrCut => {
                    verdict.cut.is_none() && rule.spec.call.is_some() && fits_call(&rule.spec, api)
                }
                Plan::Standing
                | Plan::Silence
                | Plan::Handshake(_)
                | Plan::Notice(_)
                | Plan::Fate(_)
                | Plan::PongMute
                | Plan::Clock(_)
                | Plan::Name(_) => false,
            };
            if !counts || !rule.counter.counts() {
                continue;
            }
            match &rule.plan {
                Plan::Answer(Answer::Delay(delay)) => verdict.delay += *delay,
                Plan::Answer(answer) => verdict.answer = Some(answer.clone()),
                Plan::Cut
                | Plan::StandingOrCut
                | Plan::Standing
                | Plan::Silence
                | Plan::Handshake(_)
                | Plan::Notice(_)
                | Plan::Fate(_)
                | Plan::PongMute
                | Plan::Clock(_)
                | Plan::Name(_) => {
                    // The link says itself when a cut has fallen.
                    verdict.cut = rule.cut(Direction::Device, Place::Now);
                    continue;
                }
            }
            verdict.fired.push(rule.fired(api.map(call_word)));
        }
        verdict
    }

    /// A message is about to enter the link, or was read from it.
    pub fn on_message(
        &mut self,
        actor: &str,
        direction: Direction,
        kind: MessageType,
    ) -> MessageVerdict {
        let mut verdict = MessageVerdict::default();
        for rule in self.of(actor).filter(|rule| rule.minds(direction, kind)) {
            let wanted = match &rule.plan {
                Plan::Fate(_) => verdict.fate.is_none(),
                Plan::Cut | Plan::StandingOrCut => verdict.cut.is_none(),
                Plan::Notice(_) => true,
                Plan::Standing
                | Plan::Silence
                | Plan::Handshake(_)
                | Plan::Answer(_)
                | Plan::PongMute
                | Plan::Clock(_)
                | Plan::Name(_) => false,
            };
            if !wanted || !rule.counter.counts() {
                continue;
            }
            match &rule.plan {
                Plan::Fate(fate) => verdict.fate = Some(fate.clone()),
                Plan::Notice(notice) => verdict.notices.push(notice.clone()),
                Plan::Cut
                | Plan::StandingOrCut
                | Plan::Standing
                | Plan::Silence
                | Plan::Handshake(_)
                | Plan::Answer(_)
                | Plan::PongMute
                | Plan::Clock(_)
                | Plan::Name(_) => {
                    // Toward the service the message has already been read: it falls now.
                    let place = match direction {
                        Direction::Device => Place::Message(Percent::NONE),
                        Direction::Service => Place::Now,
                    };
                    verdict.cut = rule.cut(direction, place);
                    continue;
                }
            }
            verdict.fired.push(rule.fired(Some(kind.name())));
        }
        verdict
    }

    /// Whether pings of this actor stay unanswered, and what fired: the first of them only.
    pub fn mutes_pong(&mut self, actor: &str) -> (bool, Option<Event>) {
        let Some(rule) = self.of(actor).find(|rule| rule.plan == Plan::PongMute) else {
            return (false, None);
        };
        (true, rule.counter.is_first().then(|| rule.fired(None)))
    }

    fn of<'a>(&'a mut self, actor: &'a str) -> impl Iterator<Item = &'a mut Rule> {
        self.rules.iter_mut().filter(move |rule| *rule.actor == *actor && !rule.is_asleep)
    }
}

/// The word of a call in scenario files and in the journal.
pub(crate) const fn call_word(api: CallKind) -> &'static str {
    match api {
        CallKind::Describe => "describe",
        CallKind::Create => "create",
        CallKind::Endpoint => "endpoint",
        CallKind::IceConfig => "ice-config",
        CallKind::Connect => "connect",
        CallKind::List => "list",
        CallKind::Update => "update",
        CallKind::Delete => "delete",
        CallKind::Tag => "tag",
        CallKind::Untag => "untag",
        CallKind::ListTags => "list-tags",
        CallKind::DescribeStorage => "describe-storage",
        CallKind::UpdateStorage => "update-storage",
        CallKind::AlexaOffer => "alexa-offer",
        CallKind::JoinStorage => "join-storage",
        CallKind::RoleAlias => "role-alias",
        CallKind::Any => "any",
    }
}
