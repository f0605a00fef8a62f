//! Text of bounded length, in place.

use core::fmt::{self, Write as _};

/// The text is longer than its room.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Full;

/// At most `N` bytes of UTF-8.
#[derive(Clone, Copy)]
pub struct Text<const N: usize> {
    bytes: [u8; N],
    len: usize,
}

impl<const N: usize> Text<N> {
    /// No text.
    pub const EMPTY: Self = Self { bytes: [0; N], len: 0 };

    /// A copy of `text`.
    ///
    /// # Errors
    /// [`Full`] when it is longer than `N` bytes.
    pub fn of(text: &str) -> Result<Self, Full> {
        let mut copy = Self::EMPTY;
        copy.bytes.get_mut(..text.len()).ok_or(Full)?.copy_from_slice(text.as_bytes());
        copy.len = text.len();
        Ok(copy)
    }

    /// As much of `text` as fits.
    pub fn cut(text: fmt::Arguments<'_>) -> Self {
        let mut copy = Self::EMPTY;
        // An error only says that the rest did not fit.
        let _ = copy.write_fmt(text);
        copy
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        // Only whole `str`s are ever copied in.
        core::str::from_utf8(self.bytes.get(..self.len).unwrap_or_default()).unwrap_or_default()
    }

    /// The text, or `None` when there is none.
    pub fn given(&self) -> Option<&str> {
        (self.len > 0).then(|| self.as_str())
    }

    /// Overwrites the text, so that a secret does not stay in memory longer than it is needed.
    pub fn wipe(&mut self) {
        self.bytes.fill(0);
        self.len = 0;
    }
}

/// Appends; a piece that does not fit whole is an error and leaves the text as it was.
impl<const N: usize> fmt::Write for Text<N> {
    fn write_str(&mut self, piece: &str) -> fmt::Result {
        let end = self.len + piece.len();
        let room = self.bytes.get_mut(self.len..end).ok_or(fmt::Error)?;
        room.copy_from_slice(piece.as_bytes());
        self.len = end;
        Ok(())
    }
}

impl<const N: usize> fmt::Debug for Text<N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self.as_str(), f)
    }
}
