//! Messages on their way out.

/// One message on its way out.
#[derive(Clone, Copy, Debug)]
pub struct OutboundSlot {
    ticket: u32,
}

impl OutboundSlot {
    /// An unused slot.
    pub const EMPTY: Self = Self { ticket: 0 };
}
