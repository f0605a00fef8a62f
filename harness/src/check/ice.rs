//! `ice`: the application never holds expired ICE servers.

use mock_kvs::fault::units::Span;
use schemars::JsonSchema;
use serde::Deserialize;

use super::Doc;
use super::case::{Case, count, seconds};
use super::context::{Context, micros};
use super::device::{Links, Seen, Trace};
use super::service;
use crate::history::History;
use crate::verdict::CheckResult;

pub(super) const DOC: Doc = Doc {
    holds: "While connected the device asks for ICE servers again before their time to live less \
            the grace has passed, and when RECONNECT_ICE_SERVER tells it to; none is handed over \
            with no time left; a refresh that fails leaves the WebSocket alone.",
    evidence: "The device's `ice`, `reconnect_ice`, `call api=ice_config`, `connected` and \
               `closed`; the service's `request api=ice-config`.",
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

/// Asked for fresh servers, the device has the time of one connect and call to ask for them.
const TOLD_US: u64 = 45_000_000;
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
    let known = Known::of(&trace, grace_us, history, context);
    let lists: Vec<Seen<'_>> = trace.all("ice").collect();
    let mut due = 0;
    for (place, list) in lists.iter().enumerate() {
        let next_us = lists.get(place + 1).map_or(u64::MAX, |next| next.us);
        due += usize::from(known.refreshed(list, next_us, &mut case));
        known.expired_in_use(list, next_us, &mut case);
    }
    due += known.told(&trace, &mut case);
    let failed = failed_refreshes(&trace, &known.links, &mut case);
    if due + failed == 0 && case.is_clean() {
        case.unknown("no refresh was due and none failed", lists.iter().map(|list| list.index));
    }
    let (due, failed) = (count(due, "refresh"), count(failed, "failed one"));
    case.conclude(format!("{due} in time, {failed} harmless"), lists.iter().map(|list| list.index))
}

/// What every list is judged by.
struct Known<'h> {
    links: Links<'h>,
    /// When the service was asked for a list.
    asked: Vec<u64>,
    answers: Vec<Seen<'h>>,
    grace_us: u64,
    late_us: u64,
    end_us: u64,
}

impl<'h> Known<'h> {
    fn of(trace: &Trace<'h>, grace_us: u64, history: &History, context: &Context) -> Self {
        let asked = service::of(history, &context.device)
            .filter(|(_, r)| r.event == "request" && r.says("api", "ice-config"))
            .map(|(_, r)| r.t_us);
        Self {
            links: trace.links(),
            asked: asked.collect(),
            answers: trace.all("out").filter(|out| out.text("type") == "SDP_ANSWER").collect(),
            grace_us,
            late_us: context.lateness_us() + context.slack_us,
            end_us: context.end_us(history),
        }
    }

    /// Whether a refresh of this list was due while connected; it must have come in time.
    fn refreshed(&self, list: &Seen<'_>, next_us: u64, case: &mut Case) -> bool {
        let ttl_us = list.uint("ttl_s") * 1_000_000;
        if ttl_us == 0 {
            case.fail("a list was handed over with no time left", [list.index]);
            return false;
        }
        let deadline_us = list.us + ttl_us.saturating_sub(self.grace_us) + self.late_us;
        let over = self.end_us <= deadline_us || ttl_us <= self.grace_us;
        // Without a connection there is nothing to keep fresh: the next connect asks anyway.
        if over || !self.connected_at(deadline_us) {
            return false;
        }
        let next_asked = self.asked.partition_point(|t_us| *t_us <= list.record.t_us);
        let in_time = self.asked.get(next_asked).is_some_and(|t_us| *t_us <= deadline_us);
        if !in_time && next_us > deadline_us {
            let (ttl, by) = (seconds(ttl_us), seconds(deadline_us - list.us));
            case.fail(format!("a list of {ttl} was not asked for again within {by}"), [list.index]);
        }
        true
    }

    /// RECONNECT_ICE_SERVER is followed by a request; gives how many were judged.
    fn told(&self, trace: &Trace<'_>, case: &mut Case) -> usize {
        let mut judged = 0;
        for told in trace.all("reconnect_ice") {
            let deadline_us = told.record.t_us + TOLD_US + self.late_us;
            let next_asked = self.asked.partition_point(|t_us| *t_us < told.record.t_us);
            let asked = self.asked.get(next_asked).is_some_and(|t_us| *t_us <= deadline_us);
            if !asked && self.end_us <= deadline_us {
                continue;
            }
            judged += 1;
            if !asked {
                let by = seconds(TOLD_US);
                let text = format!("RECONNECT_ICE_SERVER came, and none was asked for within {by}");
                case.fail(text, [told.index]);
            }
        }
        judged
    }

    fn connected_at(&self, us: u64) -> bool {
        self.links.iter().any(|link| {
            let begun = link.connected.is_some_and(|connected| connected.us <= us);
            begun && link.closed.is_none_or(|closed| closed.us > us)
        })
    }

    /// An offer answered when the list's time was over.
    fn expired_in_use(&self, list: &Seen<'_>, next_us: u64, case: &mut Case) {
        let expired_us = list.us + list.uint("ttl_s") * 1_000_000;
        let first = self.answers.partition_point(|answer| answer.us <= expired_us);
        if let Some(answer) = self.answers.get(first).filter(|answer| answer.us < next_us) {
            let over = seconds(answer.us - expired_us);
            let text = format!("an offer was answered {over} after the ICE servers expired");
            case.warn(text, [list.index, answer.index]);
        }
    }
}

/// Counts failed refreshes beside a live socket; one that ends the socket fails.
fn failed_refreshes(trace: &Trace<'_>, links: &Links<'_>, case: &mut Case) -> usize {
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
