//! The service's state as the admin API shows it.

use std::collections::BTreeMap;

use serde::Serialize;

use super::channel::Channel;
use super::{ChannelInfo, Service};
use crate::journal::ConnId;

/// One channel.
#[derive(Debug, Serialize)]
pub struct ChannelView {
    info: ChannelInfo,
    master: Option<ConnId>,
    viewers: BTreeMap<String, ConnId>,
    /// Undelivered messages by recipient.
    waiting: BTreeMap<String, usize>,
}

impl Service {
    /// Every channel, in the order of the ARNs.
    pub fn view(&self) -> Vec<ChannelView> {
        self.channels.values().map(ChannelView::of).collect()
    }

    /// How many channels there are, and how many messages wait on them.
    pub(crate) fn totals(&self) -> (usize, usize) {
        let waiting = self.channels.values().flat_map(|channel| channel.waiting.values());
        (self.channels.len(), waiting.map(|queue| queue.len()).sum())
    }
}

impl ChannelView {
    fn of(channel: &Channel) -> Self {
        Self {
            info: ChannelInfo::of(channel),
            master: channel.master,
            viewers: channel.viewers.iter().map(|(id, conn)| (id.to_string(), *conn)).collect(),
            waiting: channel
                .waiting
                .iter()
                .map(|(recipient, queue)| (recipient.text().to_string(), queue.len()))
                .collect(),
        }
    }
}
