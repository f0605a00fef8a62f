//! `delivered_once`: every message reaches its application exactly once, in order.

mod outgoing;

use std::collections::{BTreeMap, BTreeSet};

use schemars::JsonSchema;
use serde::Deserialize;

use super::Doc;
use super::case::{Case, count};
use super::context::Context;
use super::device::{Seen, Trace};
use super::message::{self, Identity, Messages, Sent};
use super::service;
use crate::history::{DEVICE, HARNESS, History, Record, SERVICE};
use crate::verdict::CheckResult;

pub(super) const DOC: Doc = Doc {
    holds: "Each message to the device reaches its application exactly once (the same sender, type \
            and payload are the same message), or its sender is told of the loss; each message \
            from the device reaches the peer, or the device's application is told. On one link a \
            sender's messages arrive in the order in which the service wrote them.",
    evidence: "The peers' `peer.send` and `peer.recv`, the service's `ws.in` and `ws.out`, the \
               device's `in`, `out`, `send_failed` and `refused`.",
    blind: "What the application does with a message. Two sendings of the same bytes count as one \
            message, as they do for the device.",
    needs: &["trace"],
};

/// Parameters of `delivered_once`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Params {
    /// The named message; without it every message, in both directions.
    pub message: Option<String>,
    /// A message that the service wrote to a connection which then ended may be lost without a
    /// word: no service can know. Its sender must ask again.
    pub lost_in_cut: bool,
}

/// Messages of the liveness phase are not waited for: the run ends with the answer.
fn of_liveness(sent_us: u64, history: &History) -> bool {
    let mut phases = history.all(HARNESS, "phase");
    phases.any(|(_, r)| r.says("name", "liveness") && r.t_us <= sent_us)
}

/// A message sent this short before the run's end may still be on its way.
const UNDER_WAY_US: u64 = 1_000_000;

pub(super) fn judge(params: &Params, history: &History, context: &Context) -> CheckResult {
    let what = params.message.as_ref().map_or("each message".to_owned(), |m| format!("`{m}`"));
    let mut case = Case::new(
        "delivered_once",
        format!("{what} delivered exactly once or its loss reported, each sender's in order"),
    );
    let trace = match Trace::read(history, context) {
        Ok(trace) => trace,
        Err(untraced) => {
            case.unknown(untraced.text(context), untraced.evidence());
            return case.conclude("", []);
        }
    };
    let wanted = |sent: &Sent<'_>| match &params.message {
        None => true,
        Some(_) => sent.name == params.message.as_deref(),
    };
    let sent: Vec<Sent<'_>> =
        message::sent_to_device(history, context).into_iter().filter(wanted).collect();
    let known = Known { messages: Messages::of(history), history, context, params };
    let mut shown = Vec::new();
    for sent in &sent {
        shown.extend(sent.delivered(&known, &mut case));
    }
    let mut outgoing = 0;
    if params.message.is_none() {
        in_order(&trace, &known, &mut case);
        outgoing = outgoing::judge(&trace, &known, &mut case);
    }
    if sent.is_empty() && outgoing == 0 {
        case.unknown(format!("no sending of {what}"), []);
    }
    let (to, from) = (count(sent.len(), "message"), count(outgoing, "message"));
    case.conclude(format!("{to} to the device and {from} from it, each once"), shown)
}

/// What every message is judged by.
struct Known<'h> {
    messages: Messages<'h>,
    history: &'h History,
    context: &'h Context,
    params: &'h Params,
}

impl<'h> Sent<'h> {
    /// Judges one message and gives the records that show it.
    fn delivered(&self, known: &Known<'h>, case: &mut Case) -> Vec<usize> {
        let sent = self.times.iter().map(|(index, _)| *index);
        let got = known.messages.about(self.identity, DEVICE, "in").map(|(index, _)| index);
        let got: Vec<usize> = got.collect();
        match got.len() {
            1 => {}
            0 => self.lost(known, case),
            times => {
                let text = format!("{} was delivered {times} times", self.identity);
                case.fail(text, sent.clone().chain(got.iter().copied()));
            }
        }
        sent.chain(got).collect()
    }

    /// It never reached the application: whether that is anybody's fault.
    fn lost(&self, known: &Known<'h>, case: &mut Case) {
        let Known { messages, history, context, params } = known;
        let shown: Vec<usize> = self.times.iter().map(|(index, _)| *index).collect();
        let last_us = self.times.last().map_or(0, |(_, record)| record.t_us);
        if self.reported(known, last_us) || self.replaced(known) {
            return;
        }
        let mut text = format!("{} was never delivered", self.identity);
        let conns = service::conns(history, &context.device);
        let written: Vec<(usize, &Record)> =
            messages.about(self.identity, SERVICE, "ws.out").collect();
        let reached = messages.about(self.identity, SERVICE, "ws.in").next();
        if let Some((index, record)) = written.last().copied() {
            let number = record.uint("conn").unwrap_or_default();
            let ended = conns.iter().find(|conn| conn.number == number).and_then(|conn| conn.end);
            if let Some((end, _)) = ended {
                if params.lost_in_cut {
                    return;
                }
                text.push_str(&format!(": the service wrote it to connection {number}, which ended"));
                return case.fail(text, shown.into_iter().chain([index, end]));
            }
            text.push_str(&format!(", though the service wrote it to connection {number}"));
        } else if reached.is_some() {
            text.push_str(": the service took it and never wrote it to the device");
        } else {
            text.push_str(": it never reached the service");
            return case.unknown(text, shown);
        }
        if context.end_us(history).saturating_sub(last_us) < UNDER_WAY_US {
            if of_liveness(last_us, history) {
                return;
            }
            return case.unknown(format!("{text} before the run ended"), shown);
        }
        case.fail(text, shown.into_iter().chain(written.iter().map(|(index, _)| *index)));
    }

    /// The sender was told: by STATUS_RESPONSE, or because its own socket ended before the service
    /// had the message.
    fn reported(&self, known: &Known<'h>, since_us: u64) -> bool {
        let of_peer = known.history.of(self.peer).filter(|(_, record)| record.t_us >= since_us);
        let status = of_peer.clone().any(|(_, record)| {
            let mine = self.corr.is_some() && record.text("corr") == self.corr;
            record.event == "peer.recv" && record.says("type", "STATUS_RESPONSE") && mine
        });
        let taken = known.messages.about(self.identity, SERVICE, "ws.in").next().is_some();
        status || (!taken && of_peer.clone().any(|(_, record)| record.event == "peer.closed"))
    }

    /// The service keeps only a viewer's newest undelivered offer (spec §3.2).
    fn replaced(&self, known: &Known<'h>) -> bool {
        let written = known.messages.about(self.identity, SERVICE, "ws.out").next().is_some();
        let dropped = known
            .history
            .all(SERVICE, "dropped")
            .any(|(_, r)| r.says("why", "replaced") && r.says("type", self.identity.kind));
        !written && dropped && self.identity.kind == "SDP_OFFER"
    }
}

/// On each link, a sender's messages come in the order in which the service wrote them.
fn in_order<'h>(trace: &Trace<'h>, known: &Known<'h>, case: &mut Case) {
    let context = known.context;
    let links = trace.links();
    let mut seen: BTreeMap<(&str, u64), (usize, Seen<'_>)> = BTreeMap::new();
    let mut delivered: BTreeSet<Identity<'_>> = BTreeSet::new();
    for message in trace.all("in") {
        let identity = Identity {
            from: message.text("from"),
            kind: message.text("type"),
            sha: message.text("sha"),
        };
        // A second delivery is a mistake of its own.
        if !delivered.insert(identity) {
            continue;
        }
        let link = message.uint("link");
        let connected = links.of(&message).and_then(|link| link.connected);
        let since = connected.map_or(0, |at| at.record.t_us);
        let written = known
            .messages
            .about(identity, SERVICE, "ws.out")
            .find(|(_, r)| r.t_us + context.slack_us >= since && r.says("actor", &context.device));
        let Some((place, _)) = written else { continue };
        let last = seen.insert((message.text("from"), link), (place, message));
        if let Some((last_place, last)) = last.filter(|(last_place, _)| *last_place > place) {
            let text = format!(
                "{identity} was delivered after {} {}, which the service wrote later",
                last.text("type"),
                last.text("sha"),
            );
            case.fail(text, [place, last_place, last.index, message.index]);
        }
    }
}
