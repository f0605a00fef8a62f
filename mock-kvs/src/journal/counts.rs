//! How often each thing has happened: what `/metrics` shows.

use std::collections::BTreeMap;

use super::event::Event;

/// Counters over a mock's life.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Records by event name.
    pub events: BTreeMap<&'static str, u64>,
    /// Answers to HTTPS calls by call and status.
    pub responses: BTreeMap<(&'static str, u16), u64>,
    /// Answers to WebSocket upgrades by role and status.
    pub upgrades: BTreeMap<(&'static str, u16), u64>,
    /// Messages by direction (`in`, `out`) and `messageType`.
    pub messages: BTreeMap<(&'static str, &'static str), u64>,
    /// Faults that acted, by their word.
    pub faults: BTreeMap<&'static str, u64>,
}

impl Counts {
    pub(super) fn count(&mut self, event: &Event) {
        *self.events.entry(event.name()).or_default() += 1;
        let counter = match event {
            Event::Response { api, status, .. } => {
                self.responses.entry((*api, *status)).or_default()
            }
            Event::Upgrade { role, status, .. } => {
                self.upgrades.entry((*role, *status)).or_default()
            }
            Event::WsIn { kind, .. } => self.messages.entry(("in", *kind)).or_default(),
            Event::WsOut { kind, .. } => self.messages.entry(("out", *kind)).or_default(),
            Event::FaultFired { fault, .. } => self.faults.entry(*fault).or_default(),
            Event::Accept { .. }
            | Event::Tls { .. }
            | Event::Request { .. }
            | Event::WsOpen { .. }
            | Event::WsClose { .. }
            | Event::ConnEnd { .. }
            | Event::WsPing { .. }
            | Event::WsPong { .. }
            | Event::GoAwaySent { .. }
            | Event::Dropped { .. }
            | Event::FaultArmed { .. }
            | Event::FaultHealed { .. }
            | Event::CredentialsIssued { .. }
            | Event::CredentialsExpired { .. }
            | Event::Channel { .. } => return,
        };
        *counter += 1;
    }
}
