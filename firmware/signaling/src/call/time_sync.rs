//! The one unsigned request: its answer's `Date` tells a device that woke in 1970 what time it is.

use crate::error::ResourceError;
use crate::wire::http1::RequestWriter;

/// Writes the request. Any answer will do, a 403 or 404 as well as a 200: only its `Date` is read.
pub fn write(buf: &mut [u8], authority: &str, user_agent: &str) -> Result<usize, ResourceError> {
    let mut request = RequestWriter::new(buf, "GET", |target| target.text("/"));
    request.header("Host", &[authority]);
    request.header("User-Agent", &[user_agent]);
    request.finish().ok_or(ResourceError::RequestTooLarge)
}
