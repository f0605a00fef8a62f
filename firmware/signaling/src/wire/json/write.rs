//! Writing JSON without white space.

use crate::wire::base64;
use crate::wire::out::Out;

/// Appends values to a lent buffer. Commas are its business; that braces match is the caller's. What
/// does not fit is reported once, by [`Writer::finish`].
pub struct Writer<'b> {
    out: Out<'b>,
    comma: bool,
}

impl<'b> Writer<'b> {
    /// An empty document over `buf`.
    pub const fn new(buf: &'b mut [u8]) -> Self {
        Self { out: Out::new(buf), comma: false }
    }

    /// `{`
    pub fn begin_object(&mut self) {
        self.open(b"{");
    }

    /// `}`
    pub fn end_object(&mut self) {
        self.close(b"}");
    }

    /// `[`
    pub fn begin_array(&mut self) {
        self.open(b"[");
    }

    /// `]`
    pub fn end_array(&mut self) {
        self.close(b"]");
    }

    /// A member's key; its value comes next.
    pub fn key(&mut self, key: &str) {
        self.string(key);
        self.out.put(b":");
        self.comma = false;
    }

    /// A string, escaped as far as it must be.
    pub fn string(&mut self, text: &str) {
        self.separate();
        self.out.put(b"\"");
        let mut rest = text;
        while let Some(at) = rest.bytes().position(must_escape) {
            let (plain, tail) = rest.split_at_checked(at).unwrap_or_default();
            self.out.text(plain);
            // What must be escaped is ASCII, so one byte is one character.
            self.escape(tail.bytes().next().unwrap_or_default());
            rest = tail.get(1..).unwrap_or_default();
        }
        self.out.text(rest);
        self.out.put(b"\"");
    }

    /// A string of base64, encoded where it goes.
    pub fn base64(&mut self, bytes: &[u8]) {
        self.separate();
        self.out.put(b"\"");
        let encoded = self.out.claim(base64::encoded_len(bytes.len()));
        if encoded.is_some_and(|room| base64::encode(bytes, room).is_none()) {
            self.out.refuse();
        }
        self.out.put(b"\"");
    }

    /// A non-negative integer.
    pub fn unsigned(&mut self, number: u64) {
        self.separate();
        self.out.decimal(number);
    }

    /// Length of the document; `None` when it did not fit.
    #[must_use]
    pub const fn finish(self) -> Option<usize> {
        self.out.finish()
    }

    fn open(&mut self, brace: &[u8]) {
        self.separate();
        self.out.put(brace);
        self.comma = false;
    }

    fn close(&mut self, brace: &[u8]) {
        self.out.put(brace);
        self.comma = true;
    }

    fn separate(&mut self) {
        if core::mem::replace(&mut self.comma, true) {
            self.out.put(b",");
        }
    }

    fn escape(&mut self, byte: u8) {
        match byte {
            b'"' | b'\\' => self.out.put(&[b'\\', byte]),
            b'\n' => self.out.put(b"\\n"),
            b'\r' => self.out.put(b"\\r"),
            b'\t' => self.out.put(b"\\t"),
            _ => {
                let digit =
                    |nibble: u8| if nibble < 10 { b'0' + nibble } else { b'a' + nibble - 10 };
                self.out.put(&[b'\\', b'u', b'0', b'0', digit(byte >> 4), digit(byte & 15)]);
            }
        }
    }
}

const fn must_escape(byte: u8) -> bool {
    byte < 0x20 || byte == b'"' || byte == b'\\'
}
