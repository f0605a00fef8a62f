//! `go_away`: the device leaves when it is told to, and loses nothing.

use mock_kvs::fault::units::Span;
use schemars::JsonSchema;
use serde::Deserialize;

use super::Doc;
use super::case::{Case, count, seconds};
use super::context::{Context, micros};
use super::device::Trace;
use super::message::{self, Messages};
use super::service;
use crate::history::{DEVICE, History, Record};
use crate::verdict::CheckResult;

pub(super) const DOC: Doc = Doc {
    holds: "After GO_AWAY over the socket the device is connected anew inside the grace, asks for \
            a new endpoint first, and no message of the time between is lost.",
    evidence: "The service's `goaway.sent`, `request` and `ws.open`; with a trace the device's \
               `connected`, `in` and `send_failed`.",
    blind: "Without a trace: what the application got.",
    needs: &[],
};

/// Parameters of `go_away`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Params {
    /// From GO_AWAY to the new connection; the service cuts after a minute (spec §1.5).
    pub grace: Span,
    /// A new endpoint must be fetched before the new connection.
    pub new_endpoint: bool,
}

impl Default for Params {
    fn default() -> Self {
        Self { grace: Span::from_millis(60_000), new_endpoint: true }
    }
}

pub(super) fn judge(params: &Params, history: &History, context: &Context) -> CheckResult {
    let grace_us = micros(params.grace);
    let endpoint = if params.new_endpoint { " with a new endpoint" } else { "" };
    let mut case = Case::new(
        "go_away",
        format!("connected anew{endpoint} within {} of GO_AWAY, no message lost", seconds(grace_us)),
    );
    let told: Vec<(usize, &Record)> = service::of(history, &context.device)
        .filter(|(_, record)| record.event == "goaway.sent")
        .collect();
    if told.is_empty() {
        case.unknown("the service sent the device no GO_AWAY", []);
    }
    let mut longest = 0;
    let mut shown = Vec::new();
    for (index, go) in &told {
        let allowed = grace_us + context.slack_us;
        let back = connected_after(history, context, go);
        let took = back.map(|(_, record)| record.t_us - go.t_us);
        let Some((back, record)) = back.filter(|_| took.is_some_and(|took| took <= allowed)) else {
            late(took, *index, go, allowed, history, context, &mut case);
            continue;
        };
        longest = longest.max(record.t_us - go.t_us);
        shown.extend([*index, back]);
        if params.new_endpoint && !asked_for_endpoint(history, context, go.t_us, record.t_us) {
            case.fail("connected anew without asking for a new endpoint", [*index, back]);
        }
        nothing_lost(go.t_us, record.t_us, history, context, &mut case);
    }
    let told = told.len();
    case.conclude(format!("{} obeyed, the longest in {}", count(told, "GO_AWAY"), seconds(longest)), shown)
}

fn late(
    took: Option<u64>,
    index: usize,
    go: &Record,
    allowed: u64,
    history: &History,
    context: &Context,
    case: &mut Case,
) {
    let waited = context.end_us(history).saturating_sub(go.t_us);
    match took {
        Some(took) => case.fail(format!("connected anew only after {}", seconds(took)), [index]),
        None if waited > allowed => {
            case.fail(format!("not connected anew in {}", seconds(waited)), [index]);
        }
        None => {
            let text = format!("not connected anew in {}, when the run ended", seconds(waited));
            case.unknown(text, [index]);
        }
    }
}

/// The device's first new connection after `go`.
fn connected_after<'h>(
    history: &'h History,
    context: &Context,
    go: &Record,
) -> Option<(usize, &'h Record)> {
    let other = |record: &Record| record.uint("conn") != go.uint("conn");
    let mut opened = service::of(history, &context.device);
    opened.find(|(_, r)| r.event == "ws.open" && r.t_us >= go.t_us && other(r))
}

fn asked_for_endpoint(history: &History, context: &Context, from_us: u64, until_us: u64) -> bool {
    service::of(history, &context.device).any(|(_, record)| {
        record.event == "request"
            && record.says("api", "endpoint")
            && (from_us..=until_us).contains(&record.t_us)
    })
}

fn nothing_lost(from_us: u64, until_us: u64, history: &History, context: &Context, case: &mut Case) {
    let Ok(trace) = Trace::read(history, context) else { return };
    let within = |record: &Record| (from_us..=until_us).contains(&record.t_us);
    for failed in trace.all("send_failed").filter(|seen| within(seen.record)) {
        if failed.text("why") != "stopped" {
            let text = format!("a message of the device was lost ({})", failed.text("why"));
            case.fail(text, [failed.index]);
        }
    }
    let messages = Messages::of(history);
    for sent in message::sent_to_device(history, context) {
        let Some((index, record)) = sent.times.first().copied() else { continue };
        if within(record) && messages.about(sent.identity, DEVICE, "in").next().is_none() {
            case.fail(format!("{} was lost", sent.identity), [index]);
        }
    }
}
