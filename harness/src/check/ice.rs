//! `ice`: the application never holds expired ICE servers.

use mock_kvs::fault::units::Span;
use schemars::JsonSchema;
use serde::Deserialize;

use super::Doc;
use super::case::{Case, count, seconds};
use super::context::{Context, micros};
use super::device::{Seen, Trace};
use super::service;
use crate::history::History;
use crate::verdict::CheckResult;

pub(super) const DOC: Doc = Doc {
    holds: "While connected the device asks for ICE servers again before their time to live less \
            the grace has passed; none is handed over with no time left; a refresh that fails \
            leaves the WebSocket alone.",
    evidence: "The device's `ice`, `call api=ice_config`, `connected` and `closed`; the service's \
               `request api=ice-config`.",
    blind: "Which list an application reads between two refreshes. An offer answered after the \
            list's time is over gives a warning.",
    needs: &["trace"],
};

/// Parameters of `ice`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Params {
    /// The refresh begins this long before the time to live ends. Default: 30 s.
    pub grace: Option<Span>,
}

/// A socket that ends this soon after a failed refresh ended because of it.
const SOON_US: u64 = 1_000_000;

pub(super) fn judge(params: &Params, history: &History, context: &Context) -> CheckResult {
    let grace_us = params.grace.map_or(context.policy.ice_grace_us, micros);
    let mut case = Case::new(
        "ice",
        format!("ICE servers asked for again {} before they expire, socket kept", seconds(grace_us)),
    );
    let trace = match Trace::read(history, context) {
        Ok(trace) => trace,
        Err(untraced) => {
            case.unknown(untraced.text(context), untraced.evidence());
            return case.conclude("", []);
        }
    };
    let lists: Vec<Seen<'_>> = trace.all("ice").collect();
    let asked: Vec<u64> = service::of(history, &context.device)
        .filter(|(_, r)| r.event == "request" && r.says("api", "ice-config"))
        .map(|(_, r)| r.t_us)
        .collect();
    let mut due = 0;
    for (place, list) in lists.iter().enumerate() {
        let next_us = lists.get(place + 1).map_or(u64::MAX, |next| next.us);
        due += usize::from(refreshed(list, next_us, grace_us, &asked, &trace, history, context, &mut case));
        expired_in_use(list, next_us, &trace, &mut case);
    }
    let failed = failed_refreshes(&trace, &mut case);
    if due + failed == 0 && case.is_clean() {
        case.unknown("no refresh was due and none failed", lists.iter().map(|list| list.index));
    }
    let held = format!("{} in time, {} harmless", count(due, "refresh"), count(failed, "failed one"));
    case.conclude(held.replace("refreshs", "refreshes"), lists.iter().map(|list| list.index))
}

/// Whether a refresh of this list was due while connected, and came in time.
#[expect(clippy::too_many_arguments, reason = "one list, and everything it is judged by")]
fn refreshed(
    list: &Seen<'_>,
    next_us: u64,
    grace_us: u64,
    asked: &[u64],
    trace: &Trace<'_>,
    history: &History,
    context: &Context,
    case: &mut Case,
) -> bool {
    let ttl_us = list.uint("ttl_s") * 1_000_000;
    if ttl_us == 0 {
        case.fail("a list was handed over with no time left", [list.index]);
        return false;
    }
    let late_us = context.lateness_us() + context.slack_us;
    let deadline_us = list.us + ttl_us.saturating_sub(grace_us) + late_us;
    let over = context.end_us(history) <= deadline_us || ttl_us <= grace_us;
    // Without a connection there is nothing to keep fresh: the next connect asks anyway.
    if over || !connected_at(trace, deadline_us) {
        return false;
    }
    let begun = list.record.t_us;
    let in_time = asked.iter().any(|t_us| (begun + 1..=deadline_us).contains(t_us));
    if !in_time && next_us > deadline_us {
        let ttl = seconds(ttl_us);
        let by = seconds(deadline_us - list.us);
        case.fail(format!("a list of {ttl} was not asked for again within {by}"), [list.index]);
    }
    true
}

fn connected_at(trace: &Trace<'_>, us: u64) -> bool {
    trace.links().iter().any(|link| {
        let begun = link.connected.is_some_and(|connected| connected.us <= us);
        begun && link.closed.is_none_or(|closed| closed.us > us)
    })
}

/// An offer answered when the list's time was over.
fn expired_in_use(list: &Seen<'_>, next_us: u64, trace: &Trace<'_>, case: &mut Case) {
    let expired_us = list.us + list.uint("ttl_s") * 1_000_000;
    let answer = trace
        .all("out")
        .filter(|out| out.text("type") == "SDP_ANSWER")
        .find(|out| out.us > expired_us && out.us < next_us);
    if let Some(answer) = answer {
        let over = seconds(answer.us - expired_us);
        let text = format!("an offer was answered {over} after the ICE servers expired");
        case.warn(text, [list.index, answer.index]);
    }
}

/// Counts failed refreshes beside a live socket; one that ends the socket fails.
fn failed_refreshes(trace: &Trace<'_>, case: &mut Case) -> usize {
    let links = trace.links();
    let mut failed = 0;
    for call in trace.all("call") {
        if call.text("api") != "ice_config" || call.uint("status") == 200 {
            continue;
        }
        let live = links.iter().find(|link| {
            let begun = link.connected.is_some_and(|connected| connected.index < call.index);
            begun && link.closed.is_none_or(|closed| closed.index > call.index)
        });
        let Some(live) = live else { continue };
        failed += 1;
        let soon = |closed: &Seen<'_>| closed.us <= call.us + SOON_US;
        let ended = live.closed.filter(|closed| closed.text("why") == "local" && soon(closed));
        if let Some(ended) = ended.filter(|_| !live.left) {
            let text = format!("a refresh failed, and the device gave up link {}", live.number);
            case.fail(text, [call.index, ended.index]);
        }
    }
    failed
}
