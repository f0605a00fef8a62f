//! Reading frames and putting messages together.

use super::Violation;
use super::frame::{CONTROL_MAX, Opcode};
use super::utf8::Utf8;

/// One thing the server sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Received {
    /// A whole text message: the first `len` bytes of the receive buffer, valid UTF-8, the caller's to
    /// decode in place until it feeds more. May be empty.
    Text {
        /// Bytes.
        len: usize,
    },
    /// A whole binary message, which was skipped: the service sends text only.
    Binary,
    /// A whole text message larger than the receive buffer, which was skipped. The link is in step.
    TooLarge,
    /// Answer with a pong that carries [`Decoder::control`].
    Ping,
    /// Answers a ping, or nobody's; its payload is [`Decoder::control`].
    Pong,
    /// The server closes; the reason is [`Decoder::control`]. What follows is ignored (§5.5.1).
    Close {
        /// `None` when the frame is empty.
        code: Option<u16>,
    },
}

/// Turns bytes in any split into messages, in a receive buffer the caller lends at each call (always
/// the same). Fails at the first byte that breaks RFC 6455, and then stays failed.
#[derive(Clone, Debug)]
pub struct Decoder {
    phase: Phase,
    /// The frame being read.
    frame: Frame,
    /// The message whose fragments are being read.
    message: Option<Assembly>,
    control: [u8; CONTROL_MAX],
    control_len: usize,
}

#[derive(Clone, Copy, Debug)]
enum Phase {
    /// In a header: its bytes so far. The longest unmasked one has 10.
    Header { bytes: [u8; 10], len: usize },
    /// In a payload.
    Payload { left: u64 },
    /// After a close frame.
    Closed,
    /// After a violation.
    Failed(Violation),
}

#[derive(Clone, Copy, Debug)]
struct Frame {
    opcode: Opcode,
    fin: bool,
}

#[derive(Clone, Copy, Debug)]
struct Assembly {
    text: bool,
    len: usize,
    too_large: bool,
    utf8: Utf8,
}

impl Default for Decoder {
    fn default() -> Self {
        Self::new()
    }
}

impl Decoder {
    /// Ready for the first frame after the upgrade.
    pub const fn new() -> Self {
        Self {
            phase: Phase::HEADER,
            frame: Frame { opcode: Opcode::Continuation, fin: true },
            message: None,
            control: [0; CONTROL_MAX],
            control_len: 0,
        }
    }

    /// Takes bytes up to the end of the next message or control frame, and says what that is and how
    /// many bytes it took. Feed the rest once that is dealt with.
    pub fn feed(
        &mut self,
        rx: &mut [u8],
        bytes: &[u8],
    ) -> Result<(Option<Received>, usize), Violation> {
        let mut taken = 0;
        while let Some(rest) = bytes.get(taken..).filter(|rest| !rest.is_empty()) {
            let step = match self.phase {
                Phase::Header { bytes, len } => self.header_byte(rest, bytes, len),
                Phase::Payload { left } => self.payload(rx, rest, left),
                Phase::Closed => return Ok((None, bytes.len())),
                Phase::Failed(violation) => return Err(violation),
            };
            let (step, received) = step.inspect_err(|violation| {
                self.phase = Phase::Failed(*violation);
            })?;
            taken += step;
            if received.is_some() {
                return Ok((received, taken));
            }
        }
        Ok((None, taken))
    }

    /// Payload of the last control frame; of a close frame, the reason without the code.
    pub fn control(&self) -> &[u8] {
        self.control.get(..self.control_len).unwrap_or_default()
    }

    /// A message has begun and not ended.
    pub const fn in_message(&self) -> bool {
        self.message.is_some()
    }

    fn header_byte(
        &mut self,
        rest: &[u8],
        mut bytes: [u8; 10],
        len: usize,
    ) -> Result<(usize, Option<Received>), Violation> {
        let (Some(byte), Some(slot)) = (rest.first(), bytes.get_mut(len)) else {
            return Ok((0, None));
        };
        *slot = *byte;
        let len = len + 1;
        let [first, second, extended @ ..] = bytes;
        if len == 1 {
            self.frame = self.begin_frame(first)?;
        }
        if len == 2 {
            self.check_short_length(second)?;
        }
        let payload = match (len, second) {
            (0..=1, _) => None,
            (2, 0..=125) => Some(u64::from(second)),
            (4, 126) => Some(long_length(extended.first_chunk::<2>().copied())?),
            (10, 127) => Some(very_long_length(extended)?),
            _ => None,
        };
        let Some(left) = payload else {
            self.phase = Phase::Header { bytes, len };
            return Ok((1, None));
        };
        self.phase = Phase::Payload { left };
        // An empty frame ends here: no byte of payload will come to end it.
        let received = if left == 0 { self.end_frame()? } else { None };
        Ok((1, received))
    }

    /// Everything the first byte can break.
    fn begin_frame(&mut self, byte: u8) -> Result<Frame, Violation> {
        if byte & 0x70 != 0 {
            return Err(Violation::ReservedBit);
        }
        let opcode = Opcode::from_bits(byte & 0x0f).ok_or(Violation::ReservedOpcode)?;
        let fin = byte & 0x80 != 0;
        match (opcode, self.message.is_some()) {
            (Opcode::Close | Opcode::Ping | Opcode::Pong, _) if !fin => {
                return Err(Violation::ControlFragmented);
            }
            (Opcode::Close | Opcode::Ping | Opcode::Pong, _) => self.control_len = 0,
            (Opcode::Continuation, false) => return Err(Violation::StrayContinuation),
            (Opcode::Text | Opcode::Binary, true) => return Err(Violation::Interrupted),
            (Opcode::Continuation, true) => {}
            (Opcode::Text | Opcode::Binary, false) => {
                let text = opcode == Opcode::Text;
                let utf8 = Utf8::default();
                self.message = Some(Assembly { text, len: 0, too_large: false, utf8 });
            }
        }
        Ok(Frame { opcode, fin })
    }

    fn check_short_length(&self, byte: u8) -> Result<(), Violation> {
        if byte & 0x80 != 0 {
            return Err(Violation::Masked);
        }
        if self.frame.opcode.is_control() && usize::from(byte) > CONTROL_MAX {
            return Err(Violation::ControlTooLong);
        }
        Ok(())
    }

    fn payload(
        &mut self,
        rx: &mut [u8],
        rest: &[u8],
        left: u64,
    ) -> Result<(usize, Option<Received>), Violation> {
        let most = usize::try_from(left).unwrap_or(usize::MAX).min(rest.len());
        let piece = rest.get(..most).unwrap_or_default();
        if self.frame.opcode.is_control() {
            let room = self.control.get_mut(self.control_len..).unwrap_or_default();
            copy(room, piece);
            self.control_len += piece.len();
        } else if let Some(message) = &mut self.message {
            message.push(rx, piece)?;
        }
        let left = left - piece.len() as u64;
        self.phase = Phase::Payload { left };
        let received = if left == 0 { self.end_frame()? } else { None };
        Ok((piece.len(), received))
    }

    fn end_frame(&mut self) -> Result<Option<Received>, Violation> {
        self.phase = Phase::HEADER;
        match self.frame.opcode {
            Opcode::Ping => Ok(Some(Received::Ping)),
            Opcode::Pong => Ok(Some(Received::Pong)),
            Opcode::Close => self.end_close().map(Some),
            Opcode::Continuation | Opcode::Text | Opcode::Binary if !self.frame.fin => Ok(None),
            Opcode::Continuation | Opcode::Text | Opcode::Binary => {
                self.message.take().map(Assembly::end).transpose()
            }
        }
    }

    fn end_close(&mut self) -> Result<Received, Violation> {
        let code = match self.control() {
            [] => None,
            [_] => return Err(Violation::CloseLength),
            [high, low, reason @ ..] => {
                let code = u16::from_be_bytes([*high, *low]);
                if !may_be_sent(code) {
                    return Err(Violation::CloseCode);
                }
                if core::str::from_utf8(reason).is_err() {
                    return Err(Violation::Utf8);
                }
                Some(code)
            }
        };
        self.control.copy_within(2.., 0);
        self.control_len = self.control_len.saturating_sub(2);
        self.phase = Phase::Closed;
        Ok(Received::Close { code })
    }
}

impl Assembly {
    fn push(&mut self, rx: &mut [u8], piece: &[u8]) -> Result<(), Violation> {
        if !self.text {
            return Ok(());
        }
        if !self.utf8.feed(piece) {
            return Err(Violation::Utf8);
        }
        match rx.get_mut(self.len..).filter(|room| room.len() >= piece.len()) {
            Some(room) if !self.too_large => {
                copy(room, piece);
                self.len += piece.len();
            }
            Some(_) | None => self.too_large = true,
        }
        Ok(())
    }

    const fn end(self) -> Result<Received, Violation> {
        if !self.utf8.complete() {
            Err(Violation::Utf8)
        } else if !self.text {
            Ok(Received::Binary)
        } else if self.too_large {
            Ok(Received::TooLarge)
        } else {
            Ok(Received::Text { len: self.len })
        }
    }
}

impl Phase {
    const HEADER: Self = Self::Header { bytes: [0; 10], len: 0 };
}

fn long_length(bytes: Option<[u8; 2]>) -> Result<u64, Violation> {
    let len = bytes.map_or(0, u16::from_be_bytes);
    if len > 125 { Ok(u64::from(len)) } else { Err(Violation::Length) }
}

fn very_long_length(bytes: [u8; 8]) -> Result<u64, Violation> {
    let len = u64::from_be_bytes(bytes);
    if len > 0xffff && len >> 63 == 0 { Ok(len) } else { Err(Violation::Length) }
}

/// Codes an endpoint may put into a close frame: those RFC 6455 §7.4.1 defines for that, those
/// registered since with IANA (1012 to 1014), and the ranges for libraries and applications.
const fn may_be_sent(code: u16) -> bool {
    matches!(code, 1000..=1003 | 1007..=1014 | 3000..=4999)
}

fn copy(room: &mut [u8], bytes: &[u8]) {
    for (slot, byte) in room.iter_mut().zip(bytes) {
        *slot = *byte;
    }
}
