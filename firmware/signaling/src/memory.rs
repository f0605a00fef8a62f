//! The memory a session borrows.

use crate::config::{CHANNEL_STATE_MAX, CREDENTIALS_MAX, DIGESTS, OUTBOUND_SLOTS};
use crate::session::{DigestSlot, OutboundSlot, PeerSlot};

/// Memory lent to a session for its life. The crate's front page says how to size each;
/// [`Memory`] holds one of each for callers that want them in one place.
pub struct Buffers<'buf> {
    /// One received WebSocket message, frame overhead included: [`crate::config::RX_SMALL`] or
    /// [`crate::config::RX_SDK`].
    pub rx: &'buf mut [u8],
    /// Outbound messages until they are confirmed: at least one largest frame.
    pub tx: &'buf mut [u8],
    /// One HTTP request, then its response; the upgrade too: [`crate::config::HTTP_MIN`] or more.
    pub http: &'buf mut [u8],
    /// The current credentials: [`CREDENTIALS_MAX`] holds the largest legal set.
    pub credentials: &'buf mut [u8],
    /// The current ICE list, packed: 2 KB hold the service's usual two servers.
    pub ice: &'buf mut [u8],
    /// The channel's ARN and endpoints as they go into the cache: [`CHANNEL_STATE_MAX`].
    pub channel: &'buf mut [u8],
    /// Recent peers: one per viewer, 10 on a channel.
    pub peers: &'buf mut [PeerSlot],
    /// Queued, unconfirmed and kept messages: [`OUTBOUND_SLOTS`].
    pub outbound: &'buf mut [OutboundSlot],
    /// What was received lately, to recognise what comes twice: [`DIGESTS`].
    pub digests: &'buf mut [DigestSlot],
}

/// Peers on a channel: the service takes 10 viewers (spec §1.5).
pub const PEERS: usize = 10;
/// The service's usual two servers take about 700 bytes; the largest legal list does not fit a
/// small device and is cut.
pub const ICE_MEMORY: usize = 2_048;

/// What [`Buffers`] borrows, sized at compile time; fit for a `static`.
pub struct Memory<const RX: usize, const TX: usize, const HTTP: usize> {
    rx: [u8; RX],
    tx: [u8; TX],
    http: [u8; HTTP],
    credentials: [u8; CREDENTIALS_MAX],
    ice: [u8; ICE_MEMORY],
    channel: [u8; CHANNEL_STATE_MAX],
    peers: [PeerSlot; PEERS],
    outbound: [OutboundSlot; OUTBOUND_SLOTS],
    digests: [DigestSlot; DIGESTS],
}

impl<const RX: usize, const TX: usize, const HTTP: usize> Memory<RX, TX, HTTP> {
    /// Unused memory.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            rx: [0; RX],
            tx: [0; TX],
            http: [0; HTTP],
            credentials: [0; CREDENTIALS_MAX],
            ice: [0; ICE_MEMORY],
            channel: [0; CHANNEL_STATE_MAX],
            peers: [PeerSlot::EMPTY; PEERS],
            outbound: [OutboundSlot::EMPTY; OUTBOUND_SLOTS],
            digests: [DigestSlot::EMPTY; DIGESTS],
        }
    }

    /// Lends it to a session.
    pub fn lend(&mut self) -> Buffers<'_> {
        Buffers {
            rx: &mut self.rx,
            tx: &mut self.tx,
            http: &mut self.http,
            credentials: &mut self.credentials,
            ice: &mut self.ice,
            channel: &mut self.channel,
            peers: &mut self.peers,
            outbound: &mut self.outbound,
            digests: &mut self.digests,
        }
    }
}

impl<const RX: usize, const TX: usize, const HTTP: usize> Default for Memory<RX, TX, HTTP> {
    fn default() -> Self {
        Self::new()
    }
}
