//! All the memory a session borrows, in one value.

use crate::config::{Buffers, CHANNEL_STATE_MAX, CREDENTIALS_MAX, DIGESTS, OUTBOUND_SLOTS};
use crate::session::{DigestSlot, OutboundSlot, PeerSlot};

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
