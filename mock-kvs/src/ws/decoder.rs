//! A client's bytes to frames and messages (RFC 6455, section 5).

use std::io::Cursor;

use bytes::{Buf as _, BytesMut};
use tokio_tungstenite::tungstenite::protocol::frame::FrameHeader;
use tokio_tungstenite::tungstenite::protocol::frame::coding::{Control, Data, OpCode};

/// Longest message read at all: above it the connection is closed with 1009. The service's own
/// payload limit is far below and is answered, not punished.
pub(super) const MESSAGE_MAX: usize = 128 * 1024;

/// What a client sent.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Frame {
    Text(String),
    Binary,
    Ping(Vec<u8>),
    Pong,
    /// With its code, when it has one.
    Close(Option<u16>),
}

/// Why a client's frames cannot be read on, as the close code it is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Violation {
    /// 1002.
    Protocol,
    /// 1007.
    Utf8,
    /// 1009.
    TooBig,
}

impl Violation {
    pub const fn code(self) -> u16 {
        match self {
            Self::Protocol => 1002,
            Self::Utf8 => 1007,
            Self::TooBig => 1009,
        }
    }
}

#[derive(Debug, Default)]
pub(super) struct Decoder {
    buffer: BytesMut,
    /// The fragments so far, and whether they are text.
    message: Option<(Vec<u8>, bool)>,
}

impl Decoder {
    /// Where to read the client's bytes into.
    pub fn buffer(&mut self) -> &mut BytesMut {
        &mut self.buffer
    }

    /// The next frame or whole message; `None` until more bytes have come.
    pub fn next(&mut self) -> Result<Option<Frame>, Violation> {
        loop {
            let Some((header, payload)) = self.take_frame()? else { return Ok(None) };
            let frame = match header.opcode {
                OpCode::Control(control) => {
                    Some(self.control(control, header.is_final, payload)?)
                }
                OpCode::Data(data) => self.data(data, header.is_final, payload)?,
            };
            if frame.is_some() {
                return Ok(frame);
            }
        }
    }

    fn take_frame(&mut self) -> Result<Option<(FrameHeader, Vec<u8>)>, Violation> {
        let mut cursor = Cursor::new(&self.buffer[..]);
        let parsed = FrameHeader::parse(&mut cursor).map_err(|_| Violation::Protocol)?;
        let Some((header, length)) = parsed else { return Ok(None) };
        let header_len = usize::try_from(cursor.position()).unwrap_or(usize::MAX);
        if header.rsv1 || header.rsv2 || header.rsv3 {
            return Err(Violation::Protocol);
        }
        // RFC 6455 section 5.1: a server must not take unmasked frames.
        let mask = header.mask.ok_or(Violation::Protocol)?;
        let length = usize::try_from(length).unwrap_or(usize::MAX);
        let before = self.message.as_ref().map_or(0, |(bytes, _)| bytes.len());
        if length.saturating_add(before) > MESSAGE_MAX {
            return Err(Violation::TooBig);
        }
        if self.buffer.len() < header_len.saturating_add(length) {
            return Ok(None);
        }
        self.buffer.advance(header_len);
        let mut payload = self.buffer.split_to(length).to_vec();
        for (byte, mask) in payload.iter_mut().zip(mask.iter().cycle()) {
            *byte ^= mask;
        }
        Ok(Some((header, payload)))
    }

    fn control(
        &self,
        control: Control,
        is_final: bool,
        payload: Vec<u8>,
    ) -> Result<Frame, Violation> {
        if !is_final || payload.len() > 125 {
            return Err(Violation::Protocol);
        }
        match control {
            Control::Ping => Ok(Frame::Ping(payload)),
            Control::Pong => Ok(Frame::Pong),
            Control::Close => match payload.split_first_chunk::<2>() {
                Some((code, reason)) => {
                    std::str::from_utf8(reason).map_err(|_| Violation::Utf8)?;
                    Ok(Frame::Close(Some(u16::from_be_bytes(*code))))
                }
                None if payload.is_empty() => Ok(Frame::Close(None)),
                None => Err(Violation::Protocol),
            },
            Control::Reserved(_) => Err(Violation::Protocol),
        }
    }

    fn data(
        &mut self,
        data: Data,
        is_final: bool,
        payload: Vec<u8>,
    ) -> Result<Option<Frame>, Violation> {
        let (bytes, is_text) = match (data, self.message.take()) {
            (Data::Continue, Some((mut bytes, is_text))) => {
                bytes.extend_from_slice(&payload);
                (bytes, is_text)
            }
            (Data::Text, None) => (payload, true),
            (Data::Binary, None) => (payload, false),
            (Data::Continue, None)
            | (Data::Text | Data::Binary, Some(_))
            | (Data::Reserved(_), _) => return Err(Violation::Protocol),
        };
        if !is_final {
            self.message = Some((bytes, is_text));
            return Ok(None);
        }
        if !is_text {
            return Ok(Some(Frame::Binary));
        }
        String::from_utf8(bytes).map(|text| Some(Frame::Text(text))).map_err(|_| Violation::Utf8)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn any_bytes_in_any_pieces_end_in_frames_or_a_violation(
            pieces in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..64), 0..16)
        ) {
            let mut decoder = Decoder::default();
            'all: for piece in pieces {
                decoder.buffer().extend_from_slice(&piece);
                loop {
                    match decoder.next() {
                        Ok(Some(_)) => {}
                        Ok(None) => break,
                        Err(violation) => {
                            prop_assert!((1002..=1009).contains(&violation.code()));
                            break 'all;
                        }
                    }
                }
            }
            prop_assert!(decoder.buffer().len() <= 16 * 64);
        }
    }

    #[test]
    fn fragments_with_a_ping_between_make_one_message() {
        let mut decoder = Decoder::default();
        for (first, payload) in [(0x01, "off"), (0x89, "hi"), (0x80, "er")] {
            let len = u8::try_from(payload.len()).expect("short");
            decoder.buffer().extend_from_slice(&[first, 0x80 | len, 0, 0, 0, 0]);
            decoder.buffer().extend_from_slice(payload.as_bytes());
        }
        assert_eq!(decoder.next(), Ok(Some(Frame::Ping(b"hi".to_vec()))));
        assert_eq!(decoder.next(), Ok(Some(Frame::Text("offer".into()))));
        assert_eq!(decoder.next(), Ok(None));
    }

    #[test]
    fn an_unmasked_frame_is_a_violation() {
        let mut decoder = Decoder::default();
        decoder.buffer().extend_from_slice(&[0x81, 0x01, b'x']);
        assert_eq!(decoder.next(), Err(Violation::Protocol));
    }
}
