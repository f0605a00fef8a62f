//! Names: who gives them, who refers to them, and whether they are ever used.

use super::super::model::DEVICE;
use super::super::problem::{Problem, nearest};
use super::super::steps::MessageType;
use super::super::words;
use super::{Defined, Hop, Lint, Named, Wanted};
use crate::check::sometimes::Sometimes;

impl Lint<'_> {
    /// A step gives a name. The same name again means the latest, if it is of the same sort.
    pub(super) fn define(&mut self, way: &[Hop], name: &str, what: Named, explicit: bool) {
        if name == DEVICE || self.scenario.actors.contains_key(name) {
            self.error(way, format!("`{name}` is an actor"), "choose another name");
            return;
        }
        if let Some(before) = self.named.get(name) {
            let same = std::mem::discriminant(&before.what) == std::mem::discriminant(&what);
            if !same {
                let message = format!("`{name}` is already {}", before.what.noun());
                self.error(way, message, "choose another name");
                return;
            }
        }
        let at = explicit.then(|| self.root.place(way));
        self.named.insert(name.to_owned(), Defined { what, at });
    }

    /// Something refers to a name that an earlier step must have given.
    pub(super) fn refer(&mut self, way: &[Hop], name: &str, wanted: Wanted) {
        self.used.insert(name.to_owned());
        let Some(defined) = self.named.get(name) else {
            let fitting: Vec<&str> = self
                .named
                .iter()
                .filter(|(_, defined)| fits(defined.what, wanted))
                .map(|(name, _)| name.as_str())
                .collect();
            let help = if fitting.is_empty() {
                format!("no step before this one names {} with `as:`", wanted.noun())
            } else {
                nearest(name, fitting.into_iter())
            };
            self.error(way, format!("no earlier step is named `{name}`"), help);
            return;
        };
        if !fits(defined.what, wanted) {
            let message = format!("`{name}` is {}, not {}", defined.what.noun(), wanted.noun());
            self.error(way, message, format!("name {} here", wanted.noun()));
        }
    }

    /// Something refers to an actor; the device and members of groups are actors too.
    pub(super) fn actor(&mut self, way: &[Hop], name: &str) -> bool {
        self.used.insert(name.to_owned());
        if !self.scenario.members(name).is_empty() {
            if let Some(group) = self.group_of(name) {
                self.used.insert(group);
            }
            return true;
        }
        let known: Vec<String> = std::iter::once(DEVICE.to_owned())
            .chain(self.scenario.actors.keys().cloned())
            .collect();
        let help = nearest(name, known.iter().map(String::as_str));
        self.error(way, format!("there is no actor `{name}`"), help);
        false
    }

    fn group_of(&self, member: &str) -> Option<String> {
        let groups = self.scenario.actors.keys();
        groups.into_iter().find(|g| self.scenario.members(g).iter().any(|m| m == member)).cloned()
    }

    pub(super) fn sometimes(&mut self, way: &[Hop], sometimes: &Sometimes) {
        match sometimes {
            Sometimes::Fired(name) | Sometimes::FiredMidMessage(name) => {
                self.refer(way, name, Wanted::Fault);
            }
            Sometimes::Resent(name) => self.refer(way, name, Wanted::Message),
            Sometimes::Seen(event) => {
                if words::find(event).is_none() {
                    let help = nearest(event, words::all().map(|word| word.name));
                    self.error(way, format!("nobody shows an event `{event}`"), help);
                }
            }
        }
    }

    /// Names nobody refers to. A fault's name is not among them: reports show it.
    pub(super) fn dead_names(&mut self) {
        for (name, defined) in &self.named {
            let Some(at) = &defined.at else { continue };
            if !self.used.contains(name) && defined.what != Named::Fault {
                let message = format!("nothing refers to `{name}`");
                self.found.push(
                    Problem::warning(self.text, at.clone(), message)
                        .advise("refer to it with `since:` or `of:`, or remove the `as:`"),
                );
            }
        }
        for name in self.scenario.actors.keys() {
            if !self.used.contains(name) {
                let way = [super::key("actors"), super::key(name)];
                let at = self.root.place(&way);
                let message = format!("no step or check speaks of `{name}`");
                self.found.push(
                    Problem::warning(self.text, at, message)
                        .advise("let it send or be waited for, or remove it"),
                );
            }
        }
    }
}

fn fits(what: Named, wanted: Wanted) -> bool {
    match wanted {
        Wanted::Any => true,
        Wanted::Fault => what == Named::Fault,
        Wanted::Message => matches!(what, Named::Message(_)),
        Wanted::Offer => what == Named::Message(MessageType::SdpOffer),
    }
}

impl Wanted {
    const fn noun(self) -> &'static str {
        match self {
            Self::Any => "anything",
            Self::Fault => "a fault",
            Self::Message => "a message",
            Self::Offer => "an offer that was sent",
        }
    }
}
