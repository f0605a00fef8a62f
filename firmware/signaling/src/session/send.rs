//! Taking a message from the application.

use super::Session;
use super::ice::IceServers;
use super::outbound::{Entry, NotQueued};
use super::peers::client_key;
use crate::config::Role;
use crate::error::ResourceError;
use crate::event::{Message, MessageKind, PeerId, Ticket};
use crate::state::State;
use crate::time::Now;
use crate::wire::json::Writer;
use crate::wire::{base64, message};

/// Base64 characters the service's own SDK takes (spec §3.3); the documented limit is lower still,
/// and a `tx` sized for it holds applications to that.
const PAYLOAD_BASE64_MAX: usize = 18_750;
/// Longest message that a C client takes (spec §3.3).
const MESSAGE_MAX: usize = 18_750;

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
        let offers_servers =
            message.kind == MessageKind::SdpOffer && self.config.policy.ice_servers_in_offers;
        let servers = Some(self.ice.servers(self.now.mono));
        let servers = servers.filter(|servers| offers_servers && servers.clone().next().is_some());
        let queued = self.outbound.push(&entry, self.entropy.bytes(), |room| {
            let with = servers.clone().and_then(|servers| {
                message::write(room, &outgoing, |json| write_servers(json, servers))
            });
            let with = with.filter(|len| *len <= MESSAGE_MAX);
            with.or_else(|| message::write(room, &outgoing, |_| {}))
        });
        queued.map_err(|why| match why {
            NotQueued::TooLarge => ResourceError::SendTooLarge,
            NotQueued::Full => ResourceError::QueueFull,
        })
    }
}

/// `IceServerList` as the C SDK writes it: the time left, not the time given.
fn write_servers(json: &mut Writer<'_>, servers: IceServers<'_>) {
    let age_s = servers.age_s();
    json.key("IceServerList");
    json.begin_array();
    for server in servers {
        json.begin_object();
        json.key("Password");
        json.string(server.password);
        json.key("Ttl");
        json.unsigned(u64::from(server.ttl_s.saturating_sub(age_s)));
        json.key("Uris");
        json.begin_array();
        for uri in server.uris.iter().take(server.uri_count) {
            json.string(uri);
        }
        json.end_array();
        json.key("Username");
        json.string(server.username);
        json.end_object();
    }
    json.end_array();
}
