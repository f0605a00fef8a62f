//! What changes by itself: channel statuses and messages whose time is over.

use super::Service;
use crate::change::ChannelStatus;
use crate::clock::Now;
use crate::journal::Event;

impl Service {
    /// When [`tick`](Self::tick) has something to do, on the monotonic clock.
    pub fn next_tick_us(&self) -> Option<u64> {
        self.next_tick_us
    }

    /// Carries out everything that is due.
    pub fn tick(&mut self, now: Now) {
        if self.next_tick_us.is_none_or(|due| due > now.us) {
            return;
        }
        let mut next = None;
        let mut gone = Vec::new();
        let mut events = Vec::new();
        for channel in self.channels.values_mut() {
            if channel.status_until_us.is_some_and(|until| until <= now.us) {
                channel.status_until_us = None;
                match channel.status {
                    ChannelStatus::Creating | ChannelStatus::Updating => {
                        channel.status = ChannelStatus::Active;
                        events.push(Event::Channel { change: "active", displaced: None });
                    }
                    ChannelStatus::Deleting => gone.push(channel.arn.clone()),
                    ChannelStatus::Active => {}
                }
            }
            earliest(&mut next, channel.status_until_us);
            channel.waiting.retain(|_, queue| {
                queue.retain(|held| {
                    let alive = held.until_us > now.us;
                    if !alive {
                        let kind = held.message.kind.name();
                        events.push(Event::Dropped { kind, why: "ttl" });
                    }
                    alive
                });
                earliest(&mut next, queue.iter().map(|held| held.until_us).min());
                !queue.is_empty()
            });
        }
        self.next_tick_us = next;
        for event in events {
            self.journal(None, event);
        }
        for arn in gone {
            self.remove(&arn);
        }
    }

    pub(super) fn tick_at(&mut self, due: Option<u64>) {
        earliest(&mut self.next_tick_us, due);
    }

    /// Removes a channel at once, whatever its status.
    pub(crate) fn forget(&mut self, arn: &str) {
        self.remove(arn);
    }

    fn remove(&mut self, arn: &str) {
        let Some(channel) = self.channels.remove(arn) else { return };
        self.buckets.forget(arn);
        // A channel of the same name may have been created since.
        if self.names.get(&channel.name).is_some_and(|current| current == arn) {
            self.names.remove(&channel.name);
        }
        for held in channel.waiting.into_values().flatten() {
            let kind = held.message.kind.name();
            self.journal(None, Event::Dropped { kind, why: "deleted" });
        }
        self.channel_changed("deleted", None);
    }
}

/// Moves `next` forward to `due` when that is sooner.
fn earliest(next: &mut Option<u64>, due: Option<u64>) {
    *next = match (*next, due) {
        (Some(a), Some(b)) => Some(a.min(b)),
        (a, b) => a.or(b),
    };
}
