//! What we send: masked, whole, with the shortest header; and the upgrade's key.

use kvs_signaling::PeerError;
use kvs_signaling::call::connect;
use kvs_signaling::wire::http1::ResponseReader;
use kvs_signaling::wire::websocket::{
    Opcode, accept, header_len, key, mask, write_close, write_control, write_text,
};
use proptest::prelude::*;

const KEY: [u8; 4] = [0x37, 0xfa, 0x21, 0x3d];

#[test]
fn the_masked_hello_of_rfc_6455_5_7() {
    let mut buf = [0; 16];
    let len = write_text(&mut buf, KEY, |room| put(room, b"Hello")).expect("it fits");
    let expected = [0x81, 0x85, 0x37, 0xfa, 0x21, 0x3d, 0x7f, 0x9f, 0x4d, 0x51, 0x58];
    assert_eq!(&buf[..len], expected);
}

#[test]
fn the_masked_pong_of_rfc_6455_5_7() {
    let mut buf = [0; 16];
    let len = write_control(&mut buf, Opcode::Pong, KEY, b"Hello").expect("it fits");
    let expected = [0x8a, 0x85, 0x37, 0xfa, 0x21, 0x3d, 0x7f, 0x9f, 0x4d, 0x51, 0x58];
    assert_eq!(&buf[..len], expected);
}

#[test]
fn a_close_carries_its_code() {
    let mut buf = [0; 16];
    let len = write_close(&mut buf, [0; 4], 1000).expect("it fits");
    assert_eq!(&buf[..len], [0x88, 0x82, 0, 0, 0, 0, 0x03, 0xe8]);
}

#[test]
fn frames_that_do_not_fit_are_not_written() {
    for size in 0..11 {
        assert_eq!(write_text(&mut vec![0; size], KEY, |room| put(room, b"Hello")), None);
        assert_eq!(write_control(&mut vec![0; size], Opcode::Ping, KEY, b"Hello"), None);
    }
    assert_eq!(write_text(&mut [0; 64], KEY, |_| None), None);
}

#[test]
fn a_pong_to_an_overlong_payload_is_cut_to_what_a_control_frame_holds() {
    let mut buf = [0; 256];
    let len = write_control(&mut buf, Opcode::Pong, KEY, &[1; 200]);
    assert_eq!(len, Some(header_len(125) + 125));
}

proptest! {
    #[test]
    fn a_text_frame_reads_back(
        message in prop_oneof![
            prop::collection::vec(any::<u8>(), 0..300),
            prop::collection::vec(any::<u8>(), 65_530..65_545),
        ],
        key: [u8; 4],
    ) {
        let mut buf = vec![0; message.len() + 16];
        let len = write_text(&mut buf, key, |room| put(room, &message)).expect("it fits");
        prop_assert_eq!(len, header_len(message.len()) + message.len());
        let (header, payload) = buf[..len].split_at_mut(header_len(message.len()));
        prop_assert_eq!((header[0], header[1] & 0x80), (0x81, 0x80));
        let announced = match header[1] & 0x7f {
            126 => u64::from(u16::from_be_bytes([header[2], header[3]])),
            127 => u64::from_be_bytes(header[2..10].try_into().expect("eight bytes")),
            short => u64::from(short),
        };
        prop_assert_eq!(announced, message.len() as u64);
        prop_assert_eq!(&header[header.len() - 4..], &key);
        mask(payload, key, 0);
        prop_assert_eq!(&*payload, &message[..]);
    }

    #[test]
    fn masking_in_parts_is_masking_the_whole(
        bytes in prop::collection::vec(any::<u8>(), 0..64),
        cut: prop::sample::Index,
        key: [u8; 4],
    ) {
        let mut whole = bytes.clone();
        mask(&mut whole, key, 0);
        let mut parts = bytes;
        let cut = cut.index(parts.len() + 1);
        let (first, second) = parts.split_at_mut(cut);
        mask(first, key, 0);
        mask(second, key, cut);
        prop_assert_eq!(parts, whole);
    }
}

#[test]
fn the_handshake_of_rfc_6455_1_3() {
    let key = key(*b"the sample nonce");
    assert_eq!(&key, SAMPLE_KEY);
    assert_eq!(&accept(&key), b"s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
}

#[test]
fn the_answer_to_our_upgrade_is_taken() {
    assert_eq!(check(GOOD), Ok(()));
    let shouted = GOOD.replace("websocket", "WebSocket").replace("Upgrade\r\n", "x, UPGRADE\r\n");
    assert_eq!(check(&shouted), Ok(()));
}

#[test]
fn any_other_answer_is_refused() {
    for (from, to) in [
        ("101 Switching Protocols", "200 OK"),
        ("Upgrade: websocket", "Upgrade: h2c"),
        ("Upgrade: websocket\r\n", ""),
        ("Connection: Upgrade", "Connection: close"),
        ("s3pPLMBiTxaQ9kYGzzhZRbK+xOo=", "s3pPLMBiTxaQ9kYGzzhZRbK+xOo"),
        ("s3pPLMBiTxaQ9kYGzzhZRbK+xOo=", "S3pPLMBiTxaQ9kYGzzhZRbK+xOo="),
        ("Connection:", "Sec-WebSocket-Extensions: permessage-deflate\r\nConnection:"),
        ("Connection:", "Sec-WebSocket-Protocol: wss\r\nConnection:"),
    ] {
        let answer = GOOD.replace(from, to);
        assert_ne!(answer, GOOD);
        assert_eq!(check(&answer), Err(PeerError::Upgrade), "{answer}");
    }
}

/// RFC 6455 §1.3, base64 of "the sample nonce".
const SAMPLE_KEY: &[u8; 24] = b"dGhlIHNhbXBsZSBub25jZQ==";

const GOOD: &str = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\
    Connection: Upgrade\r\nSec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n";

fn check(answer: &str) -> Result<(), PeerError> {
    let mut storage = [0; 512];
    let mut reader = ResponseReader::new();
    let answer = answer.replace("200 OK\r\n", "200 OK\r\nContent-Length: 0\r\n");
    reader.feed(&mut storage, answer.as_bytes()).expect("well formed");
    connect::check(&reader.response(&storage).expect("complete"), SAMPLE_KEY)
}

fn put(room: &mut [u8], message: &[u8]) -> Option<usize> {
    room.get_mut(..message.len())?.copy_from_slice(message);
    Some(message.len())
}
