//! A part of a buffer, by position: it outlives a borrow, so that a parsed message can be kept while
//! its buffer is decoded in place or lent out later.

use core::ops::Range;

/// Start and end in the buffer that was parsed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Span {
    start: usize,
    end: usize,
}

impl Span {
    /// Nothing, anywhere.
    pub const EMPTY: Self = Self { start: 0, end: 0 };

    /// From `start` up to `end`; empty when they are the wrong way round.
    pub const fn new(start: usize, end: usize) -> Self {
        if start <= end { Self { start, end } } else { Self::EMPTY }
    }

    /// Length in bytes.
    pub const fn len(self) -> usize {
        self.end.saturating_sub(self.start)
    }

    /// No bytes.
    pub const fn is_empty(self) -> bool {
        self.len() == 0
    }

    /// As a range.
    pub const fn range(self) -> Range<usize> {
        self.start..self.end
    }

    /// Its first `len` bytes: what decoding in place leaves.
    #[must_use]
    pub const fn shortened(self, len: usize) -> Self {
        if len < self.len() {
            // Cannot overflow: start + len < end.
            Self { start: self.start, end: self.start + len }
        } else {
            self
        }
    }

    /// Its bytes; empty when `buf` is not the buffer that was parsed.
    pub fn bytes(self, buf: &[u8]) -> &[u8] {
        buf.get(self.range()).unwrap_or_default()
    }

    /// Its bytes, to decode in place.
    pub fn bytes_mut(self, buf: &mut [u8]) -> &mut [u8] {
        buf.get_mut(self.range()).unwrap_or_default()
    }

    /// Its text; empty when that is not UTF-8, which a parsed JSON string always is.
    pub fn text(self, buf: &[u8]) -> &str {
        core::str::from_utf8(self.bytes(buf)).unwrap_or_default()
    }
}
