//! HTTP/1.1 (RFC 9112) as a client of one request at a time.

mod head;
mod reader;
mod request;

pub use head::Response;
pub use reader::{HttpError, Progress, ResponseReader};
pub use request::RequestWriter;

/// Header fields taken in one response. AWS sends under 20; the array of them is on the stack while a
/// head is checked.
pub const HEADERS_MAX: usize = 48;
/// Bytes of chunk extensions and trailers skipped before a response counts as malformed: nothing the
/// service sends has any.
pub const SKIPPED_MAX: u16 = 4096;
