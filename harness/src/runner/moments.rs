//! The points of a run that its scenario has names for: faults when they fire, messages when they
//! are sent, waits when they are met.

use std::collections::BTreeMap;

/// A point of the run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Moment {
    /// Its time on the run's clock.
    pub t_us: u64,
    /// Records from this one on came after it.
    pub after: usize,
}

/// What a name stands for.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Named {
    /// An armed fault, and when it first fired since.
    Fault(Option<Moment>),
    /// A message: told to be sent, and when it was; several digests for a group of senders.
    Message { sent: Option<Moment>, shas: Vec<String> },
    /// Anything else with a time.
    Point(Moment),
}

/// What a name gives a wait with `since`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Since {
    /// It happened then.
    Then(Moment),
    /// It has not happened yet.
    NotYet,
    /// Nothing has this name.
    Unknown,
}

/// All names of one run. In a loop a name means the latest.
#[derive(Debug, Default)]
pub struct Moments {
    named: BTreeMap<String, Named>,
}

impl Moments {
    /// A fault is armed under `name`.
    pub fn armed(&mut self, name: &str) {
        self.named.insert(name.to_owned(), Named::Fault(None));
    }

    /// A fault fired.
    pub fn fired(&mut self, name: &str, at: Moment) {
        if let Some(Named::Fault(fired @ None)) = self.named.get_mut(name) {
            *fired = Some(at);
        }
    }

    /// A message is about to be sent under `name`.
    pub fn sending(&mut self, name: &str) {
        self.named.insert(name.to_owned(), Named::Message { sent: None, shas: Vec::new() });
    }

    /// It was sent; a re-send changes nothing.
    pub fn sent(&mut self, name: &str, sha: &str, at: Moment) {
        if let Some(Named::Message { sent, shas }) = self.named.get_mut(name) {
            sent.get_or_insert(at);
            if !shas.iter().any(|known| known == sha) {
                shas.push(sha.to_owned());
            }
        }
    }

    /// `name` is this point.
    pub fn point(&mut self, name: &str, at: Moment) {
        self.named.insert(name.to_owned(), Named::Point(at));
    }

    /// When `name` was.
    pub fn since(&self, name: &str) -> Since {
        let moment = match self.named.get(name) {
            None => return Since::Unknown,
            Some(Named::Fault(moment) | Named::Message { sent: moment, .. }) => *moment,
            Some(Named::Point(moment)) => Some(*moment),
        };
        moment.map_or(Since::NotYet, Since::Then)
    }

    /// Every name of a wait or step, with its time.
    pub fn points(&self) -> BTreeMap<String, u64> {
        let point = |(name, named): (&String, &Named)| match named {
            Named::Point(moment) => Some((name.clone(), moment.t_us)),
            Named::Fault(_) | Named::Message { .. } => None,
        };
        self.named.iter().filter_map(point).collect()
    }

    /// The digests of the message `name`; none for other names.
    pub fn shas(&self, name: &str) -> &[String] {
        match self.named.get(name) {
            Some(Named::Message { shas, .. }) => shas,
            Some(Named::Fault(_) | Named::Point(_)) | None => &[],
        }
    }

    /// Faults that were armed and never fired.
    pub fn never_fired(&self) -> impl Iterator<Item = &str> {
        self.named
            .iter()
            .filter(|(_, named)| matches!(named, Named::Fault(None)))
            .map(|(name, _)| name.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const A: Moment = Moment { t_us: 1, after: 1 };
    const B: Moment = Moment { t_us: 9, after: 5 };

    #[test]
    fn a_fault_is_when_it_first_fired_since_it_was_armed() {
        let mut moments = Moments::default();
        assert_eq!(moments.since("cut"), Since::Unknown);
        moments.armed("cut");
        assert_eq!(moments.since("cut"), Since::NotYet);
        assert_eq!(moments.never_fired().collect::<Vec<_>>(), ["cut"]);
        moments.fired("cut", A);
        moments.fired("cut", B);
        assert_eq!(moments.since("cut"), Since::Then(A));
        moments.armed("cut");
        moments.fired("cut", B);
        assert_eq!(moments.since("cut"), Since::Then(B));
        assert_eq!(moments.never_fired().count(), 0);
    }

    #[test]
    fn a_message_keeps_its_first_sending_and_every_sender() {
        let mut moments = Moments::default();
        moments.sending("offer");
        moments.sent("offer", "aa", A);
        moments.sent("offer", "aa", B);
        moments.sent("offer", "bb", B);
        assert_eq!(moments.since("offer"), Since::Then(A));
        assert_eq!(moments.shas("offer"), ["aa", "bb"]);
    }
}
