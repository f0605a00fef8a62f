//! What a run on any board has in common with the snapshot: who came to what, in which order.
//!
//! A real board is faster here and slower there, retries once more, and pings at other moments. So
//! only milestones are compared, without times and counts of attempts: connections, messages,
//! faults, steps. Each source has lanes, so that what nobody orders (a message that comes while
//! another goes) may fall either way; within a lane the order stands. Candidates do not count at all:
//! they may be lost with a link. Whether a message died with its link or just before is a matter of microseconds, and so
//! `send_failed` is none.

use std::collections::BTreeMap;
use std::fmt;

use super::normal::{PAUSE, REST};
use super::{Section, fold};

/// Events that are milestones, with the lane each stands in.
const MILESTONES: &[(&str, &str)] = &[
    ("hello", ""),
    ("connected", ""),
    ("half_open", ""),
    ("go_away", ""),
    ("reconnect_ice", ""),
    ("stopped", ""),
    ("panic", ""),
    ("in", " receives"),
    ("out", " sends"),
    ("status", " receives"),
    ("step", ""),
    ("phase", ""),
    ("goaway.sent", ""),
    ("fault.fired", " faults"),
    ("peer.open", ""),
    ("peer.refused", ""),
    ("peer.closed", ""),
    ("peer.send", " sends"),
    ("peer.recv", " receives"),
];

/// Fields that belong to a milestone.
const WORDS: &[&str] = &["from", "n", "name", "role", "rule", "to", "type", "word"];

/// The milestones of a run, lane by lane.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Milestones {
    lanes: BTreeMap<String, Vec<String>>,
}

/// Where two runs part.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Parting {
    /// The lane: a source, or what it sends or receives.
    pub lane: String,
    /// The last milestones both have, oldest first.
    pub common: Vec<String>,
    /// What the snapshot has next; `None` when it ends there.
    pub expected: Option<String>,
    /// What the run has next; `None` when it ends there.
    pub found: Option<String>,
}

/// Milestones shown before the first difference.
const COMMON_SHOWN: usize = 3;

impl Milestones {
    /// Those of a section; `None` when it is too long to hold them all.
    pub fn of(section: &Section) -> Option<Self> {
        if section.lines.iter().any(|line| line.starts_with(REST)) {
            return None;
        }
        let mut milestones = Self::default();
        for line in fold::unfold(&section.lines) {
            if !line.starts_with(PAUSE) {
                milestones.add(&line);
            }
        }
        Some(milestones)
    }

    fn add(&mut self, line: &str) {
        let mut words = line.split(' ');
        let (Some(source), Some(event)) = (words.next(), words.next()) else { return };
        let Some((_, lane)) = MILESTONES.iter().find(|(known, _)| *known == event) else { return };
        let fields: Vec<(&str, &str)> = words.filter_map(|word| word.split_once('=')).collect();
        // Whether an answer comes before the offer is sent again is a matter of speed.
        if fields.iter().any(|(name, _)| *name == "resend") {
            return;
        }
        // Candidates trickle: those that fall into a link that ends are lost, and nobody misses them.
        if fields.contains(&("type", "ICE_CANDIDATE")) {
            return;
        }
        let mut text = event.to_owned();
        for (_, value) in fields.iter().filter(|(name, _)| WORDS.contains(name)) {
            text.push(' ');
            text.push_str(value);
        }
        let lane = self.lanes.entry(format!("{source}{lane}")).or_default();
        // How often a fault acts depends on what reaches it: a refused port sees no attempts.
        let again = event == "fault.fired" && lane.contains(&text);
        if !again {
            lane.push(text);
        }
    }

    /// Where `run` parts from this, the snapshot; `None` when it does not.
    pub fn compare(&self, run: &Self) -> Option<Parting> {
        let lanes =
            self.lanes.keys().chain(run.lanes.keys().filter(|k| !self.lanes.contains_key(*k)));
        lanes.into_iter().find_map(|lane| {
            let empty = Vec::new();
            let expected = self.lanes.get(lane).unwrap_or(&empty);
            let found = run.lanes.get(lane).unwrap_or(&empty);
            let same = expected.iter().zip(found).take_while(|(a, b)| a == b).count();
            if same == expected.len() && same == found.len() {
                return None;
            }
            Some(Parting {
                lane: lane.clone(),
                common: expected[same.saturating_sub(COMMON_SHOWN)..same].to_vec(),
                expected: expected.get(same).cloned(),
                found: found.get(same).cloned(),
            })
        })
    }
}

impl fmt::Display for Parting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let named = |milestone: &Option<String>| match milestone {
            Some(milestone) => format!("`{milestone}`"),
            None => "nothing more".to_owned(),
        };
        let (expected, found) = (named(&self.expected), named(&self.found));
        write!(f, "{}: the snapshot has {expected}, this run {found}", self.lane)?;
        if let Some((last, before)) = self.common.split_last() {
            let before: String =
                before.iter().map(|milestone| format!("`{milestone}`, ")).collect();
            write!(f, ", after {before}`{last}`")?;
        }
        Ok(())
    }
}
