//! When a rule acts: which moments match, and which of the matches count.

use super::spec::{CallKind, FaultKind, FaultSpec, MessageKind};
use crate::link::{Direction, Toward};
use crate::random::Random;
use crate::service::message::MessageType;

/// Whether a fault counts its matches, or simply stands.
pub(super) fn is_counted(spec: &FaultSpec) -> bool {
    spec.nth.is_some() || spec.every.is_some() || spec.times.is_some() || spec.p.is_some()
}

/// Counts matches, and says which of them act.
#[derive(Debug)]
pub(super) struct Counter {
    nth: Option<u32>,
    every: Option<u32>,
    times: Option<u32>,
    p: Option<f64>,
    seen: u32,
    acted: u32,
    random: Random,
}

impl Counter {
    pub(super) fn new(spec: &FaultSpec, default_times: Option<u32>, random: Random) -> Self {
        // A flood's `times` are its pings, a corruption's its bits.
        let own_times = matches!(spec.fault, FaultKind::PingFlood | FaultKind::Corrupt);
        // `every` and `p` ask for more than once by themselves.
        let repeats = spec.every.is_some() || spec.p.is_some();
        let times = if own_times || (spec.times.is_none() && repeats) {
            None
        } else {
            spec.times.or(default_times)
        };
        Self {
            nth: spec.nth,
            every: spec.every,
            times,
            p: if own_times { None } else { spec.p },
            seen: 0,
            acted: 0,
            random,
        }
    }

    /// One more match: whether the rule acts.
    pub(super) fn counts(&mut self) -> bool {
        if self.is_spent() {
            return false;
        }
        self.seen = self.seen.saturating_add(1);
        let chosen = match (self.nth, self.every) {
            (Some(nth), _) => self.seen == nth,
            (None, Some(every)) => self.seen.is_multiple_of(every),
            (None, None) => true,
        };
        let acts = chosen && self.p.is_none_or(|p| self.random.unit() < p);
        if acts {
            self.acted = self.acted.saturating_add(1);
        }
        acts
    }

    /// Counts a match of a rule that always acts, but reports only once.
    pub(super) fn is_first(&mut self) -> bool {
        self.acted = self.acted.saturating_add(1);
        self.acted == 1
    }

    /// Whether it will never act again.
    pub(super) fn is_spent(&self) -> bool {
        self.times.is_some_and(|times| self.acted >= times)
            || self.nth.is_some_and(|nth| self.seen >= nth)
    }
}

/// Whether a call is meant: every HTTPS call when the fault names none, but not the upgrade.
/// `api` is none for calls that faults have no word for.
pub(super) fn fits_call(spec: &FaultSpec, api: Option<CallKind>) -> bool {
    let upgrades = api == Some(CallKind::Connect);
    match spec.call {
        None => upgrades == (spec.fault == FaultKind::UpgradeError),
        Some(CallKind::Any) => true,
        named => named == api,
    }
}

/// Whether a message is meant, by type and direction. Without `toward`, either direction is,
/// because a type says which way it usually goes; a part of a message (`at`) is only known of what
/// the service sends.
pub(super) fn fits_message(spec: &FaultSpec, direction: Direction, kind: MessageType) -> bool {
    let toward = match (spec.toward, spec.at) {
        (Some(toward), _) => toward,
        (None, Some(_)) => Toward::Device,
        (None, None) => Toward::Both,
    };
    toward.includes(direction) && spec.on.is_none_or(|on| fits_type(on, kind))
}

fn fits_type(on: MessageKind, kind: MessageType) -> bool {
    match on {
        MessageKind::SdpOffer => kind == MessageType::SdpOffer,
        MessageKind::SdpAnswer => kind == MessageType::SdpAnswer,
        MessageKind::IceCandidate => kind == MessageType::IceCandidate,
        MessageKind::GoAway => kind == MessageType::GoAway,
        MessageKind::ReconnectIceServer => kind == MessageType::ReconnectIceServer,
        MessageKind::StatusResponse => kind == MessageType::StatusResponse,
        MessageKind::Any => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Which of the first ten matches act.
    fn acts(json: &str, default_times: Option<u32>) -> Vec<u32> {
        let spec: FaultSpec = serde_json::from_str(json).expect("a fault");
        let mut counter = Counter::new(&spec, default_times, Random::new(1, "test"));
        (1..=10).filter(|_| counter.counts()).collect()
    }

    #[test]
    fn nth_every_and_times_choose_matches() {
        assert_eq!(acts(r#"{"fault": "drop"}"#, Some(1)), [1]);
        assert_eq!(acts(r#"{"fault": "drop", "times": 3}"#, Some(1)), [1, 2, 3]);
        assert_eq!(acts(r#"{"fault": "drop", "nth": 4}"#, Some(1)), [4]);
        assert_eq!(acts(r#"{"fault": "drop", "every": 3}"#, Some(1)), [3, 6, 9]);
        assert_eq!(acts(r#"{"fault": "drop", "every": 3, "times": 2}"#, Some(1)), [3, 6]);
        assert_eq!(acts(r#"{"fault": "http-error", "status": 500}"#, None).len(), 10);
    }

    #[test]
    fn chance_is_seeded_and_counts_only_what_acted() {
        let half = acts(r#"{"fault": "drop", "p": 0.5}"#, Some(1));
        assert!((2..9).contains(&half.len()), "{half:?}");
        assert_eq!(half, acts(r#"{"fault": "drop", "p": 0.5}"#, Some(1)));
        assert_eq!(acts(r#"{"fault": "drop", "p": 0.0}"#, Some(1)), [0; 0]);
        assert_eq!(acts(r#"{"fault": "drop", "p": 0.5, "times": 2}"#, Some(1)), half[..2]);
    }
}
