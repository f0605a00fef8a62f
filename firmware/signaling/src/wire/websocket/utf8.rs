//! UTF-8 in pieces.

/// Checks text that arrives in any split, and fails at the first byte that cannot be right.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Utf8 {
    /// The beginning of a character whose rest has not come yet.
    pending: [u8; 4],
    len: usize,
}

impl Utf8 {
    /// Takes the next piece; `false` when the text is not UTF-8.
    pub(super) fn feed(&mut self, mut piece: &[u8]) -> bool {
        while self.len > 0 {
            let Some((byte, rest)) = piece.split_first() else { return true };
            piece = rest;
            let Some(slot) = self.pending.get_mut(self.len) else { return false };
            *slot = *byte;
            self.len += 1;
            let started = self.pending.get(..self.len).unwrap_or_default();
            match core::str::from_utf8(started) {
                Ok(_) => self.len = 0,
                Err(error) if error.error_len().is_some() => return false,
                Err(_) => {}
            }
        }
        match core::str::from_utf8(piece) {
            Ok(_) => true,
            Err(error) if error.error_len().is_some() => false,
            Err(error) => {
                let started = piece.get(error.valid_up_to()..).unwrap_or_default();
                for (slot, byte) in self.pending.iter_mut().zip(started) {
                    *slot = *byte;
                }
                self.len = started.len();
                true
            }
        }
    }

    /// The text may end here.
    pub(super) const fn complete(self) -> bool {
        self.len == 0
    }
}
