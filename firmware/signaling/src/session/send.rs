//! Taking a message from the application.

use super::Session;
use super::outbound::{Entry, NotQueued};
use super::peers::client_key;
use crate::config::Role;
use crate::error::ResourceError;
use crate::event::{Message, MessageKind, PeerId, Ticket};
use crate::state::State;
use crate::time::Now;
use crate::wire::{base64, message};

/// Base64 characters the service's own SDK takes (spec §3.3); the documented limit is lower still,
/// and a `tx` sized for it holds applications to that.
const PAYLOAD_BASE64_MAX: usize = 18_750;

impl Session<'_> {
    /// Queues a message: it is sent in order, within the service's quotas, on this link or the
    /// next. Its end comes as [`crate::Event::Confirmed`] or [`crate::Event::SendFailed`].
    /// Drain [`Self::poll`] afterwards.
    pub fn send(
        &mut self,
        now: Now,
        to: PeerId,
        message: Message<'_>,
    ) -> Result<Ticket, ResourceError> {
        self.advance_clock(now);
        self.queue(to, message).inspect_err(|_| self.counters.error())
    }

    fn queue(&mut self, to: PeerId, message: Message<'_>) -> Result<Ticket, ResourceError> {
        let runs = !matches!(self.state, State::Idle | State::Closing | State::Stopped);
        if !runs || message.kind == MessageKind::Unknown || message.payload.is_empty() {
            return Err(ResourceError::NotSendable);
        }
        let correlation_id = message.correlation_id;
        if !correlation_id.is_empty() && !message::is_id(correlation_id) {
            return Err(ResourceError::CorrelationId);
        }
        if base64::encoded_len(message.payload.len()) > PAYLOAD_BASE64_MAX {
            return Err(ResourceError::SendTooLarge);
        }
        let recipient = match (self.config.role, self.peers.name(to)) {
            (_, None) => return Err(ResourceError::UnknownPeer),
            // A viewer's messages go to the master, a master's to a viewer (spec §3.2).
            (Role::Viewer(_), Some("")) => "",
            // The storage session has no name (spec §3.3).
            (Role::Master, Some("")) if self.config.channel.media_storage => "",
            (Role::Viewer(_), Some(_)) | (Role::Master, Some("")) => {
                return Err(ResourceError::NotSendable);
            }
            (Role::Master, Some(name)) => name,
        };
        let entry = Entry {
            kind: message.kind,
            on_loss: message.on_loss,
            recipient: client_key(recipient),
            correlation: if correlation_id.is_empty() { 0 } else { client_key(correlation_id) },
            expires: self.now.mono.plus(u64::from(self.config.channel.message_ttl_s) * 1_000),
        };
        let outgoing = message::Outgoing {
            action: message.kind.as_str(),
            recipient,
            payload: message.payload,
            correlation_id,
        };
        let queued = self
            .outbound
            .push(&entry, self.entropy.bytes(), |room| message::write(room, &outgoing));
        queued.map_err(|why| match why {
            NotQueued::TooLarge => ResourceError::SendTooLarge,
            NotQueued::Full => ResourceError::QueueFull,
        })
    }
}
