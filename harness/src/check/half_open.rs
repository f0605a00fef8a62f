//! `half_open`: a dead link is noticed, a slow one is kept.

use mock_kvs::fault::units::Span;
use schemars::JsonSchema;
use serde::Deserialize;

use super::Doc;
use super::case::{Case, count, seconds};
use super::context::{Context, micros};
use super::device::{Link, Trace, Untraced};
use super::fault::{self, Effect, Fault};
use super::service::{self, Conn};
use crate::history::{History, Record};
use crate::verdict::CheckResult;

pub(super) const DOC: Doc = Doc {
    holds: "A WebSocket on which a fault silences everything is given up within ping interval + \
            pong timeout. No link is given up before that time, and none that is slow but alive.",
    evidence: "`fault.fired` of stall, black-hole, accept-silence or pong-mute (or the point \
               `since`) and of the slowing faults; the device's `half_open` and `closed`. Without \
               a trace the next `accept` at the service, and `conn.end by=client` of a slow one.",
    blind: "Without a trace the first back-off wait and the connect count into the time. A client \
            that relies on TCP keep-alive is judged fairly only where packets are dropped: a \
            black-hole still acknowledges.",
    needs: &[],
};

/// Parameters of `half_open`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Params {
    /// The point from which the link is dead; without it, each fault that silences one.
    pub since: Option<String>,
    /// The time until the device gives the link up. Default: its ping interval (10 s) and pong
    /// timeout (15 s).
    pub within: Option<Span>,
}

pub(super) fn judge(params: &Params, history: &History, context: &Context) -> CheckResult {
    let patience_us = context.policy.ping_after_us + context.policy.pong_timeout_us;
    let within_us = params.within.map_or(patience_us, micros);
    let mut case = Case::new(
        "half_open",
        format!("a dead link given up within {}, a slow one kept", seconds(within_us)),
    );
    let trace = match Trace::read(history, context) {
        Ok(trace) => Some(trace),
        Err(Untraced::Absent) => None,
        Err(untraced) => {
            case.unknown(untraced.text(context), untraced.evidence());
            return case.conclude("", []);
        }
    };
    let faults = fault::all(history);
    let conns = service::conns(history, &context.device);
    let deaths = deaths(params, &faults, &conns, history, context, &mut case);
    let mut noticed = 0;
    for death in &deaths {
        let end = match &trace {
            Some(trace) => death.end_by_trace(trace),
            None => death.end_by_service(&conns),
        };
        noticed += usize::from(death.judge(end, within_us, trace.is_some(), history, context, &mut case));
    }
    let slow = match &trace {
        Some(trace) => {
            false_alarms(trace, &faults, params, patience_us, &mut case);
            slow_links(trace, &faults, &mut case)
        }
        None => slow_sockets(&conns, &faults, &mut case),
    };
    if noticed + slow == 0 && case.is_clean() {
        case.unknown("no WebSocket was dead long enough, or slow, so nothing was to notice", []);
    }
    let held = format!("{} given up in time, {} kept", count(noticed, "dead link"), count(slow, "slow one"));
    case.conclude(held, deaths.iter().filter_map(|death| death.index))
}

/// A moment from which a WebSocket of the device is dead.
struct Death {
    index: Option<usize>,
    t_us: u64,
    healed_us: Option<u64>,
}

fn deaths(
    params: &Params,
    faults: &[Fault<'_>],
    conns: &[Conn<'_>],
    history: &History,
    context: &Context,
    case: &mut Case,
) -> Vec<Death> {
    if let Some(name) = params.since.as_deref() {
        let fault = faults.iter().find(|fault| fault.name == name);
        let healed_us = fault.and_then(|fault| fault.healed_us);
        let index = fault.and_then(|fault| fault.fired.first()).map(|(index, _)| *index);
        let moment = context.since(history, Some(name), case);
        return moment.map(|t_us| Death { index, t_us, healed_us }).into_iter().collect();
    }
    let silent = faults.iter().filter(|fault| fault.effect == Effect::Silences);
    silent
        .flat_map(|fault| {
            let of_socket = |record: &Record| {
                let number = record.uint("conn");
                let conn = conns.iter().find(|conn| Some(conn.number) == number);
                conn.is_none_or(|conn| conn.open.is_some_and(|(_, o)| o.t_us <= record.t_us))
            };
            let fired = fault.fired.iter().filter(move |(_, record)| of_socket(record));
            let healed_us = fault.healed_us;
            fired.take(1).map(move |(index, record)| Death {
                index: Some(*index),
                t_us: record.t_us,
                healed_us,
            })
        })
        .collect()
}

impl Death {
    /// The end of the WebSocket that was up at this moment; `None` when none was.
    fn end_by_trace(&self, trace: &Trace<'_>) -> Option<Option<(usize, u64)>> {
        let links = trace.links();
        let up = |link: &&Link<'_>| {
            let begun = link.connected.is_some_and(|c| c.record.t_us <= self.t_us);
            begun && link.closed.is_none_or(|closed| closed.record.t_us >= self.t_us)
        };
        let link = links.iter().filter(|link| link.is_wss).find(up)?;
        let given_up = trace
            .all("half_open")
            .find(|seen| seen.uint("link") == link.number && seen.record.t_us >= self.t_us);
        let end = given_up.or(link.closed);
        Some(end.map(|seen| (seen.index, seen.record.t_us)))
    }

    /// The next time the device connects.
    fn end_by_service(&self, conns: &[Conn<'_>]) -> Option<Option<(usize, u64)>> {
        let up = |conn: &Conn<'_>| conn.open.is_some_and(|(_, open)| open.t_us <= self.t_us);
        conns.iter().find(|conn| up(conn))?;
        let mut accepts = conns.iter().filter_map(|conn| conn.accept);
        let next = accepts.find(|(_, accept)| accept.t_us > self.t_us);
        Some(next.map(|(index, accept)| (index, accept.t_us)))
    }

    /// Whether it had to be noticed and was.
    fn judge(
        &self,
        end: Option<Option<(usize, u64)>>,
        within_us: u64,
        traced: bool,
        history: &History,
        context: &Context,
        case: &mut Case,
    ) -> bool {
        let Some(end) = end else { return false };
        // Without a trace: the first wait (twice its base) and the way to the next accept.
        let unseen_us = if traced { 0 } else { 2 * context.policy.backoff_base_us + 1_000_000 };
        let allowed_us = within_us + context.lateness_us() + context.slack_us + unseen_us;
        let deadline = self.t_us + allowed_us;
        let at = seconds(self.t_us);
        match end {
            Some((_, t_us)) if t_us <= deadline => true,
            _ if self.healed_us.is_some_and(|healed| healed < deadline) => false,
            Some((index, t_us)) => {
                let took = seconds(t_us - self.t_us);
                let text = format!("the link dead at {at} was given up after {took}");
                case.fail(text, self.index.into_iter().chain([index]));
                false
            }
            None => {
                let waited = context.end_us(history).saturating_sub(self.t_us);
                let text = format!("the link dead at {at} was not given up in {}", seconds(waited));
                if waited < allowed_us {
                    case.unknown(format!("{text}, when the run ended"), self.index);
                } else {
                    case.fail(text, self.index);
                }
                false
            }
        }
    }
}

/// Links given up too early, or without anything that silenced them.
fn false_alarms(
    trace: &Trace<'_>,
    faults: &[Fault<'_>],
    params: &Params,
    patience_us: u64,
    case: &mut Case,
) {
    for alarm in trace.all("half_open") {
        let silent_us = alarm.uint("silent_ms") * 1_000;
        let number = alarm.uint("link");
        // Two roundings to the millisecond.
        if silent_us + 2_000 < patience_us {
            let text = format!("link {number} was given up after only {}", seconds(silent_us));
            case.fail(text, [alarm.index]);
        }
        let cause = faults.iter().any(|fault| {
            let fired = fault.fired.first().is_some_and(|(_, r)| r.t_us <= alarm.record.t_us);
            fault.effect == Effect::Silences && fired
        });
        if !cause && params.since.is_none() {
            let text = format!("link {number} was given up, and nothing had silenced it");
            case.fail(text, [alarm.index]);
        }
    }
}

/// [`slow_links`] as the service saw them.
fn slow_sockets(conns: &[Conn<'_>], faults: &[Fault<'_>], case: &mut Case) -> usize {
    let mut slow = 0;
    for fault in faults.iter().filter(|fault| fault.effect == Effect::Slows) {
        let Some((fired, record)) = fault.fired.first() else { continue };
        let until = fault.healed_us.unwrap_or(u64::MAX);
        for conn in conns {
            let Some((_, open)) = conn.open else { continue };
            let ended = conn.end.map_or(u64::MAX, |(_, end)| end.t_us);
            if open.t_us > until || ended < record.t_us {
                continue;
            }
            slow += 1;
            let left = |(_, end): &(usize, &Record)| end.t_us <= until && end.says("by", "client");
            let blocked = faults.iter().any(|other| {
                other.effect.blocks() && other.fired.iter().any(|(_, r)| r.t_us <= ended)
            });
            if let Some((index, _)) = conn.end.filter(left).filter(|_| !blocked) {
                let text = format!("the client ended its WebSocket while `{}` slowed it", fault.name);
                case.fail(text, [*fired, index]);
            }
        }
    }
    slow
}

/// WebSockets that lived under a slowing fault; those that the device ended itself fail.
fn slow_links(trace: &Trace<'_>, faults: &[Fault<'_>], case: &mut Case) -> usize {
    let links = trace.links();
    let mut slow = 0;
    for fault in faults.iter().filter(|fault| fault.effect == Effect::Slows) {
        let Some((fired, record)) = fault.fired.first() else { continue };
        let until = fault.healed_us.unwrap_or(u64::MAX);
        let sockets = links.iter().filter(|link| link.is_wss && !link.left);
        for link in sockets {
            let Some(connected) = link.connected else { continue };
            let ended = link.closed.map_or(u64::MAX, |closed| closed.record.t_us);
            if connected.record.t_us > until || ended < record.t_us {
                continue;
            }
            slow += 1;
            let Some(closed) = link.closed.filter(|c| c.record.t_us <= until) else { continue };
            let blocked = faults.iter().any(|other| {
                other.effect.blocks() && other.fired.iter().any(|(_, r)| r.t_us <= ended)
            });
            let own_doing = matches!(closed.text("why"), "local" | "timeout");
            if own_doing && !blocked {
                let text = format!("link {} was given up while `{}` slowed it", link.number, fault.name);
                case.fail(text, [*fired, closed.index]);
            }
        }
    }
    slow
}
