//! What a check must know beside the history.

use std::collections::{BTreeMap, BTreeSet};

use mock_kvs::fault::units::Span;

use super::case::{Case, seconds};
use super::fault;
use crate::history::History;
use crate::redact::Secret;

/// Everything a run tells its checks beside its history. Plain data: the same history and context
/// always give the same verdict.
#[derive(Clone, Debug)]
pub struct Context {
    /// The board, for texts.
    pub board: String,
    /// How far apart two sources' clocks may be on it (decision 16).
    pub slack_us: u64,
    /// Names of `needs` the board meets. `trace` decides whether the device's own words count.
    pub meets: BTreeSet<String>,
    /// The mock's listener that the device uses.
    pub device: String,
    /// The device's side.
    pub role: Role,
    /// What the device is expected to do when; the defaults are decision 4.
    pub policy: Policy,
    /// The service's wall clock at `t_us` 0, Unix milliseconds.
    pub wall_start_unix_ms: u64,
    /// Changes of the service's wall clock by `date-skew`: from when, and by how much against its
    /// start.
    pub service_skew: Vec<(u64, i64)>,
    /// The device's wall clock minus the service's, as injected before its start.
    pub clock_offset_ms: i64,
    /// Named points of the run that the history cannot name: waits with `as`.
    pub marks: BTreeMap<String, u64>,
    /// `wait` steps with a requirement.
    pub requirements: Vec<Requirement>,
    /// Every secret in use.
    pub secrets: Vec<Secret>,
    /// Other text that will be kept or shown: name and body.
    pub texts: Vec<(String, String)>,
    /// How the run ended.
    pub end: End,
}

/// The device's side.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Role {
    /// Answers offers.
    #[default]
    Master,
    /// Makes offers.
    Viewer,
}

/// Times a device keeps, where a check does not name its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Policy {
    /// Back-off before jitter, first wait.
    pub backoff_base_us: u64,
    /// Back-off before jitter, longest wait.
    pub backoff_cap_us: u64,
    /// A connection at least this long resets the back-off.
    pub stable_us: u64,
    /// Silence after which a ping goes out.
    pub ping_after_us: u64,
    /// Silence after a ping that gives the link up.
    pub pong_timeout_us: u64,
    /// ICE servers are refreshed this long before their time to live ends.
    pub ice_grace_us: u64,
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            backoff_base_us: 100_000,
            backoff_cap_us: 10_000_000,
            stable_us: 30_000_000,
            ping_after_us: 10_000_000,
            pong_timeout_us: 15_000_000,
            ice_grace_us: 30_000_000,
        }
    }
}

/// A `wait` step: something must happen within a time of something else.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Requirement {
    /// What was waited for: `ws.open`, `answer`, …
    pub event: String,
    /// Whose.
    pub by: String,
    /// The named point it counts from; the step's begin without.
    pub since: Option<String>,
    /// The time, as the file says it (not scaled for the board).
    pub within_us: u64,
}

/// How a run ended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct End {
    /// When.
    pub t_us: u64,
    /// Every step was carried out. Without, what is missing at the end may yet have come.
    pub complete: bool,
}

impl Context {
    /// A run on `sim` that ended after all its steps, with defaults everywhere.
    pub fn sim() -> Self {
        Self {
            board: "sim".to_owned(),
            slack_us: 0,
            meets: ["trace", "gauges", "clock.virtual"].map(str::to_owned).into(),
            device: "device".to_owned(),
            role: Role::Master,
            policy: Policy::default(),
            wall_start_unix_ms: 1_767_225_600_000,
            service_skew: Vec::new(),
            clock_offset_ms: 0,
            marks: BTreeMap::new(),
            requirements: Vec::new(),
            secrets: Vec::new(),
            texts: Vec::new(),
            end: End { t_us: 0, complete: true },
        }
    }

    /// The first of `needs` that this run does not meet.
    pub(super) fn lacks(&self, needs: &[&'static str]) -> Option<&'static str> {
        needs.iter().copied().find(|need| !self.meets.contains(*need))
    }

    /// Room for a timer and the loop behind it, on this board: what a correct device may be late.
    pub(super) fn lateness_us(&self) -> u64 {
        // 2 ms: two clocks that count whole milliseconds. 4 slacks: the slack is what an idle
        // board shows between two sources, and boards are not idle.
        2_000 + 4 * self.slack_us
    }

    /// The last moment of the run.
    pub(super) fn end_us(&self, history: &History) -> u64 {
        self.end.t_us.max(history.end_us())
    }

    /// The service's wall clock at a moment of the run.
    pub(super) fn wall_unix_ms(&self, t_us: u64) -> i64 {
        let skew = self.service_skew.iter().rev().find(|(from, _)| *from <= t_us);
        let right = i64::try_from(self.wall_start_unix_ms + t_us / 1_000).unwrap_or(i64::MAX);
        right.saturating_add(skew.map_or(0, |(_, ms)| *ms))
    }

    /// When the point `name` was: a mark, a fault's first firing, or a message's first sending.
    pub(super) fn moment(&self, history: &History, name: &str) -> Option<u64> {
        if let Some(t_us) = self.marks.get(name) {
            return Some(*t_us);
        }
        let fired = |fault: &fault::Fault<'_>| fault.fired.first().map(|(_, record)| record.t_us);
        if let Some(fault) = fault::all(history).iter().find(|fault| fault.name == name) {
            return fired(fault);
        }
        history.named("peer.send").find(|(_, r)| r.says("as", name)).map(|(_, r)| r.t_us)
    }

    /// The point that `since` names, or the run's begin without; notes in `case` when there was no
    /// such point.
    pub(super) fn since(
        &self,
        history: &History,
        since: Option<&str>,
        case: &mut Case,
    ) -> Option<u64> {
        let Some(name) = since else { return Some(0) };
        let moment = self.moment(history, name);
        if moment.is_none() {
            case.unknown(format!("`{name}` never happened, so nothing came after it"), []);
        }
        moment
    }

    /// `within`, or else the tightest requirement the scenario itself makes on `event` of the
    /// device since `since`.
    pub(super) fn required(
        &self,
        within: Option<Span>,
        event: &str,
        since: Option<&str>,
    ) -> Option<u64> {
        let own = self
            .requirements
            .iter()
            .filter(|r| r.event == event && r.by == self.device && r.since.as_deref() == since);
        within.map(micros).or_else(|| own.map(|r| r.within_us).min())
    }
}

/// A file's time in microseconds.
pub(super) fn micros(span: Span) -> u64 {
    u64::try_from(span.duration().as_micros()).unwrap_or(u64::MAX)
}

/// `7s` as the texts write it.
pub(super) fn span_text(span: Span) -> String {
    seconds(micros(span))
}
