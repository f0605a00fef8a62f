//! SHA-256 and HMAC over pieces.

use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest, Sha256};

/// SHA-256's block: HMAC hashes longer keys first (RFC 2104 §2).
const BLOCK: usize = 64;

/// SHA-256 of bytes.
pub fn sha256(bytes: &[u8]) -> [u8; 32] {
    Sha256::digest(bytes).into()
}

/// Lower-case hexadecimal.
pub fn hex(digest: &[u8; 32]) -> [u8; 64] {
    let mut text = [0; 64];
    for (pair, byte) in text.chunks_exact_mut(2).zip(digest) {
        if let [high, low] = pair {
            *high = digit(byte >> 4);
            *low = digit(byte & 15);
        }
    }
    text
}

/// HMAC-SHA256 of a message in pieces, under a key in pieces.
pub(super) fn hmac(key: &[&[u8]], message: &[&[u8]]) -> [u8; 32] {
    let mut mac = Hmac::<Sha256>::new(&block_key(key).into());
    for piece in message {
        mac.update(piece);
    }
    mac.finalize().into_bytes().into()
}

fn block_key(key: &[&[u8]]) -> [u8; BLOCK] {
    let mut block = [0; BLOCK];
    if key.iter().map(|piece| piece.len()).sum::<usize>() > BLOCK {
        let mut hasher = Sha256::new();
        for piece in key {
            hasher.update(piece);
        }
        let digest: [u8; 32] = hasher.finalize().into();
        for (slot, byte) in block.iter_mut().zip(digest) {
            *slot = byte;
        }
    } else {
        for (slot, byte) in block.iter_mut().zip(key.iter().copied().flatten()) {
            *slot = *byte;
        }
    }
    block
}

const fn digit(nibble: u8) -> u8 {
    if nibble < 10 { b'0' + nibble } else { b'a' + nibble - 10 }
}
