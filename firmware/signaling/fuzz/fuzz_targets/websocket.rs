//! Frames from anyone, cut anywhere: no panic, and the same result as in one piece.
#![no_main]

use kvs_signaling::wire::websocket::{Decoder, Received, Violation};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: (u8, Vec<u8>, &[u8])| {
    let (room, cuts, bytes) = input;
    let room = usize::from(room);
    assert_eq!(receive(bytes, &cuts, room), receive(bytes, &[], room));
});

type Seen = (Received, Vec<u8>);

/// Reads with the receive buffer's size and the lengths of the first pieces given.
fn receive(bytes: &[u8], pieces: &[u8], room: usize) -> (Vec<Seen>, Option<Violation>) {
    let mut rx = vec![0; room];
    let mut decoder = Decoder::new();
    let mut seen = Vec::new();
    let mut rest = bytes;
    for piece in pieces.iter().map(|piece| usize::from(*piece)).chain([bytes.len()]) {
        let (mut now, later) = rest.split_at(piece.min(rest.len()));
        rest = later;
        while !now.is_empty() {
            match decoder.feed(&mut rx, now) {
                Ok((received, taken)) => {
                    now = &now[taken..];
                    seen.extend(
                        received.map(|received| (received, content(received, &decoder, &rx))),
                    );
                }
                Err(violation) => return (seen, Some(violation)),
            }
        }
    }
    (seen, None)
}

fn content(received: Received, decoder: &Decoder, rx: &[u8]) -> Vec<u8> {
    match received {
        Received::Text { len } => {
            core::str::from_utf8(&rx[..len]).expect("checked text").as_bytes().to_vec()
        }
        Received::Binary | Received::TooLarge => Vec::new(),
        Received::Ping | Received::Pong | Received::Close { .. } => decoder.control().to_vec(),
    }
}
