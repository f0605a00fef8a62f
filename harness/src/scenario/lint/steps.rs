//! The steps, one by one: whom they speak of and whether that can happen.

use mock_kvs::fault::FaultSpec;

use super::super::model::{DEVICE, Joins, Role};
use super::super::problem::nearest;
use super::super::steps::{
    COMMANDS, Command, Connect, ExpectNone, MessageType, Send, ServiceChange, ServiceStep, Step,
    Wait,
};
use super::super::words::{self, Source, Word};
use super::{Hop, Lint, Named, Wanted, below, key};

/// What `wait` and `expect_none` have in common.
struct Seen<'s> {
    event_key: &'static str,
    event: &'s str,
    by: Option<&'s str>,
    to: Option<&'s str>,
    of: Option<&'s str>,
    fields: Vec<&'s String>,
    since: Option<&'s str>,
}

impl Lint<'_> {
    pub(super) fn steps(&mut self, steps: &[Step], way: &[Hop]) {
        for (n, step) in steps.iter().enumerate() {
            let mut way = way.to_vec();
            way.push(Hop::Item(n));
            way.push(key(step.word()));
            self.step(step, &way);
        }
    }

    fn step(&mut self, step: &Step, way: &[Hop]) {
        match step {
            Step::Wait(wait) => self.wait(wait, way),
            Step::ExpectNone(none) => self.expect_none(none, way),
            Step::Inject(spec) => self.inject(spec, way),
            Step::Heal(heal) => {
                if let Some(fault) = &heal.fault {
                    self.refer(&below(way, "fault"), fault, Wanted::Fault);
                }
            }
            Step::Connect(connect) => self.connect(connect, way),
            Step::Disconnect(disconnect) => {
                self.peer(&below(way, "actor"), &disconnect.actor);
            }
            Step::Send(send) => self.send(send, way),
            Step::Command(command) => self.command(command, way),
            Step::Reset(reset) => self.moment(way, reset.name.as_deref()),
            Step::Power(power) => self.moment(way, power.name.as_deref()),
            Step::Sleep(sleep) => self.moment(way, sleep.name.as_deref()),
            Step::Cable(cable) => self.moment(way, cable.name.as_deref()),
            Step::Service(service) => self.service(service, way),
            Step::Repeat(repeat) => {
                if repeat.times == 0 {
                    self.error(&below(way, "times"), "never is not a number of times", "from 1");
                }
                self.steps(&repeat.steps, &below(way, "steps"));
            }
            Step::Advance(_) | Step::Settle(_) | Step::Note(_) => {}
        }
    }

    fn moment(&mut self, way: &[Hop], name: Option<&str>) {
        if let Some(name) = name {
            self.define(&below(way, "as"), name, Named::Moment, true);
        }
    }

    fn wait(&mut self, wait: &Wait, way: &[Hop]) {
        self.seen(
            &Seen {
                event_key: "for",
                event: &wait.event,
                by: wait.by.as_deref(),
                to: wait.to.as_deref(),
                of: wait.of.as_deref(),
                fields: wait.fields.keys().collect(),
                since: wait.since.as_deref(),
            },
            way,
        );
        if wait.count == Some(0) {
            self.error(&below(way, "count"), "none is not a number to wait for", "`expect_none`");
        }
        if wait.since.is_some() && wait.within.is_none() {
            let help = "add `within:`; with `since` it is what the product must achieve";
            self.error(&below(way, "since"), "`since` without `within` requires nothing", help);
        }
        self.moment(way, wait.name.as_deref());
    }

    fn expect_none(&mut self, none: &ExpectNone, way: &[Hop]) {
        self.seen(
            &Seen {
                event_key: "event",
                event: &none.event,
                by: none.by.as_deref(),
                to: none.to.as_deref(),
                of: none.of.as_deref(),
                fields: none.fields.keys().collect(),
                since: none.since.as_deref(),
            },
            way,
        );
    }

    fn seen(&mut self, seen: &Seen<'_>, way: &[Hop]) {
        let Some(word) = words::find(seen.event) else {
            let help = nearest(seen.event, words::all().map(|word| word.name));
            let message = format!("nobody shows an event `{}`", seen.event);
            return self.error(&below(way, seen.event_key), message, help);
        };
        for field in &seen.fields {
            if !word.fields.contains(&field.as_str()) {
                let way = below(&below(way, "where"), field);
                let help = nearest(field, word.fields.iter().copied());
                self.error(&way, format!("`{}` has no field `{field}`", word.name), help);
            }
        }
        self.shown_by(word, seen, way);
        self.about(word, seen, way);
        if let Some(since) = seen.since {
            self.refer(&below(way, "since"), since, Wanted::Any);
        }
    }

    fn shown_by(&mut self, word: Word, seen: &Seen<'_>, way: &[Hop]) {
        if let Some(to) = seen.to {
            if word.name != words::ANSWER {
                let help = "`to` belongs to `answer`; say `by` for who shows an event";
                self.error(&below(way, "to"), format!("`{}` is to nobody", word.name), help);
            } else {
                self.peer(&below(way, "to"), to);
            }
        }
        let Some(by) = seen.by else {
            let nobody = word.source == Source::Peer && seen.to.is_none();
            if nobody {
                let (who, message) = if word.name == words::ANSWER {
                    ("to", "who receives the answer?".to_owned())
                } else {
                    ("by", format!("which peer shows `{}`?", word.name))
                };
                let peers: Vec<_> = self.scenario.actors.keys().map(String::as_str).collect();
                let help = format!("add `{who}:` with one of: {}", peers.join(", "));
                self.error(&below(way, seen.event_key), message, help);
            }
            return;
        };
        let by_way = below(way, "by");
        if !self.actor(&by_way, by) {
            return;
        }
        match word.source {
            Source::Device if by != DEVICE => {
                let help = "`peer.…` are the events of peers";
                self.error(&by_way, format!("only the device shows `{}`", word.name), help);
            }
            Source::Peer if by == DEVICE => {
                let help = "the device's own events have no prefix: `connected`, `in`, `closed`";
                self.error(&by_way, format!("the device does not show `{}`", word.name), help);
            }
            Source::Device | Source::Peer | Source::Service | Source::Fault => {}
        }
    }

    fn about(&mut self, word: Word, seen: &Seen<'_>, way: &[Hop]) {
        let of_way = below(way, "of");
        match (seen.of, word.source) {
            (Some(of), Source::Fault) => self.refer(&of_way, of, Wanted::Fault),
            (Some(of), Source::Peer) if word.name == words::ANSWER => {
                self.refer(&of_way, of, Wanted::Offer);
            }
            (Some(of), Source::Peer | Source::Device | Source::Service) => {
                if word.has_message() {
                    self.refer(&of_way, of, Wanted::Message);
                } else {
                    let message = format!("`{}` is not about a message or a fault", word.name);
                    self.error(&of_way, message, "remove `of`; `where` compares fields");
                }
            }
            (None, Source::Fault) => {
                let help = "add `of:` with the fault's name";
                self.error(&below(way, seen.event_key), "of which fault?", help);
            }
            (None, Source::Peer | Source::Device | Source::Service) => {}
        }
    }

    fn inject(&mut self, spec: &FaultSpec, way: &[Hop]) {
        if let Err(error) = spec.validate() {
            let field = below(way, error.field.word());
            let message = format!("`{}` of `{}`: {}", error.field, error.fault, error.problem);
            self.error(&field, message, error.takes);
        }
        if let Some(actor) = &spec.actor {
            let way = below(way, "actor");
            if self.actor(&way, actor) && self.scenario.members(actor).len() > 1 {
                let message = format!("`{actor}` are several");
                self.error(&way, message, "a fault happens to one of them; name a member");
            }
        }
        self.define(&below(way, "as"), spec.name(), Named::Fault, spec.name.is_some());
    }

    fn connect(&mut self, connect: &Connect, way: &[Hop]) {
        let actor_way = below(way, "actor");
        if self.peer(&actor_way, &connect.actor) {
            let joins = self.definition(&connect.actor).map(|actor| actor.joins);
            if joins == Some(Joins::Start) {
                let message = format!("`{}` is already connected", connect.actor);
                self.error(&actor_way, message, "give the actor `joins: step`");
            }
        }
        self.moment(way, connect.name.as_deref());
    }

    fn send(&mut self, send: &Send, way: &[Hop]) {
        let known = self.actor(&below(way, "from"), &send.from);
        let role = if send.from == DEVICE {
            Some(self.scenario.device.role)
        } else {
            self.definition(&send.from).map(|actor| actor.role)
        };
        match (&send.to, role) {
            (Some(to), Some(Role::Master)) => {
                self.actor(&below(way, "to"), to);
            }
            (Some(_), Some(Role::Viewer)) => {
                let help = "remove `to`: the service takes a viewer's messages to the master";
                self.error(&below(way, "to"), "a viewer cannot choose whom it writes to", help);
            }
            (None, Some(Role::Master)) if known => {
                let help = "add `to:` with a viewer's name";
                self.error(way, "a master must say to whom", help);
            }
            (None | Some(_), _) => {}
        }
        if role == Some(Role::Master) && send.kind == MessageType::SdpOffer {
            let help = "masters answer: SDP_ANSWER, ICE_CANDIDATE";
            self.error(&below(way, "type"), "a master sends no offers", help);
        }
        if let Some(name) = &send.name {
            self.define(&below(way, "as"), name, Named::Message(send.kind), true);
        }
    }

    fn command(&mut self, command: &Command, way: &[Hop]) {
        if !COMMANDS.contains(&command.name.as_str()) {
            let help = nearest(&command.name, COMMANDS.iter().copied());
            let message = format!("a step cannot give the command `{}`", command.name);
            self.error(&below(way, "name"), message, help);
        }
    }

    fn service(&mut self, service: &ServiceStep, way: &[Hop]) {
        if let Some(actor) = &service.actor {
            self.actor(&below(way, "actor"), actor);
        }
        let takes: &[&str] = match service.change {
            ServiceChange::GoAway | ServiceChange::ReconnectIce => &["actor"],
            ServiceChange::Close => &["actor", "code"],
            ServiceChange::Clock => &["offset"],
            ServiceChange::ExpireCredentials
            | ServiceChange::DeleteChannel
            | ServiceChange::CreateChannel
            | ServiceChange::EnableStorage
            | ServiceChange::DisableStorage
            | ServiceChange::RevokeCertificate
            | ServiceChange::DenyRole
            | ServiceChange::AllowRole => &[],
        };
        let given = [
            ("actor", service.actor.is_some()),
            ("code", service.code.is_some()),
            ("offset", service.offset.is_some()),
        ];
        for (field, is_given) in given {
            if is_given && !takes.contains(&field) {
                let help = match takes {
                    [] => "it takes none of them".to_owned(),
                    takes => format!("it takes {}", takes.join(" and ")),
                };
                self.error(&below(way, field), format!("this change takes no `{field}`"), help);
            }
        }
        if service.change == ServiceChange::Clock && service.offset.is_none() {
            self.error(&below(way, "change"), "by how much?", "add `offset: +7m`");
        }
        self.moment(way, service.name.as_deref());
    }

    /// An actor other than the device.
    fn peer(&mut self, way: &[Hop], name: &str) -> bool {
        if name == DEVICE {
            self.error(way, "the device is no peer", "name one of the actors");
            return false;
        }
        self.actor(way, name)
    }

    /// The definition behind an actor, group or member.
    fn definition(&self, name: &str) -> Option<&super::super::model::Actor> {
        self.scenario.actors.get(name).or_else(|| {
            let mut singles = self.scenario.single_actors().into_iter();
            singles.find(|(member, _)| member == name).map(|(_, actor)| actor)
        })
    }
}
