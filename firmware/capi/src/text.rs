//! Texts over the boundary: bounded reads, bounded writes, always NUL-terminated.

use core::ffi::c_char;

/// Not UTF-8, or longer than allowed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum BadText {
    /// No NUL within the limit.
    TooLong,
    /// Bytes that are no text.
    NotText,
}

/// A copy of the C string at `at`; `None` for NULL. Reads no further than `max` + 1 bytes.
///
/// # Safety
/// `at` is NULL, or readable up to its NUL or `max` + 1 bytes.
pub(crate) unsafe fn read(at: *const c_char, max: usize) -> Result<Option<String>, BadText> {
    if at.is_null() {
        return Ok(None);
    }
    let mut bytes = Vec::new();
    for offset in 0..=max {
        // SAFETY: no byte before this one was NUL, and `offset` ≤ `max`.
        let byte = unsafe { at.add(offset).read() };
        if byte == 0 {
            return String::from_utf8(bytes).map(Some).map_err(|_| BadText::NotText);
        }
        bytes.push(byte.to_ne_bytes()[0]);
    }
    Err(BadText::TooLong)
}

/// The text in a fixed field; the whole field when it has no NUL.
pub(crate) fn field(field: &[c_char]) -> Result<String, BadText> {
    let bytes = field.iter().take_while(|byte| **byte != 0).map(|byte| byte.to_ne_bytes()[0]);
    String::from_utf8(bytes.collect()).map_err(|_| BadText::NotText)
}

/// Writes `bytes` and a NUL. False when they do not fit, and then nothing is written but the NUL.
pub(crate) fn write(field: &mut [c_char], bytes: &[u8]) -> bool {
    let fits = bytes.len() < field.len();
    let bytes = if fits { bytes } else { &[] };
    for (to, from) in field.iter_mut().zip(bytes.iter().chain(core::iter::once(&0))) {
        *to = c_char::from_ne_bytes([*from]);
    }
    fits
}
