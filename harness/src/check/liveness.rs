//! `liveness`: once healed, the device lives.

use mock_kvs::fault::units::Span;
use schemars::JsonSchema;
use serde::Deserialize;

use super::Doc;
use super::case::{Case, seconds};
use super::context::{Context, Role, micros, span_text};
use super::device::Trace;
use super::service;
use crate::history::{HARNESS, History, Record};
use crate::verdict::CheckResult;

pub(super) const DOC: Doc = Doc {
    holds: "After all faults are removed the device becomes CONNECTED, and one fresh offer is \
            answered (by the device as a master, to the device as a viewer).",
    evidence: "The harness's `heal` and `phase name=liveness`; the service's `ws.open` and \
               `conn.end`; offers and answers as the peer records them.",
    blind: "Whether the answer makes sense to a browser: no media flows.",
    needs: &[],
};

/// Parameters of `liveness`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Params {
    /// From the removal of all faults to the answer. The default is the sum of what may lie
    /// between: a call that began under the fault (45 s), the longest back-off (20 s), a reconnect.
    pub within: Span,
}

impl Default for Params {
    fn default() -> Self {
        Self { within: Span::from_millis(90_000) }
    }
}

pub(super) fn judge(params: &Params, history: &History, context: &Context) -> CheckResult {
    let within = span_text(params.within);
    let mut case = Case::new(
        "liveness",
        format!("CONNECTED and a fresh offer answered within {within} of the last heal"),
    );
    let phase = history.all(HARNESS, "phase").rfind(|(_, r)| r.says("name", "liveness"));
    let Some((phase, healed)) = phase else {
        case.unknown("the run never came to its liveness phase", []);
        return case.conclude("", []);
    };
    let limit_us = micros(params.within) + context.slack_us;
    let over = context.end_us(history).saturating_sub(healed.t_us) > limit_us;
    let late = |record: &Record| record.t_us.saturating_sub(healed.t_us) > limit_us;
    let Some((connected, connected_us)) = connected_after(history, context, healed.t_us) else {
        case.fail(format!("not connected again, {} after it", waited(history, context, healed)), [phase]);
        return case.conclude("", []);
    };
    match answered(history, context, healed.t_us) {
        Some((answer, record)) if late(record) => {
            let after = seconds(record.t_us - healed.t_us);
            case.fail(format!("an offer answered only {after} after it"), [phase, answer]);
        }
        Some((answer, record)) => {
            let up = seconds(connected_us.saturating_sub(healed.t_us));
            let after = seconds(record.t_us.saturating_sub(healed.t_us));
            let held = format!("connected after {up}, an offer answered after {after}");
            return case.conclude(held, [phase, connected, answer]);
        }
        None if !offered(history, context, healed.t_us) => {
            case.unknown("no fresh offer was made after it", [phase]);
        }
        None => {
            let waited = waited(history, context, healed);
            let text = format!("no fresh offer answered, {waited} after it");
            missing(&mut case, text, over, [phase, connected]);
        }
    }
    case.conclude("", [])
}

/// What did not come fails when its time was over; before that the run ended too early to tell.
fn missing(case: &mut Case, text: String, over: bool, shown: impl IntoIterator<Item = usize>) {
    if over {
        case.fail(text, shown);
    } else {
        case.unknown(format!("{text}, when the run ended"), shown);
    }
}

fn waited(history: &History, context: &Context, healed: &Record) -> String {
    seconds(context.end_us(history).saturating_sub(healed.t_us))
}

/// The record that shows the device connected at or after `t_us`, and since when it is.
fn connected_after(history: &History, context: &Context, t_us: u64) -> Option<(usize, u64)> {
    let conns = service::conns(history, &context.device);
    let at_service = conns.iter().find_map(|conn| {
        let (index, open) = conn.open?;
        let lived = conn.end.is_none_or(|(_, end)| end.t_us > t_us);
        (lived || open.t_us >= t_us).then_some((index, open.t_us))
    });
    let trace = Trace::whatever_is_there(history);
    if !context.meets.contains("trace") || trace.records.is_empty() {
        return at_service;
    }
    // The device's own word where there is one: the service holds a half-open link for connected.
    trace.links().iter().find_map(|link| {
        let connected = link.connected?;
        let lived = link.closed.is_none_or(|closed| closed.record.t_us > t_us);
        lived.then_some((connected.index, connected.record.t_us))
    })
}

fn offered(history: &History, context: &Context, t_us: u64) -> bool {
    let event = match context.role {
        Role::Master => "peer.send",
        Role::Viewer => "out",
    };
    history.named(event).any(|(_, r)| r.t_us >= t_us && r.says("type", "SDP_OFFER"))
}

/// The first answer to an offer that was first made after `t_us`.
fn answered<'h>(
    history: &'h History,
    context: &Context,
    t_us: u64,
) -> Option<(usize, &'h Record)> {
    let is_answer = |r: &Record| r.t_us >= t_us && r.says("type", "SDP_ANSWER");
    match context.role {
        Role::Master => history.named("peer.recv").find(|(_, r)| {
            is_answer(r) && r.text("of").is_some_and(|of| is_fresh(history, of, t_us))
        }),
        Role::Viewer if offered(history, context, t_us) => {
            history.named("in").find(|(_, r)| is_answer(r))
        }
        Role::Viewer => None,
    }
}

fn is_fresh(history: &History, sha: &str, t_us: u64) -> bool {
    let first = history.named("peer.send").find(|(_, r)| r.says("sha", sha));
    first.is_some_and(|(_, r)| r.t_us >= t_us)
}
