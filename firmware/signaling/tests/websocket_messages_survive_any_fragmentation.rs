//! However a message is cut into frames and the frames into reads, the same message comes out.

use kvs_signaling::wire::websocket::{Decoder, Received, Violation};
use proptest::prelude::*;

/// One thing received, with its bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Seen {
    Text(Vec<u8>),
    Binary,
    TooLarge,
    Ping(Vec<u8>),
    Pong(Vec<u8>),
    Close(Option<u16>, Vec<u8>),
}

proptest! {
    #[test]
    fn fragments_with_control_frames_between_them_make_the_message(
        message in "\\PC{0,120}",
        cuts in prop::collection::vec(any::<prop::sample::Index>(), 0..6),
        pings in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..20), 0..4),
        reads in prop::collection::vec(any::<prop::sample::Index>(), 0..8),
    ) {
        // Cut at bytes, not characters: a fragment may end inside one (RFC 6455 §5.6).
        let pieces = cut(message.as_bytes(), &cuts);
        let mut bytes = Vec::new();
        for (index, piece) in pieces.iter().enumerate() {
            let opcode = if index == 0 { 1 } else { 0 };
            bytes.extend(frame(index + 1 == pieces.len(), opcode, piece));
            if index + 1 < pieces.len() {
                bytes.extend(pings.get(index).iter().flat_map(|ping| frame(true, 9, ping)));
            }
        }
        let between = pings.iter().take(pieces.len() - 1).cloned().map(Seen::Ping);
        let expected: Vec<Seen> =
            between.chain([Seen::Text(message.into_bytes())]).collect();
        prop_assert_eq!(receive(&cut(&bytes, &reads), 4096), Ok(expected));
    }

    #[test]
    fn every_split_of_any_bytes_gives_what_one_piece_gives(
        mut bytes in stream(),
        flip in prop::option::of((any::<prop::sample::Index>(), any::<u8>())),
        reads in prop::collection::vec(any::<prop::sample::Index>(), 0..10),
        rx in 0..300usize,
    ) {
        if let Some((at, byte)) = flip.filter(|_| !bytes.is_empty()) {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        let whole = receive(&[bytes.clone()], rx);
        prop_assert_eq!(receive(&cut(&bytes, &reads), rx), whole.clone());
        let single: Vec<Vec<u8>> = bytes.iter().map(|byte| vec![*byte]).collect();
        prop_assert_eq!(receive(&single, rx), whole);
    }
}

#[test]
fn a_message_too_large_is_skipped_and_the_next_one_read() {
    let large = [b'x'; 100];
    let bytes = [
        frame(false, 1, &large[..60]),
        frame(true, 9, b"still here"),
        frame(true, 0, &large[60..]),
        frame(true, 1, b"{}"),
    ]
    .concat();
    let expected =
        vec![Seen::Ping(b"still here".to_vec()), Seen::TooLarge, Seen::Text(b"{}".to_vec())];
    assert_eq!(receive(&[bytes], 64), Ok(expected));
}

#[test]
fn a_message_that_just_fits_is_read() {
    assert_eq!(receive(&[frame(true, 1, &[b'x'; 64])], 64), Ok(vec![Seen::Text(vec![b'x'; 64])]));
    assert_eq!(receive(&[frame(true, 1, &[b'x'; 65])], 64), Ok(vec![Seen::TooLarge]));
}

#[test]
fn a_frame_that_claims_more_than_memory_is_only_waited_for() {
    let header = [&[0x81, 127][..], &(u64::MAX >> 1).to_be_bytes()].concat();
    assert_eq!(receive(&[header, vec![b'x'; 1000]], 64), Ok(vec![]));
}

#[test]
fn a_text_in_a_skipped_message_is_still_checked() {
    let bytes = frame(true, 1, &[&[b'x'; 100][..], b"\xff"].concat());
    assert_eq!(receive(&[bytes], 64), Err(Violation::Utf8));
}

#[test]
fn a_binary_message_is_skipped_and_reported() {
    let bytes =
        [frame(false, 2, b"\xff\xfe"), frame(true, 0, b"\xfd"), frame(true, 1, b"{}")].concat();
    assert_eq!(receive(&[bytes], 64), Ok(vec![Seen::Binary, Seen::Text(b"{}".to_vec())]));
}

#[test]
fn empty_messages_and_fragments_count() {
    let bytes =
        [frame(true, 1, b""), frame(false, 1, b""), frame(false, 0, b""), frame(true, 0, b"a")]
            .concat();
    assert_eq!(receive(&[bytes], 64), Ok(vec![Seen::Text(vec![]), Seen::Text(b"a".to_vec())]));
}

#[test]
fn lengths_of_two_and_eight_bytes_are_read() {
    for len in [126, 0xffff, 0x1_0000] {
        let payload = vec![b'x'; len];
        let received = receive(&[frame(true, 1, &payload)], 0x2_0000);
        assert_eq!(received, Ok(vec![Seen::Text(payload)]), "{len}");
    }
}

#[test]
fn a_close_says_why_and_ends_the_stream() {
    let bytes = [frame(true, 8, b"\x03\xe9Going away"), frame(true, 9, b"late"), vec![0xff]];
    let expected = vec![Seen::Close(Some(1001), b"Going away".to_vec())];
    assert_eq!(receive(&[bytes.concat()], 64), Ok(expected));
    assert_eq!(receive(&[frame(true, 8, b"")], 64), Ok(vec![Seen::Close(None, vec![])]));
    let bare = receive(&[frame(true, 8, b"\x03\xe8")], 64);
    assert_eq!(bare, Ok(vec![Seen::Close(Some(1000), vec![])]));
}

#[test]
fn a_close_in_the_middle_of_a_message_is_heard() {
    let bytes = [frame(false, 1, b"half"), frame(true, 8, b"\x0f\xa0")].concat();
    assert_eq!(receive(&[bytes], 64), Ok(vec![Seen::Close(Some(4000), vec![])]));
}

#[test]
fn the_examples_of_rfc_6455_5_7_are_understood() {
    let unmasked_hello = [0x81, 0x05, 0x48, 0x65, 0x6c, 0x6c, 0x6f];
    assert_eq!(receive(&[unmasked_hello.to_vec()], 64), Ok(vec![Seen::Text(b"Hello".to_vec())]));
    let fragmented = [0x01, 0x03, 0x48, 0x65, 0x6c, 0x80, 0x02, 0x6c, 0x6f];
    assert_eq!(receive(&[fragmented.to_vec()], 64), Ok(vec![Seen::Text(b"Hello".to_vec())]));
    let ping = [0x89, 0x05, 0x48, 0x65, 0x6c, 0x6c, 0x6f];
    assert_eq!(receive(&[ping.to_vec()], 64), Ok(vec![Seen::Ping(b"Hello".to_vec())]));
    let pong = [0x8a, 0x05, 0x48, 0x65, 0x6c, 0x6c, 0x6f];
    assert_eq!(receive(&[pong.to_vec()], 64), Ok(vec![Seen::Pong(b"Hello".to_vec())]));
    let binary_256 = [&[0x82, 0x7e, 0x01, 0x00][..], &[7; 256]].concat();
    assert_eq!(receive(&[binary_256], 64), Ok(vec![Seen::Binary]));
    let binary_64k = [&[0x82, 0x7f, 0, 0, 0, 0, 0, 1, 0, 0][..], &[7; 65536]].concat();
    assert_eq!(receive(&[binary_64k], 64), Ok(vec![Seen::Binary]));
}

/// Frames, mostly legal, of all kinds.
fn stream() -> impl Strategy<Value = Vec<u8>> {
    let payload = prop_oneof![
        prop::collection::vec(any::<u8>(), 0..140),
        "\\PC{0,60}".prop_map(String::into_bytes),
    ];
    let opcode = prop_oneof![Just(0u8), Just(1), Just(1), Just(2), Just(8), Just(9), Just(10)];
    let frames = prop::collection::vec((any::<bool>(), opcode, payload), 0..6);
    frames.prop_map(|frames| {
        frames.iter().flat_map(|(fin, opcode, payload)| frame(*fin, *opcode, payload)).collect()
    })
}

/// An unmasked frame with the shortest header.
fn frame(fin: bool, opcode: u8, payload: &[u8]) -> Vec<u8> {
    let mut bytes = vec![if fin { 0x80 } else { 0 } | opcode];
    match payload.len() {
        len @ 0..=125 => bytes.push(len as u8),
        len @ 126..=0xffff => {
            bytes.push(126);
            bytes.extend((len as u16).to_be_bytes());
        }
        len => {
            bytes.push(127);
            bytes.extend((len as u64).to_be_bytes());
        }
    }
    bytes.extend(payload);
    bytes
}

fn cut(bytes: &[u8], cuts: &[prop::sample::Index]) -> Vec<Vec<u8>> {
    let mut cuts: Vec<usize> = cuts.iter().map(|cut| cut.index(bytes.len() + 1)).collect();
    cuts.sort_unstable();
    let starts: Vec<usize> = [0].into_iter().chain(cuts.iter().copied()).collect();
    let ends = cuts.into_iter().chain([bytes.len()]);
    starts.into_iter().zip(ends).map(|(start, end)| bytes[start..end].to_vec()).collect()
}

/// Feeds reads to a decoder with a receive buffer of `rx` bytes.
fn receive(reads: &[Vec<u8>], rx: usize) -> Result<Vec<Seen>, Violation> {
    let mut rx = vec![0; rx];
    let mut decoder = Decoder::new();
    let mut seen = Vec::new();
    for read in reads {
        let mut rest = &read[..];
        while !rest.is_empty() {
            let (received, taken) = decoder.feed(&mut rx, rest)?;
            rest = &rest[taken..];
            seen.extend(received.map(|received| match received {
                Received::Text { len } => Seen::Text(rx[..len].to_vec()),
                Received::Binary => Seen::Binary,
                Received::TooLarge => Seen::TooLarge,
                Received::Ping => Seen::Ping(decoder.control().to_vec()),
                Received::Pong => Seen::Pong(decoder.control().to_vec()),
                Received::Close { code } => Seen::Close(code, decoder.control().to_vec()),
            }));
        }
    }
    Ok(seen)
}
