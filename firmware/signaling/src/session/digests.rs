//! What was received lately.

/// The digest of one received message.
#[derive(Clone, Copy, Debug)]
pub struct DigestSlot {
    digest: [u8; 16],
}

impl DigestSlot {
    /// An unused slot.
    pub const EMPTY: Self = Self { digest: [0; 16] };
}
