//! Recent peers by slot and generation.

use crate::config::CLIENT_ID_MAX;

/// One remembered peer.
#[derive(Clone, Copy, Debug)]
pub struct PeerSlot {
    id: [u8; CLIENT_ID_MAX],
}

impl PeerSlot {
    /// An unused slot.
    pub const EMPTY: Self = Self { id: [0; CLIENT_ID_MAX] };
}
