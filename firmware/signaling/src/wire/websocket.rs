//! WebSocket (RFC 6455) as a client, without extensions and sub-protocols.

mod decoder;
mod frame;
mod handshake;
mod utf8;

pub use decoder::{Decoder, Received};
pub use frame::{
    CONTROL_MAX, HEADER_MAX, Opcode, header_len, mask, write_close, write_control, write_text,
};
pub use handshake::{accept, key};

/// A breach of RFC 6455. The link must be failed: send [`Violation::close_code`] and drop it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Violation {
    /// A reserved bit is set, and no extension was agreed on (§5.2).
    ReservedBit,
    /// An opcode without meaning (§5.2).
    ReservedOpcode,
    /// The server masked a frame (§5.1).
    Masked,
    /// A length not in its shortest form, or with its top bit set (§5.2).
    Length,
    /// A control frame of more than 125 bytes (§5.5).
    ControlTooLong,
    /// A control frame in fragments (§5.5).
    ControlFragmented,
    /// A continuation without a beginning (§5.4).
    StrayContinuation,
    /// A new message inside an unfinished one (§5.4).
    Interrupted,
    /// Text or a close reason that is not UTF-8 (§8.1).
    Utf8,
    /// A close frame with half a code (§5.5.1).
    CloseLength,
    /// A close code that must not be sent (§7.4).
    CloseCode,
}

impl Violation {
    /// What our close frame says (§7.4.1).
    pub const fn close_code(self) -> u16 {
        match self {
            Self::Utf8 => close::INVALID_PAYLOAD,
            Self::ReservedBit
            | Self::ReservedOpcode
            | Self::Masked
            | Self::Length
            | Self::ControlTooLong
            | Self::ControlFragmented
            | Self::StrayContinuation
            | Self::Interrupted
            | Self::CloseLength
            | Self::CloseCode => close::PROTOCOL_ERROR,
        }
    }
}

/// Close codes we send or look for (§7.4.1).
pub mod close {
    /// Done.
    pub const NORMAL: u16 = 1000;
    /// The service rebalances, or an hour has passed (spec §3.5).
    pub const GOING_AWAY: u16 = 1001;
    /// A breach of RFC 6455.
    pub const PROTOCOL_ERROR: u16 = 1002;
    /// A message that is not UTF-8.
    pub const INVALID_PAYLOAD: u16 = 1007;
}
