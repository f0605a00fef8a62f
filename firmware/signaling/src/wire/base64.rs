//! Base64, standard alphabet with padding (RFC 4648 §4), as the service's payloads are.

use base64ct::{Base64, Encoding};

use super::Malformed;

/// Length of `n` bytes in base64.
pub const fn encoded_len(n: usize) -> usize {
    n.div_ceil(3).saturating_mul(4)
}

/// Encodes `src` into the front of `dst`. `None` when `dst` is shorter than [`encoded_len`].
pub fn encode(src: &[u8], dst: &mut [u8]) -> Option<usize> {
    let dst = dst.get_mut(..encoded_len(src.len()))?;
    Base64::encode(src, dst).ok().map(str::len)
}

/// Decodes `buf` in place; the result lies in its front. Refused: a foreign character, white space,
/// missing or surplus padding. Bits behind the last byte are ignored, as most encoders' readers do
/// (RFC 4648 §3.5 leaves it open).
pub fn decode_in_place(buf: &mut [u8]) -> Result<usize, Malformed> {
    Base64::decode_in_place(buf).map(<[u8]>::len).map_err(|_| Malformed)
}
