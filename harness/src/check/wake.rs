//! `wake`: after a sleep the device asks for nothing it knew, and shakes hands with tickets.

use schemars::JsonSchema;
use serde::Deserialize;

use super::Doc;
use super::case::{Case, count, seconds};
use super::context::Context;
use super::device::{Seen, Trace};
use super::service;
use crate::history::{HARNESS, History};
use crate::verdict::CheckResult;

pub(super) const DOC: Doc = Doc {
    holds: "From each wake to its first answer the device makes no more control-plane calls and no \
            more full TLS handshakes than it may.",
    evidence: "The device's `hello` with reset=deep_sleep, `connected`, `out` and `written`; the \
               service's `tls` and `request` of the device in between; and of what its connections \
               carried (bytes, round trips), which the service counts, the harness's `traffic` after \
               the step in which the answer came.",
    blind: "Times are the device's own from its start, without what its boot ROM takes. Round trips \
            of the network's own set-up (DHCP, ARP, names).",
    needs: &["trace", "tls"],
};

/// Parameters of `wake`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Params {
    /// Calls of describe, create and endpoint that a wake may make.
    pub control_plane_calls: usize,
    /// Full handshakes that a wake may make; resumed ones are free.
    pub full_handshakes: usize,
    /// Resumed handshakes that there must be.
    pub resumed_handshakes: usize,
}

impl Default for Params {
    fn default() -> Self {
        Self { control_plane_calls: 0, full_handshakes: 1, resumed_handshakes: 1 }
    }
}

const CONTROL_PLANE: [&str; 3] = ["describe", "create", "endpoint"];

pub(super) fn judge(params: &Params, history: &History, context: &Context) -> CheckResult {
    let Params { control_plane_calls, full_handshakes, resumed_handshakes } = params;
    let required = format!(
        "from a wake to its first answer at most {} and {full_handshakes} full TLS handshakes, at least \
         {resumed_handshakes} resumed",
        count(*control_plane_calls, "control-plane call"),
    );
    let mut case = Case::new("wake", required);
    let trace = Trace::whatever_is_there(history);
    let wakes: Vec<usize> = (0..trace.records.len())
        .filter(|at| {
            let seen = &trace.records[*at];
            seen.record.event == "hello" && seen.text("reset") == "deep_sleep"
        })
        .collect();
    if wakes.is_empty() {
        case.unknown("the device woke from no sleep", []);
    }
    let mut held = Vec::new();
    for at in wakes {
        let Some(wake) = Wake::of(&trace.records[at..], history, context) else {
            case.fail("no answer after this wake", [trace.records[at].index]);
            continue;
        };
        let text = wake.text();
        let calls = wake.calls > *control_plane_calls;
        if calls || wake.full > *full_handshakes || wake.resumed < *resumed_handshakes {
            case.fail(text, [wake.from, wake.to]);
        } else {
            held.push(text);
        }
    }
    case.conclude(held.join("; "), [])
}

/// One wake, from `hello` to the answer's last byte.
struct Wake {
    from: usize,
    to: usize,
    connected_us: u64,
    answered_us: u64,
    calls: usize,
    full: usize,
    resumed: usize,
    /// Connections, the device's bytes, the service's, round trips.
    carried: Option<[u64; 4]>,
}

impl Wake {
    /// Of the trace from a `hello` on; none when no answer followed.
    fn of(records: &[Seen<'_>], history: &History, context: &Context) -> Option<Self> {
        let (hello, rest) = records.split_first()?;
        let own_us = |seen: &Seen<'_>| seen.record.device_ms.unwrap_or_default() * 1_000;
        let connected = rest.iter().find(|seen| seen.record.event == "connected")?;
        let out = rest
            .iter()
            .find(|seen| seen.record.event == "out" && seen.text("type") == "SDP_ANSWER")?;
        let ticket = out.record.uint("ticket");
        let written = rest.iter().find(|seen| {
            seen.record.event == "written" && seen.record.uint("ticket") == ticket
        })?;
        let (from, to) = (hello.index, written.index);
        let during = || {
            service::of(history, &context.device).filter(move |(at, _)| (from..to).contains(at))
        };
        let handshakes = |kind: &str| {
            during().filter(|(_, seen)| seen.event == "tls" && seen.says("handshake", kind)).count()
        };
        let calls = during()
            .filter(|(_, seen)| seen.event == "request")
            .filter(|(_, seen)| CONTROL_PLANE.contains(&seen.text("api").unwrap_or_default()))
            .count();
        let carried = history.all(HARNESS, "traffic").find(|(at, _)| *at > to).map(|(_, seen)| {
            ["connections", "device_bytes", "service_bytes", "round_trips"]
                .map(|field| seen.uint(field).unwrap_or_default())
        });
        Some(Self {
            from,
            to,
            connected_us: own_us(connected),
            answered_us: own_us(written),
            calls,
            full: handshakes("full"),
            resumed: handshakes("resumed"),
            carried,
        })
    }

    fn text(&self) -> String {
        let mut text = format!(
            "connected {} and answered {} after its start, with {}, {} full and {} resumed handshakes",
            seconds(self.connected_us),
            seconds(self.answered_us),
            count(self.calls, "control-plane call"),
            self.full,
            self.resumed,
        );
        if let Some([connections, device, service, trips]) = self.carried {
            text.push_str(&format!(
                ", {connections} connections, {device} bytes out, {service} in, {trips} round trips"
            ));
        }
        text
    }
}
