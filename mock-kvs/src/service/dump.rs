//! Channels as they are kept over a restart: all that outlives connections.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::channel::Channel;
use super::{Effect, Ending, Service, Tags};
use crate::change::ChannelStatus;
use crate::clock::Now;
use crate::random::Random;

/// One channel.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ChannelDump {
    name: String,
    arn: String,
    /// `SINGLE_MASTER` or `FULL_MESH`.
    kind: Kind,
    status: ChannelStatus,
    /// When the status changes by itself, by the service's wall clock.
    status_until_unix_ms: Option<u64>,
    created_unix_ms: u64,
    message_ttl_ms: u64,
    version: String,
    endpoint_id: String,
    tags: Tags,
    /// The stream it stores in, when storage is ENABLED.
    stream_arn: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
enum Kind {
    SingleMaster,
    FullMesh,
}

impl Service {
    /// Every channel, and where what is drawn at random next comes from.
    pub(crate) fn dump(&self, now: Now) -> (Vec<ChannelDump>, String) {
        let channels = self.channels.values().map(|channel| ChannelDump::of(channel, now));
        (channels.collect(), self.random.mark())
    }

    /// Takes the place of every channel that was there. Whoever was connected loses the connection,
    /// as with a service that restarts; messages that waited are lost.
    pub(crate) fn restore(&mut self, now: Now, channels: Vec<ChannelDump>, random: Random) {
        for conn in std::mem::take(&mut self.sessions).into_keys() {
            self.effects.push(Effect::End(conn, Ending::Drop));
        }
        for call in std::mem::take(&mut self.alexa_calls).into_values() {
            self.effects.push(Effect::Answered(call, None));
        }
        self.channels.clear();
        self.names.clear();
        self.random = random;
        for dump in channels {
            let channel = dump.channel(now);
            self.created_ms = self.created_ms.max(channel.created_unix_ms);
            self.tick_at(channel.status_until_us);
            // One that is being deleted keeps its name unless another one has it already.
            let is_going = channel.status == ChannelStatus::Deleting;
            if !is_going || !self.names.contains_key(&channel.name) {
                self.names.insert(channel.name.clone(), channel.arn.clone());
            }
            self.channels.insert(channel.arn.clone(), channel);
        }
        self.revision += 1;
    }
}

impl ChannelDump {
    fn of(channel: &Channel, now: Now) -> Self {
        let wall = |until_us: u64| now.wall_ms + until_us.saturating_sub(now.us) / 1000;
        Self {
            name: channel.name.clone(),
            arn: channel.arn.clone(),
            kind: if channel.kind == "FULL_MESH" { Kind::FullMesh } else { Kind::SingleMaster },
            status: channel.status,
            status_until_unix_ms: channel.status_until_us.map(wall),
            created_unix_ms: channel.created_unix_ms,
            message_ttl_ms: crate::clock::millis(channel.message_ttl),
            version: channel.version.clone(),
            endpoint_id: channel.endpoint_id.clone(),
            tags: channel.tags.clone(),
            stream_arn: channel.stream_arn.clone(),
        }
    }

    fn channel(self, now: Now) -> Channel {
        let left = |until_ms: u64| Duration::from_millis(until_ms.saturating_sub(now.wall_ms));
        Channel {
            name: self.name,
            arn: self.arn,
            kind: match self.kind {
                Kind::SingleMaster => "SINGLE_MASTER",
                Kind::FullMesh => "FULL_MESH",
            },
            status: self.status,
            status_until_us: self.status_until_unix_ms.map(|until| now.plus(left(until))),
            created_unix_ms: self.created_unix_ms,
            message_ttl: Duration::from_millis(self.message_ttl_ms),
            version: self.version,
            endpoint_id: self.endpoint_id,
            tags: self.tags,
            stream_arn: self.stream_arn,
            joined: BTreeSet::new(),
            master: None,
            viewers: BTreeMap::new(),
            waiting: BTreeMap::new(),
        }
    }
}
