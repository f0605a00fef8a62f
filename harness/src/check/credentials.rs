//! `credentials`: what is signed is signed freshly, and with credentials that live.

mod refusals;

use std::collections::BTreeMap;

use mock_kvs::fault::units::Span;
use schemars::JsonSchema;
use serde::Deserialize;

use super::Doc;
use super::case::{Case, count, seconds};
use super::context::{Context, micros};
use super::device::{Seen, Trace};
use super::service::{self, Conn};
use crate::history::{History, Record, SERVICE};
use crate::verdict::CheckResult;

pub(super) const DOC: Doc = Doc {
    holds: "Each connect is signed for itself: its X-Amz-Date, corrected by the injected clock \
            offset, is at most 2 s older than the connect, and a signature comes again only with \
            its date. Nothing is signed with credentials that have expired or have less than 60 s \
            left. One refresh is asked for at a time. A refusal for expired credentials is not \
            taken for a denial, nor the other way round.",
    evidence: "The service's `upgrade`, `request` and `credentials.issued`; with a trace also the \
               device's `open`, `clock`, `need_credentials`, `call`, `state` and `retry`.",
    blind: "Without a trace: how many refreshes are in flight, and what the device makes of a \
            refusal. A wrong device clock whose correction the device does not report counts as \
            corrected when that fits.",
    needs: &[],
};

/// Parameters of `credentials`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Params {
    /// Life that credentials must have left when something is signed with them.
    pub left: Span,
    /// X-Amz-Date may be this much older than the upgrade, beside the measured connect time.
    pub fresh: Span,
}

impl Default for Params {
    fn default() -> Self {
        Self { left: Span::from_millis(60_000), fresh: Span::from_millis(2_000) }
    }
}

pub(super) fn judge(params: &Params, history: &History, context: &Context) -> CheckResult {
    let (left, fresh) = (seconds(micros(params.left)), seconds(micros(params.fresh)));
    let mut case = Case::new(
        "credentials",
        format!("each connect signed at most {fresh} before it, with {left} or more left"),
    );
    let told = Told::read(history, context);
    let conns = service::conns(history, &context.device);
    let mut signatures: BTreeMap<&str, (i64, usize)> = BTreeMap::new();
    let mut connects = 0;
    for conn in &conns {
        let Some((index, upgrade)) = conn.upgrade else { continue };
        let Some(date) = upgrade.int("date_unix_ms") else { continue };
        connects += 1;
        let age = Age::of(conn, date, &told, context);
        age.judge(micros(params.fresh), index, &mut case);
        if let Some(signature) = upgrade.text("signature") {
            let (first_date, first) = *signatures.entry(signature).or_insert((date, index));
            if first_date != date {
                case.fail(format!("signature {signature} came with two dates"), [first, index]);
            }
        }
    }
    let requests = left_when_signed(params, history, context, &mut case);
    if let Some(trace) = &told.trace {
        one_refresh_at_a_time(trace, &mut case);
        refusals::told_apart(trace, &mut case);
    }
    refusals::same_key_again(history, context, &mut case);
    if connects + requests == 0 {
        case.unknown("the device signed nothing", []);
    }
    let (connects, requests) = (count(connects, "connect"), count(requests, "signed request"));
    case.conclude(format!("{connects} and {requests}"), conns.iter().filter_map(|c| c.upgrade).map(|(i, _)| i))
}

/// How long before its connect a signature was made.
struct Age {
    /// The connect minus the date, as each reading of the device's clock has it.
    readings_ms: Vec<i64>,
    /// From the attempt's begin to the upgrade's arrival.
    connect_us: u64,
}

impl Age {
    fn of(conn: &Conn<'_>, date: i64, told: &Told<'_>, context: &Context) -> Self {
        let upgrade_us = conn.upgrade.map_or(0, |(_, record)| record.t_us);
        let opened = told.opens.iter().rfind(|open| **open <= upgrade_us + context.slack_us);
        let begun = [conn.accept.map(|(_, a)| a.t_us), opened.copied()];
        let begun_us = begun.into_iter().flatten().min().unwrap_or(upgrade_us);
        let now = context.wall_unix_ms(upgrade_us);
        let uncorrected = now - (date - context.clock_offset_ms);
        let learned = told.clocks.iter().rfind(|(t_us, _)| *t_us <= upgrade_us);
        let readings_ms = match (&told.trace, learned) {
            // A device that says what it learned is taken at its word.
            (Some(_), Some((_, learned_ms))) => vec![uncorrected + learned_ms],
            (Some(_), None) => vec![uncorrected],
            (None, _) => vec![now - date, uncorrected],
        };
        Self { readings_ms, connect_us: upgrade_us.saturating_sub(begun_us) + context.slack_us }
    }

    fn judge(&self, fresh_us: u64, index: usize, case: &mut Case) {
        let allowed_ms = i64::try_from((fresh_us + self.connect_us) / 1_000).unwrap_or(i64::MAX);
        let early_ms = i64::try_from(fresh_us / 1_000).unwrap_or(i64::MAX);
        if self.readings_ms.iter().any(|age| (-early_ms..=allowed_ms).contains(age)) {
            return;
        }
        let age = self.readings_ms.iter().copied().min_by_key(|age| age.abs()).unwrap_or_default();
        let by = seconds(age.unsigned_abs() * 1_000);
        let word = if age < 0 { "after" } else { "before" };
        let connect = seconds(self.connect_us);
        let text = format!("a connect signed {by} {word} it arrived, and it took {connect} to connect");
        case.fail(text, [index]);
    }
}

/// What the device itself says about its connects, where it does.
struct Told<'h> {
    trace: Option<Trace<'h>>,
    /// When each WebSocket attempt began.
    opens: Vec<u64>,
    /// When it learned the service's clock, and the offset to its own.
    clocks: Vec<(u64, i64)>,
}

impl<'h> Told<'h> {
    fn read(history: &'h History, context: &Context) -> Self {
        let trace = context.meets.contains("trace").then(|| Trace::whatever_is_there(history));
        let mut told = Self { trace, opens: Vec::new(), clocks: Vec::new() };
        if let Some(trace) = &told.trace {
            let wss = trace.all("open").filter(|open| open.text("type") == "wss");
            told.opens = wss.map(|open| open.record.t_us).collect();
            let offset = |clock: Seen<'_>| Some((clock.record.t_us, clock.record.int("offset_ms")?));
            told.clocks = trace.all("clock").filter_map(offset).collect();
        }
        told
    }
}

/// Nothing is signed with too little life left; gives the number of signed requests.
fn left_when_signed(
    params: &Params,
    history: &History,
    context: &Context,
    case: &mut Case,
) -> usize {
    // When each key's life ends as the device was told. A key that was made to expire early says
    // nothing here: nobody told the device, and the service's refusal is the first it hears.
    let mut expiry: BTreeMap<&str, Option<i64>> = BTreeMap::new();
    for (_, record) in history.of(SERVICE) {
        let key = record.text("key").unwrap_or_default();
        match record.event.as_str() {
            "credentials.issued" => drop(expiry.insert(key, record.int("expires_unix_ms"))),
            "credentials.expired" => drop(expiry.insert(key, None)),
            _ => {}
        }
    }
    let left_ms = |record: &Record| match expiry.get(record.text("key")?) {
        Some(expires) => Some((*expires)? - context.wall_unix_ms(record.t_us)),
        None => record.int("key_left_s").map(|left_s| left_s * 1_000),
    };
    let must_ms = i64::try_from(micros(params.left) / 1_000).unwrap_or(i64::MAX);
    let mut requests = 0;
    for (index, record) in service::of(history, &context.device) {
        let signed = match record.event.as_str() {
            "request" => record.text("signed").is_some_and(|how| how != "none"),
            "upgrade" => true,
            _ => continue,
        };
        requests += usize::from(signed && record.event == "request");
        let Some(left) = left_ms(record).filter(|left| signed && *left < must_ms) else { continue };
        let what = record.text("api").unwrap_or("connect");
        let text = match left {
            ..0 => format!("`{what}` signed {} after the credentials expired", seconds(left.unsigned_abs() * 1_000)),
            _ => format!("`{what}` signed with {} left", seconds(left.unsigned_abs() * 1_000)),
        };
        case.fail(text, [index]);
    }
    requests
}

/// A provider that does not answer may be asked again after this.
const PROVIDER_TIMEOUT_US: u64 = 15_000_000;

fn one_refresh_at_a_time(trace: &Trace<'_>, case: &mut Case) {
    let mut asked = None;
    for seen in &trace.records {
        match seen.record.event.as_str() {
            "credentials" | "stopped" | "hello" => asked = None,
            "need_credentials" => {
                if let Some((index, us)) = asked.replace((seen.index, seen.us)) {
                    let again_us = seen.us.saturating_sub(us);
                    if again_us + 2_000 < PROVIDER_TIMEOUT_US {
                        let after = seconds(again_us);
                        let text = format!("credentials asked for again after {after}, still in flight");
                        case.fail(text, [index, seen.index]);
                    }
                }
            }
            _ => {}
        }
    }
}
