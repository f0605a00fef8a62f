//! Writing frames. A client masks every one with a fresh, unpredictable key (RFC 6455 §5.3), and ours
//! are never fragmented.

/// Longest header of a masked frame.
pub const HEADER_MAX: usize = 14;
/// Longest payload of a control frame (§5.5).
pub const CONTROL_MAX: usize = 125;

/// What a frame carries (§5.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Opcode {
    /// More of a message.
    Continuation,
    /// UTF-8.
    Text,
    /// Bytes.
    Binary,
    /// The end.
    Close,
    /// Asks for a pong.
    Ping,
    /// Answers a ping.
    Pong,
}

impl Opcode {
    /// From the four bits; `None` for the reserved ones.
    pub const fn from_bits(bits: u8) -> Option<Self> {
        match bits {
            0x0 => Some(Self::Continuation),
            0x1 => Some(Self::Text),
            0x2 => Some(Self::Binary),
            0x8 => Some(Self::Close),
            0x9 => Some(Self::Ping),
            0xa => Some(Self::Pong),
            _ => None,
        }
    }

    /// The four bits.
    pub const fn bits(self) -> u8 {
        match self {
            Self::Continuation => 0x0,
            Self::Text => 0x1,
            Self::Binary => 0x2,
            Self::Close => 0x8,
            Self::Ping => 0x9,
            Self::Pong => 0xa,
        }
    }

    /// Close, ping and pong.
    pub const fn is_control(self) -> bool {
        match self {
            Self::Close | Self::Ping | Self::Pong => true,
            Self::Continuation | Self::Text | Self::Binary => false,
        }
    }
}

/// Length of a masked frame's header, for a payload of `len` bytes.
pub const fn header_len(len: usize) -> usize {
    match len {
        0..=125 => 6,
        126..=0xffff => 8,
        _ => HEADER_MAX,
    }
}

/// XORs `bytes`, which lie `offset` bytes into a payload, with the key. Its own inverse.
pub fn mask(bytes: &mut [u8], key: [u8; 4], offset: usize) {
    let mut key = key;
    key.rotate_left(offset % 4);
    for group in bytes.chunks_mut(4) {
        for (byte, pad) in group.iter_mut().zip(key) {
            *byte ^= pad;
        }
    }
}

/// Writes a whole text frame; `write` puts the message into the room it is given and says how long it
/// is. The frame's length; `None` when it does not fit or `write` says so.
pub fn write_text(
    buf: &mut [u8],
    key: [u8; 4],
    write: impl FnOnce(&mut [u8]) -> Option<usize>,
) -> Option<usize> {
    // The header's length depends on the message's, so room is left for the usual one and the
    // message moved when that guess was wrong.
    let guess = header_len(126);
    let len = write(buf.get_mut(guess..)?)?;
    let header = header_len(len);
    if header != guess {
        let end = header.checked_add(len).filter(|end| *end <= buf.len())?;
        buf.copy_within(guess..guess.checked_add(len)?, header);
        return seal(buf.get_mut(..end)?, Opcode::Text, header, key);
    }
    seal(buf.get_mut(..guess.checked_add(len)?)?, Opcode::Text, header, key)
}

/// Writes a control frame with the first 125 bytes of `payload`. `None` when it does not fit.
pub fn write_control(
    buf: &mut [u8],
    opcode: Opcode,
    key: [u8; 4],
    payload: &[u8],
) -> Option<usize> {
    let payload = payload.get(..CONTROL_MAX).unwrap_or(payload);
    let header = header_len(payload.len());
    let frame = buf.get_mut(..header + payload.len())?;
    frame.get_mut(header..)?.copy_from_slice(payload);
    seal(frame, opcode, header, key)
}

/// Writes a close frame. `None` when it does not fit.
pub fn write_close(buf: &mut [u8], key: [u8; 4], code: u16) -> Option<usize> {
    write_control(buf, Opcode::Close, key, &code.to_be_bytes())
}

/// Fills in the header of a frame whose payload is in place, and masks that.
fn seal(frame: &mut [u8], opcode: Opcode, header: usize, key: [u8; 4]) -> Option<usize> {
    let total = frame.len();
    let (head, payload) = frame.split_at_mut_checked(header)?;
    let len = payload.len();
    let (head, key_room) = head.split_last_chunk_mut::<4>()?;
    let (fixed, extended) = head.split_first_chunk_mut::<2>()?;
    let short = if let Ok(room) = <&mut [u8; 2]>::try_from(&mut *extended) {
        *room = (len as u16).to_be_bytes();
        126
    } else if let Ok(room) = <&mut [u8; 8]>::try_from(extended) {
        *room = (len as u64).to_be_bytes();
        127
    } else {
        len as u8
    };
    *fixed = [0x80 | opcode.bits(), 0x80 | short];
    *key_room = key;
    mask(payload, key, 0);
    Some(total)
}
