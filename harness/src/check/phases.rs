//! `phases`: each part of an attempt has its own bound, and none hangs.

use mock_kvs::fault::units::Span;
use schemars::JsonSchema;
use serde::Deserialize;

use super::Doc;
use super::case::{Case, count, seconds};
use super::context::{Context, micros};
use super::device::{Seen, Trace};
use crate::history::History;
use crate::verdict::CheckResult;

pub(super) const DOC: Doc = Doc {
    holds: "TCP and TLS together, each HTTP call, and the WebSocket upgrade end within their own \
            time, well or badly.",
    evidence: "The device's `open`, `up`, `call`, `connected` and `closed`, on its own clock.",
    blind: "The share of name service, TCP and TLS within `open` to `up`. A second call on a link \
            that never ends, when nothing follows it.",
    needs: &["trace"],
};

/// Parameters of `phases`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Params {
    /// TCP and TLS together, from `open` to `up`.
    pub connect: Span,
    /// One HTTP call.
    pub call: Span,
    /// The WebSocket upgrade.
    pub upgrade: Span,
}

impl Default for Params {
    fn default() -> Self {
        Self {
            connect: Span::from_millis(30_000),
            call: Span::from_millis(15_000),
            upgrade: Span::from_millis(15_000),
        }
    }
}

pub(super) fn judge(params: &Params, history: &History, context: &Context) -> CheckResult {
    let mut case = Case::new(
        "phases",
        format!(
            "connect within {}, each call within {}, the upgrade within {}",
            params.connect, params.call, params.upgrade
        ),
    );
    let trace = match Trace::read(history, context) {
        Ok(trace) => trace,
        Err(untraced) => {
            case.unknown(untraced.text(context), untraced.evidence());
            return case.conclude("", []);
        }
    };
    let end_us = context.end_us(history);
    let mut phases = 0;
    let links = trace.links();
    for link in links.iter() {
        let mut judged = |name: &str, from: Option<Seen<'_>>, to: Option<Seen<'_>>, limit: Span| {
            let Some(from) = from else { return };
            phases += 1;
            let took_us = to.map_or(end_us, |to| to.us).saturating_sub(from.us);
            if took_us > micros(limit) + context.lateness_us() {
                let number = link.number;
                let how = if to.is_some() { "took" } else { "hung for" };
                let text = format!("{name} of link {number} {how} {}", seconds(took_us));
                case.fail(text, [from.index].into_iter().chain(to.map(|to| to.index)));
            }
        };
        judged("the connect", link.open, link.up.or(link.closed), params.connect);
        if link.is_wss {
            judged("the upgrade", link.up, link.connected.or(link.closed), params.upgrade);
        } else if !link.called {
            judged("the first call", link.up, link.closed, params.call);
        }
    }
    for call in trace.all("call") {
        phases += 1;
        let (limit, took_us) = (params.call, call.uint("took_ms") * 1_000);
        if took_us > micros(limit) + context.lateness_us() {
            let text = format!("`{}` took {}", call.text("api"), seconds(took_us));
            case.fail(text, [call.index]);
        }
    }
    if phases == 0 {
        case.unknown("the device attempted nothing", []);
    }
    case.conclude(format!("{} within their bounds", count(phases, "phase")), [])
}
