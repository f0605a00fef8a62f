//! `clock`: a wrong clock is noticed and corrected.

use mock_kvs::fault::units::Span;
use schemars::JsonSchema;
use serde::Deserialize;

use super::Doc;
use super::case::{Case, count, seconds};
use super::context::{Context, micros};
use super::device::{Trace, Untraced};
use super::service;
use crate::history::{History, Record};
use crate::verdict::CheckResult;

pub(super) const DOC: Doc = Doc {
    holds: "A device whose clock is wrong learns the service's time from `Date` and signs every \
            later request and upgrade with it; learning costs few refusals, and there is no loop \
            of 403.",
    evidence: "The service's `request`, `response` and `upgrade` with their dates; the device's \
               `clock`; the offset that the run injected.",
    blind: "Expiry computed with the wrong clock, where nothing is signed too late because of it: \
            see `credentials`.",
    needs: &[],
};

/// Parameters of `clock`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Params {
    /// Refusals in a row for a wrong date that learning may cost.
    pub refusals: usize,
    /// How far the corrected clock may be off.
    pub tolerance: Span,
}

impl Default for Params {
    fn default() -> Self {
        Self { refusals: 1, tolerance: Span::from_millis(5_000) }
    }
}

/// The service takes dates that are off by less (spec §2): nothing has to be learned.
const TAKEN_US: u64 = 300_000_000;

pub(super) fn judge(params: &Params, history: &History, context: &Context) -> CheckResult {
    let tolerance_us = micros(params.tolerance);
    let refusals = count(params.refusals, "refusal");
    let mut case = Case::new(
        "clock",
        format!("dates right to {} after at most {refusals} in a row", seconds(tolerance_us)),
    );
    let skewed = !context.service_skew.is_empty();
    if context.clock_offset_ms == 0 && !skewed {
        case.unknown("no clock was wrong, so nothing was to learn", []);
        return case.conclude("", []);
    }
    let learned = match Trace::read(history, context) {
        Ok(trace) => learned(&trace, tolerance_us, context, &mut case),
        Err(Untraced::Absent) => None,
        Err(untraced) => {
            case.unknown(untraced.text(context), untraced.evidence());
            None
        }
    };
    no_loop(params.refusals, history, context, &mut case);
    let checked = dates(learned, tolerance_us, history, context, &mut case);
    if checked == 0 && case.is_clean() {
        case.unknown("nothing was signed after the clock was learned", []);
    }
    case.conclude(format!("{} with the right date", count(checked, "signed request")), [])
}

/// When the device first reported to have learned the clock. What it learned must be right.
fn learned(trace: &Trace<'_>, tolerance_us: u64, context: &Context, case: &mut Case) -> Option<u64> {
    let mut first = None;
    for clock in trace.all("clock") {
        let t_us = clock.record.t_us;
        let start_ms = i64::try_from(context.wall_start_unix_ms).unwrap_or(i64::MAX);
        let elapsed_ms = i64::try_from(t_us / 1_000).unwrap_or(i64::MAX);
        let service_ahead = context.wall_unix_ms(t_us) - start_ms - elapsed_ms;
        let right_ms = service_ahead - context.clock_offset_ms;
        let learned_ms = clock.record.int("offset_ms").unwrap_or_default();
        let off_us = (learned_ms - right_ms).unsigned_abs() * 1_000;
        if off_us > tolerance_us {
            let text = format!("a clock was learned that is off by {}", seconds(off_us));
            case.fail(text, [clock.index]);
        }
        first.get_or_insert(t_us);
    }
    first
}

/// 401 and 403 in a row that are about dates.
fn no_loop(allowed: usize, history: &History, context: &Context, case: &mut Case) {
    let mut row: Vec<usize> = Vec::new();
    let mut longest: Vec<usize> = Vec::new();
    for (index, record) in service::of(history, &context.device) {
        let Some(status) = record.uint("status") else { continue };
        let error = record.text("error").unwrap_or_default();
        let about_date = !error.contains("AccessDenied") && !error.contains("ExpiredToken");
        match status {
            401 | 403 if about_date => row.push(index),
            0..=399 => row.clear(),
            _ => {}
        }
        if row.len() > longest.len() {
            longest.clone_from(&row);
        }
    }
    if longest.len() > allowed {
        case.fail(format!("{} in a row", count(longest.len(), "refusal")), longest);
    }
}

/// Judges every date signed after the clock was learned (or, where the device does not say, after
/// the service's first answer), and counts them.
fn dates(
    learned_us: Option<u64>,
    tolerance_us: u64,
    history: &History,
    context: &Context,
    case: &mut Case,
) -> usize {
    let answered = |record: &Record| record.uint("status").is_some();
    let mut told = service::of(history, &context.device).filter(|(_, r)| answered(r));
    let from_us = learned_us.or_else(|| told.next().map(|(_, r)| r.t_us)).unwrap_or(u64::MAX);
    let conns = service::conns(history, &context.device);
    let mut checked = 0;
    for (index, record) in service::of(history, &context.device) {
        let Some(date) = record.int("date_unix_ms") else { continue };
        if record.t_us < from_us {
            continue;
        }
        let conn = conns.iter().find(|conn| Some(conn.number) == record.uint("conn"));
        let accepted = conn.and_then(|conn| conn.accept).map_or(record.t_us, |(_, a)| a.t_us);
        let under_way_us = record.t_us.saturating_sub(accepted);
        let off_us = (context.wall_unix_ms(record.t_us) - date).unsigned_abs() * 1_000;
        let right = off_us <= tolerance_us + under_way_us + context.slack_us;
        // Nobody orders two sources within one instant: a wrong date then may be from before.
        checked += usize::from(right || record.t_us > from_us);
        if !right && record.t_us > from_us {
            let what = record.text("api").unwrap_or("connect");
            let hint = if off_us < TAKEN_US { ", though the service takes it" } else { "" };
            case.fail(format!("`{what}` signed with a date {} off{hint}", seconds(off_us)), [index]);
        }
    }
    checked
}
