//! What the device sends.

use std::collections::BTreeMap;

use super::Known;
use crate::check::case::Case;
use crate::check::device::{Seen, Trace};
use crate::check::message::client_ids;
use crate::history::SERVICE;

/// Judges every message of the device and says how many there were.
pub(super) fn judge<'h>(trace: &Trace<'h>, known: &Known<'h>, case: &mut Case) -> usize {
    let ids = client_ids(known.history);
    let peer_of: BTreeMap<&str, &str> = ids.iter().map(|(source, id)| (*id, *source)).collect();
    let mut judged = 0;
    for out in trace.all("out") {
        let to = out.text("to");
        let Some(peer) = peer_of.get(to).copied() else {
            // Nobody of this name is here: the service holds it until its time is up.
            continue;
        };
        judged += 1;
        let got: Vec<usize> = known
            .messages
            .with(out.text("sha"), peer, "peer.recv")
            .filter(|(_, r)| r.says("type", out.text("type")))
            .map(|(index, _)| index)
            .collect();
        let name = format!("{} {} to {to}", out.text("type"), out.text("sha"));
        if got.is_empty() {
            lost(&out, trace, (peer, &name), known, case);
        } else if got.len() > 1 && !may_repeat(&out, trace, peer, known) {
            let text = format!("{name} was received {} times", got.len());
            case.fail(text, std::iter::once(out.index).chain(got));
        }
    }
    judged
}

/// A message of the device that its peer never got.
fn lost<'h>(
    out: &Seen<'h>,
    trace: &Trace<'h>,
    (peer, name): (&'h str, &str),
    known: &Known<'h>,
    case: &mut Case,
) {
    let Known { messages, history, context, .. } = known;
    let ticket = out.uint("ticket");
    let same = |seen: &Seen<'_>| seen.uint("ticket") == ticket && seen.index > out.index;
    if trace.all("send_failed").any(|seen| same(&seen)) {
        return;
    }
    let sent_us = out.record.t_us;
    let peer_left =
        history.all(peer, "peer.closed").any(|(_, r)| r.t_us + context.slack_us >= sent_us);
    let stopped = trace.all("stopped").any(|seen| seen.index > out.index);
    if peer_left || stopped {
        return;
    }
    let taken = messages
        .with(out.text("sha"), SERVICE, "ws.in")
        .find(|(_, r)| r.says("actor", &context.device));
    let where_lost = match taken {
        Some(_) => "the service took it and the peer never got it",
        None => "it never reached the service, and the application was not told",
    };
    let text = format!("{name}: {where_lost}");
    let shown = [out.index].into_iter().chain(taken.map(|(index, _)| index));
    if context.end_us(history).saturating_sub(sent_us) < super::UNDER_WAY_US {
        if super::of_liveness(sent_us, history) {
            return;
        }
        return case.unknown(format!("{text} before the run ended"), shown);
    }
    case.fail(text, shown);
}

/// An answer may be sent again after its offer was (decision 5); the service may be told to repeat.
fn may_repeat(out: &Seen<'_>, trace: &Trace<'_>, peer: &str, known: &Known<'_>) -> bool {
    let history = known.history;
    let offered_again = history.all(peer, "peer.send").any(|(_, r)| r.uint("resend").is_some());
    let duplicate = trace.all("duplicate").any(|seen| seen.text("from") == out.text("to"));
    let asked = history.all(SERVICE, "fault.fired").any(|(_, r)| r.says("fault", "duplicate"));
    asked || (out.text("type") == "SDP_ANSWER" && (offered_again || duplicate))
}
