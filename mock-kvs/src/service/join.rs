//! JoinStorageSession and JoinStorageSessionAsViewer: the service itself sends an offer (spec §1.4).

use std::borrow::Cow;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::channel::{Channel, Recipient};
use super::error::{ErrorType, ServiceError};
use super::message::{Inbound, Message, MessageType};
use super::{Service, shape};
use crate::change::ChannelStatus;
use crate::clock::Now;
use crate::digest::Sha;
use crate::journal::Text;
use crate::random::{BASE64, HEX};

impl Service {
    /// Joins the channel's storage session: with a client id as that viewer, else as master. The
    /// joined one is sent an offer once per call; the newest call counts.
    ///
    /// # Errors
    /// Members outside the model, no such channel, or one without media storage; somebody absent
    /// where the policies say so.
    pub fn join_storage(
        &mut self,
        now: Now,
        arn: &str,
        client_id: Option<&str>,
    ) -> Result<(), ServiceError> {
        shape::require_storage_arn(arn)?;
        let recipient = match client_id {
            None => Recipient::Master,
            Some(id) => {
                shape::require_name(id, "clientId")?;
                Recipient::Viewer(Text::from(id))
            }
        };
        if self.active(arn)?.stream_arn.is_none() {
            let text = "Media storage is not enabled for the channel.";
            return Err(ServiceError::new(ErrorType::InvalidArgument, text));
        }
        let offer = self.storage_offer(client_id.is_some());
        self.hold(now, arn, recipient.clone(), offer)?;
        if let Some(channel) = self.channels.get_mut(arn) {
            channel.joined.insert(recipient);
        }
        Ok(())
    }

    /// A channel that serves.
    pub(super) fn active(&self, arn: &str) -> Result<&Channel, ServiceError> {
        let channel = self.channels.get(arn).ok_or_else(ServiceError::channel_not_found)?;
        match channel.status {
            ChannelStatus::Active => Ok(channel),
            ChannelStatus::Creating | ChannelStatus::Updating | ChannelStatus::Deleting => {
                Err(ServiceError::channel_not_found())
            }
        }
    }

    /// An offer of the storage session, which names no sender: AWS's C SDK asks for one only while
    /// storage is off (spec §3.3).
    fn storage_offer(&mut self, to_viewer: bool) -> Message {
        let description =
            serde_json::json!({ "type": "offer", "sdp": self.storage_sdp(to_viewer) });
        let description = description.to_string();
        let inbound = Inbound {
            kind: Some(MessageType::SdpOffer),
            recipient: None,
            payload: Cow::Owned(STANDARD.encode(&description)),
            correlation_id: None,
            ice_servers: None,
        };
        let measured = (description.len() as u64, Sha::of(description.as_bytes()));
        let offer = Message::relayed(MessageType::SdpOffer, None, &inbound, measured);
        Message { from: Some(Text::from(STORAGE)), ..offer }
    }

    /// Opus both ways, and H.264 from the master to the viewers: what WebRTC ingestion asks for in
    /// AWS's documentation. It carries no candidates, for nobody is there to be reached.
    fn storage_sdp(&mut self, to_viewer: bool) -> String {
        let session = self.random.bits() >> 1;
        let fingerprint: Vec<_> =
            (0..32).map(|_| self.random.text(2, HEX).to_ascii_uppercase()).collect();
        let transport = format!(
            "c=IN IP4 0.0.0.0\r\na=rtcp:9 IN IP4 0.0.0.0\r\na=ice-ufrag:{}\r\na=ice-pwd:{}\r\n\
             a=ice-options:trickle\r\na=fingerprint:sha-256 {}\r\na=setup:actpass\r\n",
            self.random.text(4, BASE64),
            self.random.text(24, BASE64),
            fingerprint.join(":"),
        );
        let video = if to_viewer { "sendonly" } else { "recvonly" };
        format!(
            "v=0\r\no=- {session} 2 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\na=group:BUNDLE 0 1\r\n\
             a=msid-semantic: WMS\r\n\
             m=audio 9 UDP/TLS/RTP/SAVPF 111\r\n{transport}a=mid:0\r\na=sendrecv\r\n\
             a=rtcp-mux\r\na=rtpmap:111 opus/48000/2\r\n\
             a=fmtp:111 minptime=10;useinbandfec=1\r\n\
             m=video 9 UDP/TLS/RTP/SAVPF 125\r\n{transport}a=mid:1\r\na={video}\r\n\
             a=rtcp-mux\r\na=rtpmap:125 H264/90000\r\na=rtcp-fb:125 nack pli\r\n\
             a=fmtp:125 level-asymmetry-allowed=1;packetization-mode=1;\
             profile-level-id=42e01f\r\n"
        )
    }
}

/// The storage session's name in the journal.
pub(super) const STORAGE: &str = "storage";

/// Whether a client's message is for the storage session it joined: a viewer's answers and
/// candidates, and those of a master that name no recipient.
pub(super) fn is_for_storage(channel: &Channel, seat: &Recipient, inbound: &Inbound<'_>) -> bool {
    let is_reply = match inbound.kind {
        Some(MessageType::SdpAnswer | MessageType::IceCandidate) => true,
        Some(
            MessageType::SdpOffer
            | MessageType::GoAway
            | MessageType::ReconnectIceServer
            | MessageType::StatusResponse,
        )
        | None => false,
    };
    let names_nobody = match seat {
        Recipient::Master => inbound.recipient.is_none(),
        Recipient::Viewer(_) => true,
    };
    is_reply && names_nobody && channel.joined.contains(seat)
}
