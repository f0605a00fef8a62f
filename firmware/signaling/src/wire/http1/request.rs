//! Writing a request.

use crate::wire::out::Out;

/// Writes a request into a lent buffer. Values with control characters are refused, so that no
/// setting can smuggle a header in.
pub struct RequestWriter<'b> {
    out: Out<'b>,
}

impl<'b> RequestWriter<'b> {
    /// Writes the request line; `target` appends path and query.
    pub fn new(buf: &'b mut [u8], method: &str, target: impl FnOnce(&mut Out<'b>)) -> Self {
        let mut out = Out::new(buf);
        out.text(method);
        out.put(b" ");
        target(&mut out);
        out.put(b" HTTP/1.1\r\n");
        Self { out }
    }

    /// Writes one field; its value is the parts, joined.
    pub fn header(&mut self, name: &str, parts: &[&str]) {
        self.out.text(name);
        self.out.put(b": ");
        for part in parts {
            self.value(part);
        }
        self.out.put(b"\r\n");
    }

    /// Writes a field with a number for its value.
    pub fn number(&mut self, name: &str, value: usize) {
        self.out.text(name);
        self.out.put(b": ");
        self.out.decimal(value as u64);
        self.out.put(b"\r\n");
    }

    /// Ends the head. Its length; `None` when it did not fit or a value was refused.
    #[must_use]
    pub fn finish(mut self) -> Option<usize> {
        self.out.put(b"\r\n");
        self.out.finish()
    }

    fn value(&mut self, text: &str) {
        // RFC 9110 §5.5: visible characters, space and tab; other bytes are opaque but harmless.
        if text.bytes().any(|byte| (byte < 0x20 && byte != b'\t') || byte == 0x7f) {
            self.out.refuse();
        }
        self.out.text(text);
    }
}
