//! Appending to a lent buffer.

/// A cursor that never panics: what does not fit is dropped, and `finish` says so. Callers can thus
/// write a whole request and look at the result once.
pub struct Out<'b> {
    buf: &'b mut [u8],
    len: usize,
    overflow: bool,
}

impl<'b> Out<'b> {
    /// An empty text over `buf`.
    pub const fn new(buf: &'b mut [u8]) -> Self {
        Self { buf, len: 0, overflow: false }
    }

    /// Appends bytes.
    pub fn put(&mut self, bytes: &[u8]) {
        if let Some(room) = self.claim(bytes.len()) {
            room.copy_from_slice(bytes);
        }
    }

    /// Appends text.
    pub fn text(&mut self, text: &str) {
        self.put(text.as_bytes());
    }

    /// Appends a number in decimal.
    pub fn decimal(&mut self, mut number: u64) {
        let mut digits = [0u8; 20];
        let mut start = digits.len();
        for (place, slot) in digits.iter_mut().enumerate().rev() {
            *slot = b'0' + (number % 10) as u8;
            start = place;
            number /= 10;
            if number == 0 {
                break;
            }
        }
        self.put(digits.get(start..).unwrap_or_default());
    }

    /// Appends `n` bytes for the caller to fill; `None` when they do not fit.
    pub fn claim(&mut self, n: usize) -> Option<&mut [u8]> {
        let end = self.len.checked_add(n).filter(|end| !self.overflow && *end <= self.buf.len());
        let Some(end) = end else {
            self.overflow = true;
            return None;
        };
        let start = core::mem::replace(&mut self.len, end);
        self.buf.get_mut(start..end)
    }

    /// What is written so far.
    pub fn written(&self) -> &[u8] {
        self.buf.get(..self.len).unwrap_or_default()
    }

    /// Refuses the whole text, as if it had not fitted.
    pub const fn refuse(&mut self) {
        self.overflow = true;
    }

    /// Length of the whole text; `None` when it did not fit.
    #[must_use]
    pub const fn finish(self) -> Option<usize> {
        if self.overflow { None } else { Some(self.len) }
    }
}
