//! From what a run left to its verdict: the checks over its evidence, and how it ended.

use std::collections::BTreeMap;
use std::time::Duration;

use super::plan::{Ended, Plan, Played};
use super::watchdog::LATE_MAX;
use crate::check::sometimes::Sometimes;
use crate::check::{Context, End, Policy, Requirement, Role};
use crate::history::{History, Record, SERVICE};
use crate::redact::Redactor;
use crate::scenario::model::{DEVICE, Liveness, Role as FileRole};
use crate::scenario::steps::{Step, WITHIN_DEFAULT};
use crate::verdict::{CheckResult, RunResult, Verdict};

/// Records shown with a failure.
const LAST: usize = 8;
/// Lines of the console shown when the board broke.
const TAIL: usize = 5;

/// What a run means.
pub struct Judged {
    /// Verdict, checks, numbers.
    pub result: RunResult,
    /// What the scenario looks for over all its runs, and whether this one saw it.
    pub seen: Vec<(Sometimes, bool)>,
    /// The last records before it ended, one line each, secrets removed; newest last.
    pub last: Vec<String>,
}

/// Judges what `played` left of `plan`.
pub fn judge(plan: &Plan, played: &Played) -> Judged {
    let mut checks = vec![steps(played)];
    checks.extend(starved(played.late));
    let mut recovery_ms = None;
    if evidence_counts(&played.ended) {
        let context = context(plan, played);
        let judged = plan.scenario.checks.judge(&played.history, &context);
        recovery_ms = crate::check::reconnect::recovery_ms(&played.history, &context);
        let off =
            |check: &CheckResult| check.id == "liveness" && plan.scenario.liveness == Liveness::Off;
        checks.extend(judged.into_iter().filter(|check| !off(check)));
    }
    let (verdict, reason) = RunResult::conclude(&checks);
    let result = RunResult {
        id: plan.id.clone(),
        board: plan.board.spec().name.clone(),
        variant: plan.variant.clone(),
        seed: plan.base_seed,
        repeat: plan.repeat,
        verdict,
        reason,
        checks,
        duration_ms: millis(played.simulated),
        recovery_ms,
        repro: plan.repro.clone(),
        known: None,
    };
    let look = |what: &Sometimes| (what.clone(), what.seen_in(&played.history).is_some());
    let seen = plan.scenario.checks.sometimes.iter().map(look).collect();
    Judged { last: last(played, verdict, plan.board.spec().traced()), seen, result }
}

/// How the steps came out, as a check of its own.
fn steps(played: &Played) -> CheckResult {
    let mut required = "every step carried out";
    let (verdict, found) = match &played.ended {
        Ended::Done => (Verdict::Pass, "all were"),
        Ended::Failed(why) => match why.strip_prefix("required ").and_then(|w| w.rsplit_once(": "))
        {
            Some((demand, found)) => {
                required = demand;
                (Verdict::Fail, found)
            }
            None => (Verdict::Fail, why.as_str()),
        },
        Ended::Inconclusive(why) => (Verdict::Inconclusive, why.as_str()),
        Ended::Infra(why) => (Verdict::Infra, why.as_str()),
        Ended::Interrupted => (Verdict::Inconclusive, "interrupted"),
    };
    CheckResult::new("steps", verdict, required, found)
}

/// A starved harness sees everything late: whatever the run shows, it says nothing about the
/// device (decision 20).
fn starved(late: Duration) -> Option<CheckResult> {
    (late > LATE_MAX).then(|| {
        let required =
            format!("no timer of the harness more than {} ms late", LATE_MAX.as_millis());
        let found = format!("{} ms: this machine is too busy, try fewer --jobs", late.as_millis());
        CheckResult::new("harness", Verdict::Infra, required, found)
    })
}

/// A run that a tool broke, or that was cut short, has no evidence to judge.
fn evidence_counts(ended: &Ended) -> bool {
    match ended {
        Ended::Done | Ended::Failed(_) | Ended::Inconclusive(_) => true,
        Ended::Infra(_) | Ended::Interrupted => false,
    }
}

fn context(plan: &Plan, played: &Played) -> Context {
    let spec = plan.board.spec();
    let device = &plan.scenario.device;
    let mut policy = Policy::default();
    if let Some(span) = device.ping_after {
        policy.ping_after_us = micros(span.duration());
    }
    if let Some(span) = device.pong_timeout {
        policy.pong_timeout_us = micros(span.duration());
    }
    let mut requirements = Vec::new();
    requirements_of(&plan.scenario.steps, &mut requirements);
    Context {
        board: spec.name.clone(),
        slack_us: spec.slack_us,
        meets: spec.meets.clone(),
        device: DEVICE.to_owned(),
        role: match device.role {
            FileRole::Master => Role::Master,
            FileRole::Viewer => Role::Viewer,
        },
        policy,
        wall_start_unix_ms: played.wall_start_unix_ms,
        service_skew: service_skew(&plan.scenario.steps, &played.history),
        clock_offset_ms: played.clock_offset_ms,
        marks: played.marks.clone(),
        requirements,
        secrets: played.secrets.clone(),
        texts: vec![("console".to_owned(), played.console.clone())],
        end: End { t_us: micros(played.simulated), complete: played.ended == Ended::Done },
    }
}

/// When `date-skew` moved the service's clock, and by how much: the journal says when, the step how
/// much.
fn service_skew(steps: &[Step], history: &History) -> Vec<(u64, i64)> {
    let mut offsets = BTreeMap::new();
    skews_of(steps, &mut offsets);
    let rule = |record: &Record| offsets.get(record.text("rule")?).copied();
    let told = history.of(SERVICE).filter_map(|(_, record)| {
        let offset_ms = rule(record)?;
        match record.event.as_str() {
            "fault.armed" => Some((record.t_us, offset_ms)),
            "fault.healed" => Some((record.t_us, 0)),
            _ => None,
        }
    });
    told.collect()
}

fn skews_of(steps: &[Step], offsets: &mut BTreeMap<String, i64>) {
    for step in steps {
        if let Step::Inject(spec) = step {
            if let Some(offset) = spec.offset {
                offsets.insert(spec.name().to_owned(), offset.millis());
            }
        } else if let Step::Repeat(repeat) = step {
            skews_of(&repeat.steps, offsets);
        }
    }
}

fn requirements_of(steps: &[Step], found: &mut Vec<Requirement>) {
    for step in steps {
        if let Step::Wait(wait) = step {
            found.push(Requirement {
                event: wait.event.clone(),
                by: wait.by.clone().unwrap_or_else(|| DEVICE.to_owned()),
                since: wait.since.clone(),
                within_us: micros(wait.within.unwrap_or(WITHIN_DEFAULT).duration()),
            });
        } else if let Step::Repeat(repeat) = step {
            requirements_of(&repeat.steps, found);
        }
    }
}

fn last(played: &Played, verdict: Verdict, traced: bool) -> Vec<String> {
    let redactor = Redactor::new(&played.secrets);
    let records = played.history.records();
    let tail = records.get(records.len().saturating_sub(LAST)..).unwrap_or_default();
    let mut lines: Vec<_> = tail.iter().map(|record| record.line()).collect();
    // Of a client without a trace the console is all that it says itself.
    let says_more = verdict == Verdict::Fail && !traced;
    if verdict == Verdict::Infra || says_more {
        let console: Vec<_> = played.console.lines().collect();
        let tail = console.get(console.len().saturating_sub(TAIL)..).unwrap_or_default();
        lines.extend(tail.iter().map(|line| format!("console: {line}")));
    }
    lines.iter().map(|line| redactor.mask(line).into_owned()).collect()
}

fn micros(duration: Duration) -> u64 {
    u64::try_from(duration.as_micros()).unwrap_or(u64::MAX)
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}
