//! What applications send: to whom, what, and what becomes of it.

/// The other end of a message: a slot in the session's peer table. Stays valid while that peer is
/// among the most recent ones; afterwards `send` refuses it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PeerId {
    pub(crate) slot: u16,
    pub(crate) generation: u16,
}

impl PeerId {
    /// The master, from a viewer's side; also the sender of messages without a sender id.
    pub const MASTER: Self = Self { slot: u16::MAX, generation: 0 };
}

/// A message the application sent, until it is confirmed or has failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Ticket(pub u32);

/// Kind of a message (spec §3.2, §3.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MessageKind {
    /// `SDP_OFFER`
    SdpOffer,
    /// `SDP_ANSWER`
    SdpAnswer,
    /// `ICE_CANDIDATE`
    IceCandidate,
    /// Any `messageType` this client does not know; only received.
    Unknown,
}

impl MessageKind {
    /// The word on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::SdpOffer => "SDP_OFFER",
            Self::SdpAnswer => "SDP_ANSWER",
            Self::IceCandidate => "ICE_CANDIDATE",
            Self::Unknown => "UNKNOWN",
        }
    }
}

/// A message to send; see [`crate::Session::send`].
#[derive(Clone, Copy, Debug)]
pub struct Message<'a> {
    /// Offer, answer or candidate.
    pub kind: MessageKind,
    /// Payload before base64.
    pub payload: &'a [u8],
    /// 1–256 of `[a-zA-Z0-9_.-]`, or empty for none. Only messages with one get a STATUS_RESPONSE.
    pub correlation_id: &'a str,
    /// What becomes of it when the link dies before it was written.
    pub on_loss: OnLoss,
}

/// Policy for a message whose link died before all its bytes were written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OnLoss {
    /// Send it again on the next link, until its time to live ends.
    Retry,
    /// Drop it and report [`crate::Event::SendFailed`].
    Report,
}

/// Why a message did not, or may not have, reached the service.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SendFailure {
    /// Its time to live ended in the queue.
    Expired,
    /// The link died before its bytes were written, and the policy is [`OnLoss::Report`].
    LinkLost,
    /// Written, but the link died before the service had answered anything after it: it may or may
    /// not have arrived.
    Unconfirmed,
    /// The service refused it by STATUS_RESPONSE.
    Rejected,
    /// The session was stopped first.
    Stopped,
}

impl SendFailure {
    /// The word in trace lines.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Expired => "expired",
            Self::LinkLost => "link_lost",
            Self::Unconfirmed => "unconfirmed",
            Self::Rejected => "rejected",
            Self::Stopped => "stopped",
        }
    }
}
