//! `storm`: however long an outage, the device does not hammer the service.

use schemars::JsonSchema;
use serde::Deserialize;

use super::Doc;
use super::case::{Case, count};
use super::context::Context;
use super::service;
use crate::history::History;
use crate::verdict::CheckResult;

pub(super) const DOC: Doc = Doc {
    holds: "The device connects at most 3 times in any second (the service's quota per channel) \
            and at most 500 times in any hour.",
    evidence: "The service's `upgrade`, and connections that ended before any request was read.",
    blind: "Attempts that never reach the service: no route, no name. A fleet's peak against its \
            mean needs more than one device.",
    needs: &[],
};

/// Parameters of `storm`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Params {
    /// Connects in any second.
    pub per_second: usize,
    /// Connects in any hour.
    pub per_hour: usize,
}

impl Default for Params {
    fn default() -> Self {
        Self { per_second: 3, per_hour: 500 }
    }
}

const SECOND_US: u64 = 1_000_000;
const HOUR_US: u64 = 3_600 * SECOND_US;

pub(super) fn judge(params: &Params, history: &History, context: &Context) -> CheckResult {
    let (second, hour) = (params.per_second, params.per_hour);
    let mut case = Case::new("storm", format!("at most {second} connects a second, {hour} an hour"));
    let mut connects: Vec<(usize, u64)> = service::conns(history, &context.device)
        .iter()
        .filter_map(|conn| {
            let fruitless = conn.end.filter(|_| !conn.asked);
            let (index, record) = conn.upgrade.or(conn.accept.filter(|_| fruitless.is_some())).or(fruitless)?;
            Some((index, record.t_us))
        })
        .collect();
    connects.sort_by_key(|(_, t_us)| *t_us);
    if connects.is_empty() {
        case.unknown("the device did not connect at all", []);
    }
    let mut most = [0, 0];
    let limits = [(SECOND_US, second, "second"), (HOUR_US, hour, "hour")];
    for (place, (window_us, limit, name)) in limits.into_iter().enumerate() {
        let (number, begin) = busiest(&connects, window_us);
        most[place] = number;
        if number > limit {
            let shown = connects[begin..begin + number].iter().map(|(index, _)| *index);
            case.fail(format!("{number} connects in one {name}"), shown);
        }
    }
    let all = count(connects.len(), "connect");
    case.conclude(format!("{all}, at most {} a second, {} an hour", most[0], most[1]), [])
}

/// The most events in any window, and the first of them.
pub(super) fn busiest(events: &[(usize, u64)], window_us: u64) -> (usize, usize) {
    let mut most = (0, 0);
    let mut begin = 0;
    for (end, (_, t_us)) in events.iter().enumerate() {
        while t_us - events[begin].1 >= window_us {
            begin += 1;
        }
        if end + 1 - begin > most.0 {
            most = (end + 1 - begin, begin);
        }
    }
    most
}
