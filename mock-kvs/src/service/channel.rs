//! One signaling channel: who is connected, and what waits for whom.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::time::Duration;

use super::message::Message;
use super::tags::Tags;
use crate::change::ChannelStatus;
use crate::journal::{ConnId, Text};

/// Who a message is for.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Recipient {
    /// The channel's master.
    Master,
    /// The viewer of that id.
    Viewer(Text),
}

impl Recipient {
    /// The word in the journal.
    pub fn text(&self) -> Text {
        match self {
            Self::Master => Text::from("master"),
            Self::Viewer(id) => id.clone(),
        }
    }
}

/// A message that waits for its recipient.
#[derive(Clone, Debug, PartialEq)]
pub struct Held {
    /// What will be sent.
    pub message: Message,
    /// When it is dropped, on the monotonic clock.
    pub until_us: u64,
}

/// A signaling channel.
#[derive(Debug)]
pub struct Channel {
    /// ChannelName.
    pub name: String,
    /// ChannelARN.
    pub arn: String,
    /// `SINGLE_MASTER` or `FULL_MESH`.
    pub kind: &'static str,
    /// ChannelStatus.
    pub status: ChannelStatus,
    /// When the status changes by itself.
    pub status_until_us: Option<u64>,
    /// CreationTime.
    pub created_unix_ms: u64,
    /// MessageTtlSeconds.
    pub message_ttl: Duration,
    /// Version.
    pub version: String,
    /// The random part of its endpoints' names.
    pub endpoint_id: String,
    /// Its tags.
    pub tags: Tags,
    /// The stream its media is stored in, when storage is ENABLED.
    pub stream_arn: Option<String>,
    /// Who joined the storage session.
    pub joined: BTreeSet<Recipient>,
    /// The connection that holds the master's place.
    pub master: Option<ConnId>,
    /// The connections that hold viewers' places, by client id.
    pub viewers: BTreeMap<Text, ConnId>,
    /// Undelivered messages, oldest first.
    pub waiting: BTreeMap<Recipient, VecDeque<Held>>,
}

impl Channel {
    /// The connection that stands for a recipient now.
    pub fn connected(&self, recipient: &Recipient) -> Option<ConnId> {
        match recipient {
            Recipient::Master => self.master,
            Recipient::Viewer(id) => self.viewers.get(id).copied(),
        }
    }

    /// Gives `conn` a recipient's place; who held it before.
    pub fn seat(&mut self, recipient: &Recipient, conn: ConnId) -> Option<ConnId> {
        match recipient {
            Recipient::Master => self.master.replace(conn),
            Recipient::Viewer(id) => self.viewers.insert(id.clone(), conn),
        }
    }

    /// Frees a recipient's place if `conn` still holds it.
    pub fn leave(&mut self, recipient: &Recipient, conn: ConnId) {
        if self.connected(recipient) != Some(conn) {
            return;
        }
        match recipient {
            Recipient::Master => self.master = None,
            Recipient::Viewer(id) => {
                self.viewers.remove(id);
            }
        }
    }

    /// Every connection that holds a place, the master first.
    pub fn connections(&self) -> impl Iterator<Item = ConnId> + '_ {
        self.master.into_iter().chain(self.viewers.values().copied())
    }
}
