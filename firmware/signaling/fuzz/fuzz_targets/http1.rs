//! A response from anyone, cut anywhere: no panic, and the same result as in one piece.
#![no_main]

use kvs_signaling::wire::http1::{HttpError, ResponseReader};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: (u8, Vec<u8>, &[u8])| {
    let (room, cuts, bytes) = input;
    let room = usize::from(room) * 16;
    assert_eq!(read(bytes, &cuts, room), read(bytes, &[], room));
});

type Seen = (u16, Vec<u8>, bool, bool, usize);

/// Reads with the storage's size and the lengths of the first pieces given.
fn read(bytes: &[u8], pieces: &[u8], room: usize) -> Result<Seen, HttpError> {
    let mut storage = vec![0; room];
    let mut reader = ResponseReader::new();
    let mut taken = 0;
    for piece in pieces.iter().map(|piece| usize::from(*piece)).chain([bytes.len()]) {
        let rest = &bytes[taken..];
        taken += reader.feed(&mut storage, &rest[..piece.min(rest.len())])?.1;
    }
    reader.end()?;
    let response = reader.response(&storage).expect("ended in order, so complete");
    let _ = (response.date(), response.header("x-amzn-errortype"));
    let body = response.body.to_vec();
    Ok((response.status, body, response.keep_alive, response.truncated, taken))
}
