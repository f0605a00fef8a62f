//! `reconnect`: what was lost comes back in time, once.

use mock_kvs::fault::units::Span;
use schemars::JsonSchema;
use serde::Deserialize;

use super::Doc;
use super::case::{Case, count, seconds};
use super::context::Context;
use super::device::{Links, Trace, Untraced};
use super::fault::{self, Effect};
use super::service;
use crate::history::{History, Record};
use crate::verdict::CheckResult;

pub(super) const DOC: Doc = Doc {
    holds: "Each lost WebSocket is followed by CONNECTED within the time; no two WebSockets of the \
            device live at once; nothing is delivered from a link that has ended.",
    evidence: "The device's `connected`, `closed`, `up` and `in`; without a trace the service's \
               `ws.open` and `conn.end`. Without `since` the time counts from the loss, or from \
               the last fault that stood in the way, whichever is later.",
    blind: "Without a trace: what the application got from an old link, and when the device itself \
            noticed the loss.",
    needs: &[],
};

/// Longest time to CONNECTED that nobody has to ask for: one full back-off wait (20 s) and the
/// connect after it.
const WITHIN_DEFAULT: u64 = 30_000_000;

/// Parameters of `reconnect`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Params {
    /// The fault, or another named point, that the time counts from. Without it every loss is
    /// judged, from the loss or the last fault in its way.
    pub since: Option<String>,
    /// The time to CONNECTED. Without it that of the scenario's own `wait` for `ws.open` since the
    /// same point, or 30 s.
    pub within: Option<Span>,
}

pub(super) fn judge(params: &Params, history: &History, context: &Context) -> CheckResult {
    let since = params.since.as_deref();
    let within_us = context.required(params.within, "ws.open", since).unwrap_or(WITHIN_DEFAULT);
    let mut case = Case::new(
        "reconnect",
        format!(
            "CONNECTED within {} of {}, one WebSocket at a time, nothing from an old link",
            seconds(within_us),
            since.map_or("the loss".to_owned(), |name| format!("`{name}`")),
        ),
    );
    let Some(moment) = context.since(history, since, &mut case) else {
        return case.conclude("", []);
    };
    let losses = match Trace::read(history, context) {
        Ok(trace) => {
            let links = trace.links();
            one_at_a_time(&links, &mut case);
            nothing_from_old_links(&trace, &links, &mut case);
            lost_by_trace(&trace, history)
        }
        Err(Untraced::Absent) => lost_by_service(history, context),
        Err(untraced) => {
            case.unknown(untraced.text(context), untraced.evidence());
            return case.conclude("", []);
        }
    };
    let after = losses.iter().filter(|loss| loss.lost.1.t_us + context.slack_us >= moment);
    let judged: Vec<&Loss<'_>> = match since {
        Some(_) => after.take(1).collect(),
        None => after.collect(),
    };
    let mut longest = 0;
    for loss in &judged {
        let from_us = if since.is_some() { moment } else { loss.from_us };
        let allowed = within_us + context.slack_us;
        longest = longest.max(loss.took_us(from_us, context, history));
        loss.judge(from_us, allowed, context, history, &mut case);
    }
    if judged.is_empty() {
        case.unknown("the device lost no connection, so it regained none", []);
    }
    let shown = judged.iter().flat_map(|loss| loss.records());
    let held = format!("{} regained, the longest after {}", count(judged.len(), "loss"), seconds(longest));
    case.conclude(held, shown)
}

/// The longest time without a connection that works: from the loss, from the fault that silenced
/// the link before it, or from the last fault that stood in the way of the next one, to CONNECTED.
pub fn recovery_ms(history: &History, context: &Context) -> Option<u64> {
    let faults = fault::all(history);
    let silences: Vec<(u64, Option<u64>)> = faults
        .iter()
        .filter(|fault| fault.effect == Effect::Silences)
        .flat_map(|fault| fault.fired.iter().map(|(_, r)| (r.t_us, fault.healed_us)))
        .collect();
    let losses = match Trace::read(history, context) {
        Ok(trace) => lost_by_trace(&trace, history),
        Err(_) => lost_by_service(history, context),
    };
    let mut since_us = 0;
    let mut longest = None;
    for loss in &losses {
        let Some((_, regained)) = loss.regained else { continue };
        let lost_us = loss.lost.1.t_us;
        let until_lost = |(t_us, healed_us): &&(u64, Option<u64>)| {
            (since_us..lost_us).contains(t_us) && healed_us.is_none_or(|healed| healed > lost_us)
        };
        let from_us = match silences.iter().find(until_lost) {
            Some((silent_us, _)) if loss.from_us == lost_us => *silent_us,
            Some(_) | None => loss.from_us,
        };
        longest = longest.max(Some(loss.took_us(from_us, context, history) / 1_000));
        since_us = regained.t_us;
    }
    longest
}

/// A connection that ended, and the one after it.
struct Loss<'h> {
    lost: (usize, &'h Record),
    regained: Option<(usize, &'h Record)>,
    /// The loss, or the last fault before the new connection that kept it from coming.
    from_us: u64,
}

impl<'h> Loss<'h> {
    fn new(
        lost: (usize, &'h Record),
        regained: Option<(usize, &'h Record)>,
        obstacles: &[u64],
    ) -> Self {
        let (begin, end) = (lost.1.t_us, regained.map_or(u64::MAX, |(_, r)| r.t_us));
        let in_the_way = obstacles.iter().filter(|t_us| (begin..=end).contains(t_us));
        Self { lost, regained, from_us: in_the_way.copied().max().unwrap_or(begin) }
    }

    fn records(&self) -> Vec<usize> {
        let regained = self.regained.map(|(index, _)| index);
        std::iter::once(self.lost.0).chain(regained).collect()
    }

    fn took_us(&self, from_us: u64, context: &Context, history: &History) -> u64 {
        let end = self.regained.map_or_else(|| context.end_us(history), |(_, r)| r.t_us);
        end.saturating_sub(from_us)
    }

    fn judge(
        &self,
        from_us: u64,
        allowed_us: u64,
        context: &Context,
        history: &History,
        case: &mut Case,
    ) {
        let took = self.took_us(from_us, context, history);
        let lost = seconds(self.lost.1.t_us);
        match self.regained {
            Some(_) if took <= allowed_us => {}
            Some(_) => {
                let text = format!("the connection lost at {lost} was regained after {}", seconds(took));
                case.fail(text, self.records());
            }
            None if took > allowed_us => {
                let text = format!("the connection lost at {lost} was not regained in {}", seconds(took));
                case.fail(text, self.records());
            }
            None => {
                let text = format!("the run ended {} after the loss at {lost}", seconds(took));
                case.unknown(text, self.records());
            }
        }
    }
}

/// When a fault last spoke: it fired, or was removed after it had.
fn obstacles(history: &History) -> Vec<u64> {
    let faults = fault::all(history);
    let blocking = faults.iter().filter(|fault| fault.effect.blocks() && !fault.fired.is_empty());
    blocking
        .flat_map(|fault| {
            let fired = fault.fired.iter().map(|(_, record)| record.t_us);
            fired.chain(fault.healed_us).collect::<Vec<_>>()
        })
        .collect()
}

fn lost_by_trace<'h>(trace: &Trace<'h>, history: &History) -> Vec<Loss<'h>> {
    let obstacles = obstacles(history);
    let mut losses = Vec::new();
    let mut live: Option<u64> = None;
    let mut lost: Option<(usize, &Record)> = None;
    let mut last_seq = 0;
    for seen in &trace.records {
        let here = (seen.index, seen.record);
        let link = seen.record.uint("link");
        match seen.record.event.as_str() {
            "connected" => {
                if let Some(lost) = lost.take() {
                    losses.push(Loss::new(lost, Some(here), &obstacles));
                }
                live = link;
            }
            "closed" if live.is_some() && link == live => {
                live = None;
                lost = Some(here);
            }
            // Stopped on command: nothing has to come back.
            "stopped" => (live, lost) = (None, None),
            "hello" if seen.record.seq <= last_seq && live.take().is_some() => lost = Some(here),
            _ => {}
        }
        last_seq = seen.record.seq;
    }
    losses.extend(lost.map(|lost| Loss::new(lost, None, &obstacles)));
    losses
}

fn lost_by_service<'h>(history: &'h History, context: &Context) -> Vec<Loss<'h>> {
    let obstacles = obstacles(history);
    let conns = service::conns(history, &context.device);
    let opened: Vec<_> = conns.iter().filter(|conn| conn.open.is_some()).collect();
    let mut losses = Vec::new();
    for (place, conn) in opened.iter().enumerate() {
        let next = opened.get(place + 1).and_then(|conn| conn.open);
        // A half-open link ends at the service long after its successor is there.
        let overtaken = next.filter(|(_, open)| conn.end.is_none_or(|(_, end)| end.t_us > open.t_us));
        if let Some(lost) = overtaken.or(conn.end) {
            losses.push(Loss::new(lost, next, &obstacles));
        }
    }
    losses
}

fn one_at_a_time(links: &Links<'_>, case: &mut Case) {
    let sockets: Vec<_> = links.iter().filter(|link| link.is_wss && link.up.is_some()).collect();
    for pair in sockets.windows(2) {
        let [older, newer] = pair else { continue };
        let (Some(up), closed) = (newer.up, older.closed) else { continue };
        if newer.number > older.number && closed.is_none_or(|closed| closed.index > up.index) {
            let text = format!("link {} came up while link {} was alive", newer.number, older.number);
            case.fail(text, older.up.map(|up| up.index).into_iter().chain([up.index]));
        }
    }
}

fn nothing_from_old_links<'h>(trace: &Trace<'h>, links: &Links<'h>, case: &mut Case) {
    for delivered in trace.all("in") {
        let ended = links.of(&delivered).and_then(|link| link.closed);
        if let Some(ended) = ended.filter(|ended| ended.index < delivered.index) {
            let number = delivered.uint("link");
            let text = format!("a message was delivered from link {number} after its end");
            case.fail(text, [ended.index, delivered.index]);
        }
    }
}
