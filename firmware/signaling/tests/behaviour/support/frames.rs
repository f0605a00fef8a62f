//! WebSocket frames, written and read by hand.

/// One frame of the client, unmasked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClientFrame {
    pub opcode: u8,
    pub key: [u8; 4],
    pub payload: Vec<u8>,
}

/// Takes whole frames off the front of `bytes`.
pub fn take_frames(bytes: &mut Vec<u8>) -> Vec<ClientFrame> {
    let mut frames = Vec::new();
    while let Some((frame, length)) = first_frame(bytes) {
        frames.push(frame);
        bytes.drain(..length);
    }
    frames
}

fn first_frame(bytes: &[u8]) -> Option<(ClientFrame, usize)> {
    let (first, second) = (*bytes.first()?, *bytes.get(1)?);
    assert_eq!(first & 0xf0, 0x80, "client frames are whole and have no reserved bits");
    assert_eq!(second & 0x80, 0x80, "client frames are masked");
    let (length, start) = match second & 0x7f {
        126 => (usize::from(u16::from_be_bytes([*bytes.get(2)?, *bytes.get(3)?])), 4),
        127 => panic!("no message is that long"),
        short => (usize::from(short), 2),
    };
    let key: [u8; 4] = bytes.get(start..start + 4)?.try_into().ok()?;
    let masked = bytes.get(start + 4..start + 4 + length)?;
    let payload = masked.iter().zip(key.iter().cycle()).map(|(byte, pad)| byte ^ pad).collect();
    Some((ClientFrame { opcode: first & 0x0f, key, payload }, start + 4 + length))
}

/// One frame of the server.
pub fn server_frame(opcode: u8, fin: bool, payload: &[u8]) -> Vec<u8> {
    let mut frame = vec![opcode | if fin { 0x80 } else { 0 }];
    match payload.len() {
        short @ 0..=125 => frame.push(short as u8),
        medium @ 126..=0xffff => {
            frame.push(126);
            frame.extend((medium as u16).to_be_bytes());
        }
        long => {
            frame.push(127);
            frame.extend((long as u64).to_be_bytes());
        }
    }
    frame.extend(payload);
    frame
}
