//! Everything that reads bytes from outside takes any bytes at all.

use kvs_signaling::call::{
    create, describe, endpoint, error, ice_config, iot_credentials, media_storage,
};
use kvs_signaling::wire::http1::ResponseReader;
use kvs_signaling::wire::websocket::Decoder;
use kvs_signaling::wire::{arn, base64, date, json, message, url};
use proptest::prelude::*;

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2048))]

    #[test]
    fn of_noise_and_of_what_is_nearly_right(bytes in bytes(), rx in 0..64usize) {
        feed_everything(&bytes, rx);
    }
}

#[test]
fn of_every_single_byte_and_of_none() {
    feed_everything(b"", 0);
    for byte in 0..=255 {
        feed_everything(&[byte], 0);
        feed_everything(&[byte, byte], 1);
    }
}

fn feed_everything(bytes: &[u8], rx: usize) {
    let copy = || bytes.to_vec();
    // Whether each says yes or no is other tests' business; that it says something is this one's.
    let _ = base64::decode_in_place(&mut copy());
    let _ = (date::parse_imf(bytes), date::parse_iso8601(bytes));
    let text = String::from_utf8_lossy(bytes);
    let _ = (arn::parse(&text), url::parse(&text), url::parse_authority(&text));
    walk(json::parse(bytes).ok());
    let _ = message::parse(&mut copy());
    let _ = describe::parse(&mut copy());
    let _ = create::parse(&mut copy());
    let _ = endpoint::parse(&mut copy());
    let _ = ice_config::parse(&mut copy());
    let _ = media_storage::parse(bytes);
    let _ = iot_credentials::parse(&mut copy());
    let _ = iot_credentials::classify(403, bytes);
    let _ = error::classify(403, &text, bytes);
    read_http(bytes, rx * 4);
    read_frames(bytes, rx);
}

fn walk(value: Option<json::Value<'_>>) {
    let Some(value) = value else { return };
    let _ = (value.unsigned(), value.boolean(), value.raw());
    if let Some(text) = value.text() {
        let _ = (text.is("a"), text.is_either_case("a"), text.is_ignoring_case("a"));
    }
    for (_, member) in value.members() {
        walk(Some(member));
    }
    for element in value.elements() {
        walk(Some(element));
    }
}

fn read_http(bytes: &[u8], storage: usize) {
    let mut storage = vec![0; storage];
    let mut reader = ResponseReader::new();
    let fed = reader.feed(&mut storage, bytes);
    assert!(fed.is_err() || fed.is_ok_and(|(_, taken)| taken <= bytes.len()));
    let _ = reader.end();
    if let Some(response) = reader.response(&storage) {
        let _ = (response.header("date"), response.date(), response.lists("connection", "close"));
        let _ = error::type_of(&response);
    }
    let _ = reader.body_mut(&mut storage).len();
}

fn read_frames(bytes: &[u8], rx: usize) {
    let mut rx = vec![0; rx];
    let mut decoder = Decoder::new();
    let mut rest = bytes;
    while !rest.is_empty() {
        let Ok((_, taken)) = decoder.feed(&mut rx, rest) else { return };
        assert!(taken > 0, "every call takes something");
        rest = &rest[taken..];
        let _ = decoder.control();
    }
}

/// One input of each kind, whole.
const SEEDS: &[&[u8]] = &[
    b"",
    br#"{"messageType":"SDP_OFFER","messagePayload":"aGVsbG8=","senderClientId":"v"}"#,
    br#"{"messageType":"STATUS_RESPONSE","statusResponse":{"statusCode":"400"}}"#,
    br#"{"ChannelInfo":{"ChannelARN":"a","ChannelStatus":"ACTIVE"}}"#,
    br#"{"ResourceEndpointList":[{"Protocol":"WSS","ResourceEndpoint":"wss://m"}]}"#,
    b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nDate: x\r\n\r\n{}",
    b"\x01\x02He\x89\x00\x80\x03llo\x88\x02\x03\xe8",
    b"\x81\x7f\x00\x00\x00\x00\x00\x01\x00\x00",
    b"arn:aws:kinesisvideo:us-west-2:123456789012:channel/door/1512345678901",
    b"https://host:8443/path",
    b"Sun, 06 Nov 1994 08:49:37 GMT",
    b"2026-01-01T00:00:00.000Z",
];

/// Noise, and each kind of input with a few bytes changed.
fn bytes() -> impl Strategy<Value = Vec<u8>> {
    let seeds = prop::sample::select(SEEDS);
    let edits = prop::collection::vec((any::<prop::sample::Index>(), any::<u8>(), 0..3u8), 0..4);
    let edited = (seeds, edits).prop_map(|(seed, edits)| {
        let mut bytes = seed.to_vec();
        for (at, byte, edit) in edits {
            let at = at.index(bytes.len() + 1);
            match edit {
                0 => bytes.insert(at, byte),
                1 => bytes.truncate(at),
                _ => bytes[at..].iter_mut().take(1).for_each(|slot| *slot = byte),
            }
        }
        bytes
    });
    prop_oneof![prop::collection::vec(any::<u8>(), 0..120), edited.boxed()]
}
