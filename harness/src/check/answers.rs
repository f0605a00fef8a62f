//! `answers`: each offer is answered at most once, and to the viewer that made it.

use std::collections::{BTreeMap, BTreeSet};

use schemars::JsonSchema;
use serde::Deserialize;

use super::Doc;
use super::case::{Case, count, seconds};
use super::context::{Context, Role};
use super::device::Trace;
use super::message::{self, Sent};
use crate::history::{History, Record, SERVICE};
use crate::verdict::CheckResult;

pub(super) const DOC: Doc = Doc {
    holds: "A viewer gets at most one answer to each of its offers (the same answer again after \
            the offer was sent again is fine), and no answer that was made for another viewer.",
    evidence: "The viewers' `peer.send` and `peer.recv`; with a trace the device's `out`, which \
               says whom it meant.",
    blind: "Two answers exchanged before the device hands them over: a payload does not say which \
            offer it answers.",
    needs: &[],
};

/// Parameters of `answers`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Params {
    /// The named offer; without it every offer.
    pub message: Option<String>,
    /// Each offer must be answered, not only at most once.
    pub all: bool,
}

/// An offer made this short before the run's end may still be answered.
const UNDER_WAY_US: u64 = 1_000_000;

pub(super) fn judge(params: &Params, history: &History, context: &Context) -> CheckResult {
    let times = if params.all { "exactly" } else { "at most" };
    let what = params.message.as_ref().map_or("each offer".to_owned(), |m| format!("`{m}`"));
    let mut case =
        Case::new("answers", format!("{what} answered {times} once, to the viewer that made it"));
    if context.role == Role::Viewer {
        case.unknown("the device is a viewer: it makes offers and answers none", []);
        return case.conclude("", []);
    }
    let offers: Vec<Sent<'_>> = message::sent_to_device(history, context)
        .into_iter()
        .filter(|sent| sent.identity.kind == "SDP_OFFER")
        .filter(|sent| params.message.is_none() || sent.name == params.message.as_deref())
        .collect();
    let answers = Answers::of(history);
    let mut answered = 0;
    for offer in &offers {
        let given = answers.given(offer);
        answered += usize::from(!given.is_empty());
        judge_offer(offer, given, params.all, history, context, &mut case);
    }
    if params.message.is_none() {
        more_answers_than_offers(&offers, history, &mut case);
        crossed(history, context, &mut case);
    }
    if offers.is_empty() {
        case.unknown(format!("no sending of {what}"), []);
    }
    let held = format!("{}, {answered} answered", count(offers.len(), "offer"));
    case.conclude(held, offers.iter().filter_map(|offer| offer.times.first()).map(|(i, _)| *i))
}

/// A record of an answer that a peer got.
type Got<'h> = (usize, &'h Record);

/// The answers every peer got, by the offer they belong to.
struct Answers<'h> {
    to: BTreeMap<(&'h str, &'h str), Vec<Got<'h>>>,
}

impl<'h> Answers<'h> {
    fn of(history: &'h History) -> Self {
        let mut to: BTreeMap<_, Vec<_>> = BTreeMap::new();
        for (index, record) in history.named("peer.recv") {
            if let (true, Some(of)) = (record.says("type", "SDP_ANSWER"), record.text("of")) {
                to.entry((record.source.as_str(), of)).or_default().push((index, record));
            }
        }
        Self { to }
    }

    fn given(&self, offer: &Sent<'h>) -> &[Got<'h>] {
        let key = (offer.peer, offer.identity.sha);
        self.to.get(&key).map(Vec::as_slice).unwrap_or_default()
    }
}

/// Judges the answers that belong to one offer.
fn judge_offer(
    offer: &Sent<'_>,
    answers: &[Got<'_>],
    all: bool,
    history: &History,
    context: &Context,
    case: &mut Case,
) {
    let made = offer.times.first().map(|(index, _)| *index);
    let shown = || made.into_iter().chain(answers.iter().map(|(index, _)| *index));
    let distinct: BTreeSet<_> = answers.iter().filter_map(|(_, r)| r.text("sha")).collect();
    if distinct.len() > 1 {
        let text = format!("{} got {} different answers", offer.identity, distinct.len());
        case.fail(text, shown());
    } else if answers.len() > 1 && !repeat_is_legal(offer, history) {
        let text = format!(
            "{} was sent once and its answer came {} times",
            offer.identity,
            answers.len()
        );
        case.fail(text, shown());
    } else if answers.is_empty() && all {
        let since = offer.times.first().map_or(0, |(_, record)| record.t_us);
        let waited = context.end_us(history).saturating_sub(since);
        let text = format!("{} was not answered in {}", offer.identity, seconds(waited));
        if waited < UNDER_WAY_US {
            case.unknown(text, shown());
        } else {
            case.fail(text, shown());
        }
    }
}

fn answers_to<'h>(
    peer: &'h str,
    history: &'h History,
) -> impl Iterator<Item = (usize, &'h Record)> {
    history.all(peer, "peer.recv").filter(|(_, record)| record.says("type", "SDP_ANSWER"))
}

fn repeat_is_legal(offer: &Sent<'_>, history: &History) -> bool {
    let doubled = |(_, r): (usize, &Record)| r.says("fault", "duplicate");
    offer.times.len() > 1 || history.all(SERVICE, "fault.fired").any(doubled)
}

/// Each viewer may get as many different answers as it has made different offers.
fn more_answers_than_offers(offers: &[Sent<'_>], history: &History, case: &mut Case) {
    let mut made: BTreeMap<&str, usize> = BTreeMap::new();
    for offer in offers {
        *made.entry(offer.peer).or_default() += 1;
    }
    let peers: BTreeSet<&str> =
        history.named("peer.recv").map(|(_, record)| record.source.as_str()).collect();
    for peer in peers {
        let mut first: BTreeMap<&str, usize> = BTreeMap::new();
        for (index, record) in answers_to(peer, history) {
            first.entry(record.text("sha").unwrap_or_default()).or_insert(index);
        }
        let made = made.get(peer).copied().unwrap_or_default();
        if first.len() > made {
            let (answers, offers) = (count(first.len(), "answer"), count(made, "offer"));
            case.fail(format!("{peer} got {answers} to {offers}"), first.into_values());
        }
    }
}

/// An answer meant for one viewer, or given to one, never reaches another.
fn crossed(history: &History, context: &Context, case: &mut Case) {
    let ids = message::client_ids(history);
    let mut owner: BTreeMap<&str, (&str, usize)> = BTreeMap::new();
    if context.meets.contains("trace") {
        // What a hole hides cannot cross: only what is there is compared.
        for out in Trace::whatever_is_there(history).all("out") {
            if out.text("type") == "SDP_ANSWER" {
                owner.entry(out.text("sha")).or_insert((out.text("to"), out.index));
            }
        }
    }
    for (index, record) in history.named("peer.recv") {
        if !record.says("type", "SDP_ANSWER") {
            continue;
        }
        let (peer, sha) = (record.source.as_str(), record.text("sha").unwrap_or_default());
        let id = ids.get(peer).copied().unwrap_or(peer);
        let (meant, shown) = *owner.entry(sha).or_insert((id, index));
        if meant != id {
            case.fail(format!("{id} got answer {sha}, which was for {meant}"), [shown, index]);
        }
    }
}
