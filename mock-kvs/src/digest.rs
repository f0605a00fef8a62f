//! Short SHA-256 prefixes in hexadecimal: what the journal keeps instead of payloads and keys.

use std::fmt;

use sha2::{Digest as _, Sha256};

/// The first `N` hex digits of a SHA-256.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Short<const N: usize>([u8; N]);

/// A payload's or a signature's digest in the journal; the device's trace shows the same.
pub type Sha = Short<16>;
/// Stands for an access key in the journal.
pub type Fingerprint = Short<8>;

impl<const N: usize> Short<N> {
    /// Hashes `bytes`.
    pub fn of(bytes: &[u8]) -> Self {
        let digest = Sha256::digest(bytes);
        let mut out = [b'0'; N];
        let nibbles = digest.iter().flat_map(|byte| [byte >> 4, byte & 15]);
        for (to, nibble) in out.iter_mut().zip(nibbles) {
            *to = hex_digit(nibble);
        }
        Self(out)
    }

    /// The digits.
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or("")
    }
}

impl<const N: usize> fmt::Display for Short<N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl<const N: usize> fmt::Debug for Short<N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Lower-case hexadecimal of all of `bytes`.
pub fn hex(bytes: &[u8]) -> String {
    bytes
        .iter()
        .flat_map(|byte| [byte >> 4, byte & 15])
        .map(|nibble| char::from(hex_digit(nibble)))
        .collect()
}

fn hex_digit(nibble: u8) -> u8 {
    if nibble < 10 { b'0' + nibble } else { b'a' + (nibble - 10) }
}
