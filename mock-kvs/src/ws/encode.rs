//! Frames to bytes, unmasked as a server sends them (RFC 6455, section 5.2).

const FINAL: u8 = 0x80;
const CONTINUATION: u8 = 0x0;
const TEXT: u8 = 0x1;
const BINARY: u8 = 0x2;
const CLOSE: u8 = 0x8;
const PING: u8 = 0x9;
const PONG: u8 = 0xA;

/// A whole text message in one frame.
pub(super) fn text(payload: &str) -> Vec<u8> {
    frame(FINAL | TEXT, payload.as_bytes())
}

/// The same bytes in a binary frame.
pub(super) fn binary(payload: &str) -> Vec<u8> {
    frame(FINAL | BINARY, payload.as_bytes())
}

/// A text message in fragments of at most `bytes`.
pub(super) fn fragmented(payload: &str, bytes: usize) -> Vec<u8> {
    let mut all = Vec::with_capacity(payload.len() * 2);
    let mut pieces = payload.as_bytes().chunks(bytes.max(1)).peekable();
    let mut opcode = TEXT;
    while let Some(piece) = pieces.next() {
        let last = if pieces.peek().is_none() { FINAL } else { 0 };
        all.extend_from_slice(&frame(last | opcode, piece));
        opcode = CONTINUATION;
    }
    all
}

/// A ping.
pub(super) fn ping(payload: &[u8]) -> Vec<u8> {
    frame(FINAL | PING, payload)
}

/// A pong.
pub(super) fn pong(payload: &[u8]) -> Vec<u8> {
    frame(FINAL | PONG, payload)
}

/// A close frame; a reason too long for a control frame is cut.
pub(super) fn close(code: Option<u16>, reason: &str) -> Vec<u8> {
    let mut payload = Vec::new();
    if let Some(code) = code {
        payload.extend_from_slice(&code.to_be_bytes());
        let mut end = reason.len().min(123);
        while !reason.is_char_boundary(end) {
            end -= 1;
        }
        payload.extend_from_slice(&reason.as_bytes()[..end]);
    }
    frame(FINAL | CLOSE, &payload)
}

fn frame(first: u8, payload: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(payload.len() + 10);
    bytes.push(first);
    match (u8::try_from(payload.len()), u16::try_from(payload.len())) {
        (Ok(short @ 0..=125), _) => bytes.push(short),
        (_, Ok(medium)) => {
            bytes.push(126);
            bytes.extend_from_slice(&medium.to_be_bytes());
        }
        (_, Err(_)) => {
            bytes.push(127);
            bytes.extend_from_slice(&(payload.len() as u64).to_be_bytes());
        }
    }
    bytes.extend_from_slice(payload);
    bytes
}
