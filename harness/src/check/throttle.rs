//! `throttle`: the device keeps to the service's rates, and a limit it meets slows that call alone.

use std::collections::BTreeMap;

use mock_kvs::fault::units::Span;
use schemars::JsonSchema;
use serde::Deserialize;

use super::Doc;
use super::case::{Case, count, seconds};
use super::context::{Context, micros};
use super::device::{Trace, Untraced};
use super::service::{self, Conn};
use super::storm::busiest;
use crate::history::{History, Record};
use crate::verdict::CheckResult;

pub(super) const DOC: Doc = Doc {
    holds: "On each socket the device sends at most 5 offers and answers and 20 candidates in any \
            second. After 429, LimitExceeded or 5xx the same call is not made again for the first \
            back-off wait, and a live WebSocket beside it stays.",
    evidence: "The device's `written` and `out` on its own clock, or the service's `ws.in`; the \
               service's `request`, `response` and `conn.end`.",
    blind: "Without a trace a link that was slow may bunch what was sent evenly: too many arrivals \
            under a link fault are inconclusive.",
    needs: &[],
};

/// Parameters of `throttle`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Params {
    /// Offers and answers in any second of one socket.
    pub sdp_per_second: usize,
    /// Candidates in any second of one socket.
    pub ice_per_second: usize,
    /// The shortest time before a limited call is made again. Default: the first back-off wait.
    pub wait: Option<Span>,
}

impl Default for Params {
    fn default() -> Self {
        Self { sdp_per_second: 5, ice_per_second: 20, wait: None }
    }
}

const SECOND_US: u64 = 1_000_000;

pub(super) fn judge(params: &Params, history: &History, context: &Context) -> CheckResult {
    let (sdp, ice) = (params.sdp_per_second, params.ice_per_second);
    let wait_us = params.wait.map_or(context.policy.backoff_base_us, micros);
    let mut case = Case::new(
        "throttle",
        format!("at most {sdp} SDP and {ice} ICE a second per socket; limited calls wait {}", seconds(wait_us)),
    );
    let (sends, sure) = match Trace::read(history, context) {
        Ok(trace) => (written(&trace), true),
        Err(Untraced::Absent) => {
            let slowed = super::fault::all(history).iter().any(|fault| !fault.fired.is_empty());
            (arrived(history, context), !slowed)
        }
        Err(untraced) => {
            case.unknown(untraced.text(context), untraced.evidence());
            (BTreeMap::new(), true)
        }
    };
    let mut sent = 0;
    for ((socket, is_ice), events) in &sends {
        sent += events.len();
        let (limit, kind) = if *is_ice { (ice, "ICE") } else { (sdp, "SDP") };
        let (most, begin) = busiest(events, SECOND_US);
        if most > limit {
            let shown = events[begin..begin + most].iter().map(|(index, _)| *index);
            let text = format!("{most} {kind} messages in one second on socket {socket}");
            if sure {
                case.fail(text, shown);
            } else {
                case.unknown(format!("{text}, which a fault may have bunched"), shown);
            }
        }
    }
    let limited = limited_calls(wait_us, history, context, &mut case);
    if sent + limited == 0 && case.is_clean() {
        case.unknown("the device sent nothing and no call of it was limited", []);
    }
    case.conclude(format!("{} sent, {}", count(sent, "message"), count(limited, "limited call")), [])
}

/// Sends by socket and by whether they are candidates: evidence index and time.
type Sends = BTreeMap<(u64, bool), Vec<(usize, u64)>>;

fn written(trace: &Trace<'_>) -> Sends {
    let mut kinds: BTreeMap<u64, bool> = BTreeMap::new();
    let mut sends = Sends::new();
    for seen in &trace.records {
        let ticket = seen.uint("ticket");
        match seen.record.event.as_str() {
            "out" => drop(kinds.insert(ticket, seen.text("type") == "ICE_CANDIDATE")),
            "written" => {
                let Some(is_ice) = kinds.get(&ticket) else { continue };
                let socket = (seen.uint("link"), *is_ice);
                sends.entry(socket).or_default().push((seen.index, seen.us));
            }
            _ => {}
        }
    }
    sends
}

fn arrived(history: &History, context: &Context) -> Sends {
    let mut sends = Sends::new();
    for (index, record) in service::of(history, &context.device) {
        if record.event == "ws.in" {
            let socket = record.uint("conn").unwrap_or_default();
            let is_ice = record.says("type", "ICE_CANDIDATE");
            sends.entry((socket, is_ice)).or_default().push((index, record.t_us));
        }
    }
    sends
}

fn is_limit(record: &Record) -> bool {
    let status = record.uint("status").unwrap_or_default();
    let named = record.text("error").is_some_and(|e| e.contains("LimitExceeded"));
    status == 429 || status >= 500 || named
}

/// Judges what follows each limited call, and counts them.
fn limited_calls(wait_us: u64, history: &History, context: &Context, case: &mut Case) -> usize {
    let conns = service::conns(history, &context.device);
    let calls: Vec<(usize, &Record)> = service::of(history, &context.device)
        .filter(|(_, r)| matches!(r.event.as_str(), "request" | "response"))
        .collect();
    let mut limited = 0;
    for (place, (index, response)) in calls.iter().enumerate() {
        if response.event != "response" || !is_limit(response) {
            continue;
        }
        limited += 1;
        let api = response.text("api").unwrap_or_default();
        let again = calls[place..].iter().find(|(_, r)| r.event == "request" && r.says("api", api));
        let until_us = again.map_or(u64::MAX, |(_, request)| request.t_us);
        if let Some((next, request)) = again {
            let gap_us = request.t_us - response.t_us;
            if gap_us + context.slack_us + 2_000 < wait_us {
                let text = format!("`{api}` was limited and made again after {}", seconds(gap_us));
                case.fail(text, [*index, *next]);
            }
        }
        let dropped = conns.iter().find_map(|conn| dropped(conn, response.t_us, until_us));
        if let Some((end, number)) = dropped {
            let text = format!("`{api}` was limited, and the device left connection {number} for it");
            case.fail(text, [*index, end]);
        }
    }
    limited
}

/// A WebSocket that was live at the time and that the device itself ended soon after.
fn dropped(conn: &Conn<'_>, t_us: u64, until_us: u64) -> Option<(usize, u64)> {
    let (_, open) = conn.open?;
    let (index, end) = conn.end?;
    // The service may end it of its own accord; so may the device, later and for another reason.
    let soon = (t_us..=until_us.min(t_us + SECOND_US)).contains(&end.t_us);
    (open.t_us <= t_us && soon && end.says("by", "client")).then_some((index, conn.number))
}
