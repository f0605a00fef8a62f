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
    /// An armed fault (`begun` records before), and when it first fired since.
    Fault { begun: usize, fired: Option<Moment> },
    /// A message: told to be sent, and when it was; several digests for a group of senders.
    Message { begun: usize, sent: Option<Moment>, shas: Vec<String> },
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
    /// Faults whose name passed on to another before they fired.
    unfired: Vec<String>,
}

impl Moments {
    /// A fault is about to be armed under `name`, after `begun` records.
    pub fn armed(&mut self, name: &str, begun: usize) {
        let before = self.named.insert(name.to_owned(), Named::Fault { begun, fired: None });
        if let Some(Named::Fault { fired: None, .. }) = before {
            self.unfired.push(name.to_owned());
        }
    }

    /// A fault fired.
    pub fn fired(&mut self, name: &str, at: Moment) {
        if let Some(Named::Fault { fired, .. }) = self.named.get_mut(name) {
            fired.get_or_insert(at);
        }
    }

    /// A message is about to be sent under `name`, after `begun` records.
    pub fn sending(&mut self, name: &str, begun: usize) {
        let message = Named::Message { begun, sent: None, shas: Vec::new() };
        self.named.insert(name.to_owned(), message);
    }

    /// It was sent; a re-send changes nothing.
    pub fn sent(&mut self, name: &str, sha: &str, at: Moment) {
        if let Some(Named::Message { sent, shas, .. }) = self.named.get_mut(name) {
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
            Some(Named::Fault { fired: at, .. } | Named::Message { sent: at, .. }) => *at,
            Some(Named::Point(moment)) => Some(*moment),
        };
        moment.map_or(Since::NotYet, Since::Then)
    }

    /// Every name of a wait or step, with its time.
    pub fn points(&self) -> BTreeMap<String, u64> {
        let point = |(name, named): (&String, &Named)| match named {
            Named::Point(moment) => Some((name.clone(), moment.t_us)),
            Named::Fault { .. } | Named::Message { .. } => None,
        };
        self.named.iter().filter_map(point).collect()
    }

    /// The digests of the message `name`; none for other names.
    pub fn shas(&self, name: &str) -> &[String] {
        match self.named.get(name) {
            Some(Named::Message { shas, .. }) => shas,
            Some(Named::Fault { .. } | Named::Point(_)) | None => &[],
        }
    }

    /// Faults that were armed and never fired.
    pub fn never_fired(&self) -> impl Iterator<Item = &str> {
        let unfired = |named: &Named| matches!(named, Named::Fault { fired: None, .. });
        let last = self.named.iter().filter(move |(_, named)| unfired(named));
        self.unfired.iter().map(String::as_str).chain(last.map(|(name, _)| name.as_str()))
    }

    /// The records there were when the fault or message `name` began: nothing about it is earlier.
    pub fn begun(&self, name: &str) -> Option<usize> {
        match self.named.get(name)? {
            Named::Fault { begun, .. } | Named::Message { begun, .. } => Some(*begun),
            Named::Point(_) => None,
        }
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
        moments.armed("cut", 0);
        assert_eq!(moments.since("cut"), Since::NotYet);
        assert_eq!(moments.never_fired().collect::<Vec<_>>(), ["cut"]);
        moments.fired("cut", A);
        moments.fired("cut", B);
        assert_eq!(moments.since("cut"), Since::Then(A));
        moments.armed("cut", 2);
        assert_eq!(moments.begun("cut"), Some(2));
        moments.fired("cut", B);
        assert_eq!(moments.since("cut"), Since::Then(B));
        assert_eq!(moments.never_fired().count(), 0);
    }

    #[test]
    fn a_fault_that_was_armed_again_before_it_fired_did_not_fire() {
        let mut moments = Moments::default();
        moments.armed("cut", 0);
        moments.armed("cut", 1);
        moments.fired("cut", A);
        assert_eq!(moments.never_fired().collect::<Vec<_>>(), ["cut"]);
    }

    #[test]
    fn a_message_keeps_its_first_sending_and_every_sender() {
        let mut moments = Moments::default();
        moments.sending("offer", 3);
        moments.sent("offer", "aa", A);
        moments.sent("offer", "aa", B);
        moments.sent("offer", "bb", B);
        assert_eq!(moments.since("offer"), Since::Then(A));
        assert_eq!(moments.shas("offer"), ["aa", "bb"]);
    }
}
