//! Messages between the peers and the device, by their identity (decision 5).

use std::collections::BTreeMap;

use super::context::{Context, Role};
use crate::history::{DEVICE, HARNESS, History, Record, SERVICE};

/// Offer, answer, candidate: what an application sends.
const KINDS: [&str; 3] = ["SDP_OFFER", "SDP_ANSWER", "ICE_CANDIDATE"];

/// A message is who sent it, its type and the digest of its payload (decision 5).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Identity<'h> {
    /// The sender's client id as the device sees it: empty for a master.
    pub(super) from: &'h str,
    /// Its type.
    pub(super) kind: &'h str,
    /// Digest of its payload.
    pub(super) sha: &'h str,
}

/// A message that a peer sent to the device, once or again.
#[derive(Clone, Debug)]
pub(super) struct Sent<'h> {
    /// Which message.
    pub(super) identity: Identity<'h>,
    /// The peer that sent it.
    pub(super) peer: &'h str,
    /// The scenario's name for it.
    pub(super) name: Option<&'h str>,
    /// Its correlation id: with one, the service reports its loss.
    pub(super) corr: Option<&'h str>,
    /// Each time it was sent.
    pub(super) times: Vec<(usize, &'h Record)>,
}

/// Every record that names a message, by its digest: a day holds thousands of messages, and each is
/// asked for several times.
pub(super) struct Messages<'h> {
    by_sha: BTreeMap<&'h str, Vec<(usize, &'h Record)>>,
}

impl<'h> Messages<'h> {
    /// Those of a history.
    pub(super) fn of(history: &'h History) -> Self {
        let mut by_sha: BTreeMap<&str, Vec<(usize, &Record)>> = BTreeMap::new();
        for (index, record) in history.iter() {
            if let Some(sha) = record.text("sha") {
                by_sha.entry(sha).or_default().push((index, record));
            }
        }
        Self { by_sha }
    }

    /// Every record of `event` of `source` with this digest.
    pub(super) fn with(
        &self,
        sha: &str,
        source: &'h str,
        event: &'h str,
    ) -> impl DoubleEndedIterator<Item = (usize, &'h Record)> + '_ {
        let all = self.by_sha.get(sha).map(Vec::as_slice).unwrap_or_default();
        all.iter().copied().filter(move |(_, record)| record.is(source, event))
    }

    /// Every record of `event` of `source` about this very message.
    pub(super) fn about(
        &self,
        identity: Identity<'h>,
        source: &'h str,
        event: &'h str,
    ) -> impl DoubleEndedIterator<Item = (usize, &'h Record)> + '_ {
        self.with(identity.sha, source, event).filter(move |(_, record)| identity.is_of(record))
    }
}

/// Client ids of the peers, as they last connected: the source's name before it did.
pub(super) fn client_ids(history: &History) -> BTreeMap<&str, &str> {
    let mut ids = BTreeMap::new();
    for (_, record) in history.iter() {
        if is_peer(record) {
            ids.entry(record.source.as_str()).or_insert(record.source.as_str());
            if record.event == "peer.open" {
                ids.insert(&record.source, record.text("client_id").unwrap_or_default());
            }
        }
    }
    ids
}

fn is_peer(record: &Record) -> bool {
    record.event.starts_with("peer.") && ![DEVICE, SERVICE, HARNESS].contains(&&*record.source)
}

/// Every message sent to the device, in the order of its first sending.
pub(super) fn sent_to_device<'h>(history: &'h History, context: &Context) -> Vec<Sent<'h>> {
    let ids = client_ids(history);
    let masters: Vec<&str> = history
        .named("peer.open")
        .filter(|(_, r)| r.says("role", "master"))
        .map(|(_, r)| r.source.as_str())
        .collect();
    let mut sent: Vec<Sent<'h>> = Vec::new();
    let mut places = BTreeMap::new();
    for (index, record) in history.named("peer.send") {
        let (peer, kind) = (record.source.as_str(), record.text("type").unwrap_or_default());
        let to_device = match context.role {
            Role::Master => !masters.contains(&peer),
            Role::Viewer => masters.contains(&peer) || masters.is_empty(),
        };
        if !to_device || !KINDS.contains(&kind) {
            continue;
        }
        let from = match context.role {
            Role::Master => ids.get(peer).copied().unwrap_or(peer),
            Role::Viewer => "",
        };
        let identity = Identity { from, kind, sha: record.text("sha").unwrap_or_default() };
        let place = *places.entry((identity, peer)).or_insert_with(|| {
            let corr = record.text("corr").filter(|corr| !corr.is_empty());
            let name = record.text("as");
            sent.push(Sent { identity, peer, name, corr, times: Vec::new() });
            sent.len() - 1
        });
        sent[place].times.push((index, record));
    }
    sent
}

impl<'h> Identity<'h> {
    /// Whether a record of the device or the service is about this message.
    pub(super) fn is_of(&self, record: &Record) -> bool {
        let from = record.text("from").unwrap_or_default();
        // The journal names a master; the wire does not.
        let from = if from == "master" { "" } else { from };
        from == self.from && record.says("sha", self.sha) && record.says("type", self.kind)
    }
}

impl std::fmt::Display for Identity<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let from = if self.from.is_empty() { "the master" } else { self.from };
        write!(f, "{} {} from {from}", self.kind, self.sha)
    }
}
