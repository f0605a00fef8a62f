//! ConnectAsMaster and ConnectAsViewer: the WebSocket upgrade (spec §3.1).

use crate::error::{PeerError, ResourceError};
use crate::wire::http1::{RequestWriter, Response};
use crate::wire::sigv4::{Presign, Signing, presign};
use crate::wire::websocket;

/// Longest life of a presigned URL, in seconds: what AWS's JS SDK asks for. Enough for a slow
/// handshake; a URL that leaks is worthless soon.
pub const EXPIRES_S_MAX: u32 = 299;

/// Writes the upgrade request. `key` is [`websocket::key`] of fresh random bytes. Its length.
pub fn write(
    buf: &mut [u8],
    signing: &Signing<'_>,
    url: &Presign<'_>,
    user_agent: &str,
    key: &[u8; 24],
) -> Result<usize, ResourceError> {
    let mut request = RequestWriter::new(buf, "GET", |target| presign(signing, url, target));
    request.header("Host", &[url.authority]);
    request.header("User-Agent", &[user_agent]);
    request.header("Upgrade", &["websocket"]);
    request.header("Connection", &["Upgrade"]);
    request.header("Sec-WebSocket-Version", &["13"]);
    request.header("Sec-WebSocket-Key", &[core::str::from_utf8(key).unwrap_or_default()]);
    request.finish().ok_or(ResourceError::RequestTooLarge)
}

/// Checks a 101 against the key we sent (RFC 6455 §4.1). [`PeerError::Upgrade`]: another status, or
/// not our upgrade, or one with an extension or sub-protocol we did not offer. What another status
/// means is [`super::error::classify`]'s to say.
pub fn check(response: &Response<'_>, key: &[u8; 24]) -> Result<(), PeerError> {
    let accept = response.header("Sec-WebSocket-Accept").unwrap_or_default();
    let ours = response.status == 101
        && response.lists("Upgrade", "websocket")
        && response.lists("Connection", "upgrade")
        && accept.as_bytes() == websocket::accept(key)
        && response.header("Sec-WebSocket-Extensions").is_none()
        && response.header("Sec-WebSocket-Protocol").is_none();
    if ours { Ok(()) } else { Err(PeerError::Upgrade) }
}
