//! Bytes to values and back: representation only.
//!
//! Everything here is total (any bytes give a value or an error, never a panic), allocates nothing and
//! keeps no state but what a parser needs between two pieces of input. It knows nothing of sessions.

pub mod arn;
pub mod base64;
pub mod date;
pub mod http1;
pub mod json;
pub mod message;
pub mod out;
pub mod sigv4;
pub mod span;
pub mod url;
pub mod websocket;

/// The bytes are not what they should be; each function says what that is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Malformed;
