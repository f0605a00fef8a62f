//! `sockets`: the device holds no more WebSockets than it may.

use schemars::JsonSchema;
use serde::Deserialize;

use super::Doc;
use super::case::{Case, count};
use super::context::Context;
use super::device::{Trace, Untraced};
use super::fault::{self, Effect};
use super::service;
use crate::history::History;
use crate::verdict::CheckResult;

pub(super) const DOC: Doc = Doc {
    holds: "The device, or the named actor, has at most so many WebSockets open at once.",
    evidence: "The device's `up` and `closed` of its WebSocket links; for other actors, and \
               without a trace, the service's `ws.open` and `conn.end`.",
    blind: "Without a trace a link that a fault has silenced stays open at the service after the \
            device has given it up: overlaps with such a link are inconclusive.",
    needs: &[],
};

/// Parameters of `sockets`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Params {
    /// So many at once.
    pub at_most: usize,
    /// Whose; the device's without.
    pub by: Option<String>,
}

impl Default for Params {
    fn default() -> Self {
        Self { at_most: 1, by: None }
    }
}

/// A WebSocket from its begin to its end, by evidence index.
struct Span {
    begin: usize,
    end: Option<usize>,
    /// Whether the end may have been long before.
    silenced: bool,
}

pub(super) fn judge(params: &Params, history: &History, context: &Context) -> CheckResult {
    let actor = params.by.as_deref().unwrap_or(&context.device);
    let at_most = params.at_most;
    let mut case = Case::new("sockets", format!("at most {at_most} open at once by {actor}"));
    let by_service = || of_service(history, actor);
    let mut spans = if actor == context.device {
        match Trace::read(history, context) {
            Ok(trace) => of_trace(&trace),
            Err(Untraced::Absent) => by_service(),
            Err(untraced) => {
                case.unknown(untraced.text(context), untraced.evidence());
                return case.conclude("", []);
            }
        }
    } else {
        by_service()
    };
    spans.sort_by_key(|span| span.begin);
    if spans.is_empty() {
        case.unknown(format!("{actor} opened no WebSocket"), []);
    }
    let mut most = 0;
    let mut open: Vec<&Span> = Vec::new();
    for span in &spans {
        open.retain(|earlier| earlier.end.is_none_or(|end| end > span.begin));
        open.push(span);
        most = most.max(open.len());
        if open.len() > at_most {
            let sure = open.iter().filter(|span| !span.silenced).count();
            let shown = open.iter().map(|span| span.begin);
            let text = format!("{} open at once", open.len());
            if sure > at_most {
                case.fail(text, shown);
            } else {
                case.unknown(format!("{text}, of which {} silenced", open.len() - sure), shown);
            }
        }
    }
    let opened = count(spans.len(), "WebSocket");
    case.conclude(format!("{most} at once of {opened}"), spans.iter().map(|span| span.begin))
}

fn of_trace(trace: &Trace<'_>) -> Vec<Span> {
    let links = trace.links();
    let sockets = links.iter().filter(|link| link.is_wss);
    let span = |link: &super::device::Link<'_>| {
        let begin = link.up.or(link.connected)?.index;
        Some(Span { begin, end: link.closed.map(|closed| closed.index), silenced: false })
    };
    let mut spans: Vec<Span> = sockets.filter_map(span).collect();
    // A reset closes everything without a word.
    let boots: Vec<usize> = trace.all("hello").map(|hello| hello.index).collect();
    for span in &mut spans {
        let boot = boots.iter().find(|boot| **boot > span.begin && trace.is_boot(**boot));
        span.end = match (span.end, boot) {
            (Some(end), Some(boot)) => Some(end.min(*boot)),
            (end, boot) => end.or(boot.copied()),
        };
    }
    spans
}

fn of_service(history: &History, actor: &str) -> Vec<Span> {
    let faults = fault::all(history);
    let silenced: Vec<u64> = faults
        .iter()
        .filter(|fault| fault.effect == Effect::Silences)
        .flat_map(|fault| fault.fired.iter().filter_map(|(_, record)| record.uint("conn")))
        .collect();
    let conns = service::conns(history, actor);
    conns
        .iter()
        .filter_map(|conn| {
            let (begin, _) = conn.open?;
            let end = conn.end.map(|(end, _)| end);
            Some(Span { begin, end, silenced: silenced.contains(&conn.number) })
        })
        .collect()
}
