//! Base64: standard alphabet, padded, nothing else in it.

use kvs_signaling::wire::base64::{decode_in_place, encode, encoded_len};
use proptest::prelude::*;

#[test]
fn the_vectors_of_rfc_4648() {
    for (plain, text) in [
        ("", ""),
        ("f", "Zg=="),
        ("fo", "Zm8="),
        ("foo", "Zm9v"),
        ("foob", "Zm9vYg=="),
        ("fooba", "Zm9vYmE="),
        ("foobar", "Zm9vYmFy"),
    ] {
        let mut buf = [0; 16];
        let len = encode(plain.as_bytes(), &mut buf).expect("it fits");
        assert_eq!(&buf[..len], text.as_bytes());
        let len = decode_in_place(&mut buf[..len]).expect("base64");
        assert_eq!(&buf[..len], plain.as_bytes());
    }
}

#[test]
fn what_is_no_padded_base64_is_refused() {
    for text in [
        "Z", "Zg", "Zg=", "Zg===", "=", "==", "===", "====", "Z===", "Zm9vZg", "Zm9v=", "Zm9v====",
        "Zg==Zg==", "Zm9v\n", " Zm9v", "Zm-v", "Zm_v", "Zm\u{e9}", "Z=g=", "=Zg=",
    ] {
        assert!(decode_in_place(&mut text.as_bytes().to_vec()).is_err(), "{text:?}");
    }
}

#[test]
fn bits_behind_the_last_byte_are_ignored() {
    let mut buf = *b"Zh==";
    assert_eq!(decode_in_place(&mut buf), Ok(1));
    assert_eq!(buf[0], b'f');
}

proptest! {
    #[test]
    fn bytes_come_back(bytes in prop::collection::vec(any::<u8>(), 0..500)) {
        let mut buf = vec![0; encoded_len(bytes.len())];
        prop_assert_eq!(encode(&bytes, &mut buf), Some(buf.len()));
        let len = decode_in_place(&mut buf).expect("base64");
        prop_assert_eq!(&buf[..len], &bytes[..]);
    }

    #[test]
    fn what_is_taken_has_the_length_of_its_payload(text in "[A-Za-z0-9+/]{0,24}={0,3}") {
        let mut buf = text.clone().into_bytes();
        let decoded = decode_in_place(&mut buf);
        let whole = text.len() % 4 == 0 && text.trim_end_matches('=').len() % 4 != 1;
        let padded = text.len() - text.trim_end_matches('=').len() <= 2;
        prop_assert_eq!(decoded.is_ok(), whole && padded);
        prop_assert!(decoded.is_err() || decoded.is_ok_and(|len| encoded_len(len) == text.len()));
    }

    #[test]
    fn room_too_small_is_refused(bytes in prop::collection::vec(any::<u8>(), 1..50)) {
        let mut buf = vec![0; encoded_len(bytes.len()) - 1];
        prop_assert_eq!(encode(&bytes, &mut buf), None);
    }
}
