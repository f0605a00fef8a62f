//! What the types cannot say: names that must exist, events that somebody must be able to show,
//! fields that fit their fault; and a warning for what does nothing.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use super::model::{DEVICE, Role, Scenario};
use super::needs;
use super::problem::{Problem, Text, nearest};
use super::steps::MessageType;
use super::tree::{Hop, Node};

mod names;
mod steps;

/// Everything that is wrong with a decoded scenario, errors and warnings.
pub fn lint(scenario: &Scenario, text: &Text, root: &Node) -> Vec<Problem> {
    let mut lint = Lint {
        scenario,
        text,
        root,
        named: BTreeMap::new(),
        used: BTreeSet::new(),
        found: Vec::new(),
    };
    lint.head();
    lint.actors();
    lint.steps(&scenario.steps, &[key("steps")]);
    lint.checks();
    lint.dead_names();
    lint.found
}

/// What a name stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Named {
    /// A fault that was injected.
    Fault,
    /// A message that was sent.
    Message(MessageType),
    /// A moment: a wait that was met, a connect, a change at the service.
    Moment,
}

impl Named {
    const fn noun(self) -> &'static str {
        match self {
            Self::Fault => "a fault",
            Self::Message(_) => "a message",
            Self::Moment => "a moment",
        }
    }
}

struct Lint<'s> {
    scenario: &'s Scenario,
    text: &'s Text,
    root: &'s Node,
    /// Names that the steps so far have given.
    named: BTreeMap<String, Defined>,
    used: BTreeSet<String>,
    found: Vec<Problem>,
}

struct Defined {
    what: Named,
    /// Where `as:` is written; nothing when the name is the fault's own word.
    at: Option<Range<usize>>,
}

impl Lint<'_> {
    fn error(&mut self, way: &[Hop], message: impl Into<String>, help: impl Into<String>) {
        let at = self.root.place(way);
        self.found.push(Problem::error(self.text, at, message).advise(help));
    }

    fn warning(&mut self, way: &[Hop], message: impl Into<String>, help: impl Into<String>) {
        let at = self.root.place(way);
        self.found.push(Problem::warning(self.text, at, message).advise(help));
    }

    fn head(&mut self) {
        if self.scenario.title.trim().is_empty() {
            self.error(&[key("title")], "the title is empty", "say in one line what is claimed");
        }
        if self.scenario.steps.is_empty() {
            let help = "at least `- wait: { for: ws.open, by: device, within: 20s }`";
            self.error(&[key("steps")], "a scenario without steps claims nothing", help);
        }
        let known = needs::names();
        let derived = needs::derived(self.scenario);
        for (n, need) in self.scenario.needs.iter().enumerate() {
            let way = [key("needs"), Hop::Item(n)];
            if !known.contains(need) {
                let help = nearest(need, known.iter().map(String::as_str));
                self.error(&way, format!("no board has a capability `{need}`"), help);
            }
            let implied = derived.iter().find(|d| d.name == *need).map(|d| &d.of);
            if let Some(needs::NeededBy::Run(by)) = implied {
                let message = format!("`{need}` is implied by {by}");
                self.warning(&way, message, "remove it: `needs` only adds");
            }
        }
        for (board, times) in &self.scenario.repeat {
            if *times == 0 {
                let message = format!("`{board:?}` would never run it").to_lowercase();
                self.error(&[key("repeat")], message, "repeat counts from 1");
            }
        }
        if self.scenario.device.clock_offset.is_some() && self.scenario.device.clock_at.is_some() {
            let way = [key("device"), key("clock_at")];
            let help = "an offset moves the clock, a date sets it; give one of them";
            self.error(&way, "`clock_offset` is given too", help);
        }
    }

    fn actors(&mut self) {
        /// As many peers as a run can watch at once, well above the service's ten viewers.
        const PEERS_MAX: usize = 100;
        let mut singles: BTreeMap<String, &str> = BTreeMap::new();
        for (name, actor) in &self.scenario.actors {
            let way = [key("actors"), key(name)];
            let reserved = [DEVICE, "service", "harness", "admin"];
            if reserved.contains(&name.as_str()) {
                self.error(&way, format!("`{name}` is always there"), "choose another name");
            }
            let plain = name.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_');
            if name.is_empty() || !plain {
                let help = "letters, digits, `-` and `_`";
                self.error(&way, format!("`{name}` cannot be the name of an actor"), help);
            }
            if actor.client_id.is_some() && (actor.count.is_some() || actor.role == Role::Master) {
                let why = match actor.role {
                    Role::Master => "a master has no client id",
                    Role::Viewer => "several viewers cannot share a client id",
                };
                self.error(&[key("actors"), key(name), key("client_id")], why, "remove it");
            }
            if actor.count.is_some_and(|count| count == 0 || count as usize > PEERS_MAX) {
                let way = [key("actors"), key(name), key("count")];
                self.error(&way, format!("1 to {PEERS_MAX} actors"), "choose a count between");
                continue;
            }
            if actor.role == Role::Master && actor.resend_unanswered_after.is_some() {
                let way = [key("actors"), key(name), key("resend_unanswered_after")];
                self.error(&way, "a master sends no offers", "remove it");
            }
            for member in self.scenario.members(name) {
                if let Some(other) = singles.insert(member.clone(), name) {
                    let message = format!("`{member}` is also a member of `{other}`");
                    self.error(&way, message, "rename one of them");
                }
            }
        }
    }

    fn checks(&mut self) {
        let checks = &self.scenario.checks;
        let refers = [
            (
                "delivered_once",
                "message",
                checks.delivered_once.on().and_then(|c| c.message.as_ref()),
            ),
            ("answers", "message", checks.answers.on().and_then(|c| c.message.as_ref())),
            ("backoff", "since", checks.backoff.on().and_then(|c| c.since.as_ref())),
            ("reconnect", "since", checks.reconnect.on().and_then(|c| c.since.as_ref())),
            ("half_open", "since", checks.half_open.on().and_then(|c| c.since.as_ref())),
        ];
        for (check, field, name) in refers {
            let Some(name) = name else { continue };
            let way = [key("checks"), key(check), key(field)];
            let wanted = if field == "message" { Wanted::Message } else { Wanted::Any };
            self.refer(&way, name, wanted);
        }
        if let Some(by) = checks.sockets.on().and_then(|sockets| sockets.by.as_ref()) {
            self.actor(&[key("checks"), key("sockets"), key("by")], by);
        }
        for (n, sometimes) in checks.sometimes.iter().enumerate() {
            self.sometimes(&[key("checks"), key("sometimes"), Hop::Item(n)], sometimes);
        }
    }
}

/// What a reference may lead to.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Wanted {
    Any,
    Fault,
    Message,
    Offer,
}

fn key(name: &str) -> Hop {
    Hop::Key(name.to_owned())
}

fn below(way: &[Hop], name: &str) -> Vec<Hop> {
    let mut longer = way.to_vec();
    longer.push(key(name));
    longer
}
