//! The upgrade's key and its answer (RFC 6455 §4.1, §4.2.2).

use sha1::{Digest, Sha1};

use crate::wire::base64;

/// RFC 6455 §1.3.
const GUID: &str = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

/// `Sec-WebSocket-Key` from 16 random bytes.
pub fn key(nonce: [u8; 16]) -> [u8; 24] {
    let mut text = [0; 24];
    // 16 bytes are 24 characters: always fits.
    let _ = base64::encode(&nonce, &mut text);
    text
}

/// The `Sec-WebSocket-Accept` that answers `key`.
pub fn accept(key: &[u8; 24]) -> [u8; 28] {
    let digest: [u8; 20] = Sha1::new().chain_update(key).chain_update(GUID).finalize().into();
    let mut text = [0; 28];
    // 20 bytes are 28 characters: always fits.
    let _ = base64::encode(&digest, &mut text);
    text
}
