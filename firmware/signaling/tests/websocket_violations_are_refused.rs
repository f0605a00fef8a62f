//! Every breach of RFC 6455 a server can commit, and the close code it earns. The list follows the
//! Autobahn test suite's chapters for clients: reserved bits, opcodes, fragmentation, UTF-8, closing.

use kvs_signaling::wire::websocket::{Decoder, Received, Violation};

#[test]
fn reserved_bits() {
    for bits in 1..8u8 {
        for opcode in [0x81, 0x82, 0x88, 0x89, 0x8a] {
            assert_refused(&[opcode | (bits << 4), 0], Violation::ReservedBit, 1002);
        }
    }
}

#[test]
fn reserved_opcodes() {
    for opcode in [3, 4, 5, 6, 7, 11, 12, 13, 14, 15] {
        assert_refused(&[0x80 | opcode, 0], Violation::ReservedOpcode, 1002);
        assert_refused(&[opcode, 0], Violation::ReservedOpcode, 1002);
    }
}

#[test]
fn masked_frames() {
    for opcode in [1, 2, 8, 9, 10] {
        assert_refused(&[0x80 | opcode, 0x80, 1, 2, 3, 4], Violation::Masked, 1002);
    }
}

#[test]
fn lengths_not_in_their_shortest_form() {
    for len in [0u16, 1, 125] {
        let [high, low] = len.to_be_bytes();
        assert_refused(&[0x81, 126, high, low], Violation::Length, 1002);
    }
    for len in [0u64, 125, 126, 0xffff] {
        let bytes = [&[0x81, 127][..], &len.to_be_bytes()].concat();
        assert_refused(&bytes, Violation::Length, 1002);
    }
}

#[test]
fn a_length_with_its_top_bit_set() {
    for len in [1u64 << 63, u64::MAX] {
        let bytes = [&[0x82, 127][..], &len.to_be_bytes()].concat();
        assert_refused(&bytes, Violation::Length, 1002);
    }
}

#[test]
fn control_frames_that_are_too_long() {
    for opcode in [8, 9, 10] {
        assert_refused(&[0x80 | opcode, 126, 0, 126], Violation::ControlTooLong, 1002);
        assert_refused(&[0x80 | opcode, 127], Violation::ControlTooLong, 1002);
    }
}

#[test]
fn control_frames_in_fragments() {
    for opcode in [8, 9, 10] {
        assert_refused(&[opcode, 0], Violation::ControlFragmented, 1002);
    }
}

#[test]
fn continuations_without_a_beginning() {
    for bytes in [
        &[0x80, 0][..],
        &[0x00, 0],
        // After a message that has ended, whole or in fragments.
        &[0x81, 1, b'a', 0x80, 0],
        &[0x01, 1, b'a', 0x80, 1, b'b', 0x80, 0],
        // A control frame between does not begin a message.
        &[0x89, 0, 0x80, 0],
    ] {
        assert_refused(bytes, Violation::StrayContinuation, 1002);
    }
}

#[test]
fn messages_inside_unfinished_ones() {
    for second in [0x81, 0x82, 0x01, 0x02] {
        assert_refused(&[0x01, 1, b'a', second, 0], Violation::Interrupted, 1002);
        assert_refused(&[0x02, 1, b'a', 0x89, 0, second, 0], Violation::Interrupted, 1002);
    }
}

#[test]
fn text_that_is_not_utf_8() {
    for text in [
        &b"\xff"[..],
        b"\x80",
        // Overlong forms.
        b"\xc0\xaf",
        b"\xe0\x80\xaf",
        b"\xf0\x80\x80\xaf",
        // Surrogates, and beyond U+10FFFF.
        b"\xed\xa0\x80",
        b"\xf4\x90\x80\x80",
        b"\xf5\x80\x80\x80",
        // A character that does not end.
        b"\xce\xba\xe1\xbd",
        b"\xf0\x9f\x98",
    ] {
        let whole = [&[0x81, text.len() as u8][..], text].concat();
        assert_refused(&whole, Violation::Utf8, 1007);
        let mut single = vec![0x01, 0];
        for byte in text {
            single.extend([0x00, 1, *byte]);
        }
        single.extend([0x80, 0]);
        assert_refused(&single, Violation::Utf8, 1007);
    }
}

#[test]
fn text_fails_before_its_frame_ends() {
    // 100 bytes are announced, the 3rd cannot be right: no need to wait for the rest.
    assert_refused(b"\x81\x64ok\xff", Violation::Utf8, 1007);
    assert_refused(b"\x81\x64\xf4\x90", Violation::Utf8, 1007);
}

#[test]
fn close_frames_with_half_a_code() {
    assert_refused(&[0x88, 1, 3], Violation::CloseLength, 1002);
}

#[test]
fn close_codes_that_must_not_be_sent() {
    for code in [0, 999, 1004, 1005, 1006, 1015, 1016, 1100, 2000, 2999, 5000, 65535u16] {
        let [high, low] = code.to_be_bytes();
        assert_refused(&[0x88, 2, high, low], Violation::CloseCode, 1002);
    }
}

#[test]
fn close_codes_that_may_be_sent() {
    let legal = (1000..=1003).chain(1007..=1014).chain([3000, 3999, 4000, 4999u16]);
    for code in legal {
        let [high, low] = code.to_be_bytes();
        let received = Decoder::new().feed(&mut [0; 8], &[0x88, 2, high, low]);
        assert_eq!(received, Ok((Some(Received::Close { code: Some(code) }), 4)));
    }
}

#[test]
fn close_reasons_that_are_not_utf_8() {
    assert_refused(b"\x88\x04\x03\xe8\xce\xff", Violation::Utf8, 1007);
    assert_refused(b"\x88\x03\x03\xe8\xce", Violation::Utf8, 1007);
}

#[test]
fn a_decoder_that_has_failed_stays_failed() {
    let mut decoder = Decoder::new();
    let mut rx = [0; 64];
    assert_eq!(decoder.feed(&mut rx, &[0x83]), Err(Violation::ReservedOpcode));
    assert_eq!(decoder.feed(&mut rx, &[0x81, 0]), Err(Violation::ReservedOpcode));
}

/// Fed at once and byte by byte: refused, as this, by this code, and at the last byte.
fn assert_refused(bytes: &[u8], violation: Violation, code: u16) {
    let reads = [vec![bytes], bytes.chunks(1).collect()];
    for reads in reads {
        let mut decoder = Decoder::new();
        let mut rx = [0; 64];
        let mut outcome = Ok(());
        for mut rest in reads {
            while !rest.is_empty() && outcome.is_ok() {
                match decoder.feed(&mut rx, rest) {
                    Ok((_, taken)) => rest = &rest[taken..],
                    Err(violation) => outcome = Err(violation),
                }
            }
        }
        assert_eq!(outcome, Err(violation), "{bytes:02x?}");
        assert_eq!(violation.close_code(), code);
    }
}
