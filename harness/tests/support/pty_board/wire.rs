//! SLIP (RFC 1055), both ways.

const END: u8 = 0xc0;
const ESCAPE: u8 = 0xdb;

/// Bytes to frames.
#[derive(Default)]
pub struct Slip {
    frame: Vec<u8>,
    inside: bool,
    escaped: bool,
}

impl Slip {
    /// The frames that end in `bytes`. What stands between frames is dropped.
    pub fn feed(&mut self, bytes: &[u8]) -> Vec<Vec<u8>> {
        let mut frames = Vec::new();
        for &byte in bytes {
            if byte == END {
                if self.inside && !self.frame.is_empty() {
                    frames.push(std::mem::take(&mut self.frame));
                    self.inside = false;
                } else {
                    self.inside = true;
                }
                self.escaped = false;
            } else if self.inside && self.escaped {
                self.frame.push(if byte == 0xdc { END } else { ESCAPE });
                self.escaped = false;
            } else if self.inside && byte == ESCAPE {
                self.escaped = true;
            } else if self.inside {
                self.frame.push(byte);
            }
        }
        frames
    }
}

/// One frame for the wire.
pub fn framed(payload: &[u8]) -> Vec<u8> {
    let mut out = vec![END];
    for &byte in payload {
        match byte {
            END => out.extend([ESCAPE, 0xdc]),
            ESCAPE => out.extend([ESCAPE, 0xdd]),
            other => out.push(other),
        }
    }
    out.push(END);
    out
}
