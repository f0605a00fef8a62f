//! However the network cuts a response, the same comes out (spec §1.1, §13: the C SDK keeps only the
//! last piece).

use kvs_signaling::wire::http1::{HttpError, Progress, ResponseReader};
use proptest::prelude::*;

/// Everything a caller can see of a response.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Seen {
    status: u16,
    body: Vec<u8>,
    request_id: Option<String>,
    keep_alive: bool,
    truncated: bool,
    /// Bytes behind the response that were left alone.
    left_over: usize,
}

#[test]
fn a_body_with_a_length_ends_there() {
    let seen = read_whole(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhellorest", 512);
    let seen = seen.expect("a complete response");
    assert_eq!((seen.status, seen.body.as_slice()), (200, &b"hello"[..]));
    assert_eq!((seen.keep_alive, seen.left_over), (true, 4));
}

#[test]
fn chunks_are_joined_and_their_extensions_and_trailers_skipped() {
    let seen = read_whole(CHUNKED, 512).expect("a complete response");
    assert_eq!(seen.body, b"{\"ChannelARN\":\"arn\"}");
    assert!(seen.keep_alive);
    assert_eq!(seen.left_over, 0);
}

#[test]
fn a_body_without_a_length_ends_with_the_connection() {
    let seen = read_whole(b"HTTP/1.1 502 Bad Gateway\r\n\r\n<html>", 512).expect("ended in order");
    assert_eq!((seen.status, seen.body.as_slice()), (502, &b"<html>"[..]));
    assert!(!seen.keep_alive, "there is no connection to keep");
}

#[test]
fn interim_responses_are_skipped() {
    let bytes = b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n\
                  HTTP/1.1 204 No Content\r\nx-amzn-RequestId: r-1\r\n\r\n";
    let seen = read_whole(bytes, 512).expect("the final response");
    assert_eq!((seen.status, seen.request_id.as_deref()), (204, Some("r-1")));
    assert!(seen.body.is_empty());
}

#[test]
fn an_upgrade_leaves_the_first_frames_to_the_websocket() {
    let bytes = b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n\x81\x02{}";
    let seen = read_whole(bytes, 512).expect("the upgrade");
    assert_eq!((seen.status, seen.left_over), (101, 4));
}

#[test]
fn no_content_and_not_modified_have_no_body_whatever_they_claim() {
    for status in ["204 No Content", "304 Not Modified"] {
        let bytes = format!("HTTP/1.1 {status}\r\nContent-Length: 3\r\n\r\nabc");
        let seen = read_whole(bytes.as_bytes(), 512).expect("a response without body");
        assert_eq!((seen.body.len(), seen.left_over), (0, 3), "{status}");
    }
}

#[test]
fn close_and_http_1_0_end_the_connection() {
    for head in ["HTTP/1.1 200 OK\r\nConnection: x, Close", "HTTP/1.0 200 OK"] {
        let bytes = format!("{head}\r\nContent-Length: 0\r\n\r\n");
        let seen = read_whole(bytes.as_bytes(), 512).expect("an empty response");
        assert!(!seen.keep_alive, "{head}");
    }
}

#[test]
fn a_body_too_large_still_tells_its_status() {
    let head = "HTTP/1.1 503 Service Unavailable\r\nContent-Length: 9000\r\n\r\n";
    let bytes = [head.as_bytes(), &[b'x'; 9000]].concat();
    let seen = read_whole(&bytes, 128).expect("the beginning of the response");
    assert_eq!((seen.status, seen.truncated, seen.keep_alive), (503, true, false));
    assert_eq!(seen.body.len(), 128 - head.len());
}

#[test]
fn a_body_that_just_fits_is_whole() {
    let bytes = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello";
    let seen = read_whole(bytes, bytes.len()).expect("a complete response");
    assert_eq!((seen.body.as_slice(), seen.truncated), (&b"hello"[..], false));
}

#[test]
fn fields_are_found_in_any_case_and_without_their_white_space() {
    let bytes = b"HTTP/1.1 200 OK\r\nDATE:  Thu, 01 Jan 1970 00:00:01 GMT \r\n\
                  X-AMZN-ErrorType:\tAccessDenied\r\ncontent-length: 0\r\n\r\n";
    let mut storage = [0; 256];
    let mut reader = ResponseReader::new();
    reader.feed(&mut storage, bytes).expect("well formed");
    let response = reader.response(&storage).expect("complete");
    assert_eq!(response.header("x-amzn-errortype"), Some("AccessDenied"));
    assert_eq!(response.date().map(|date| date.0), Some(1000));
    assert_eq!(response.header("x-amzn"), None);
}

proptest! {
    #[test]
    fn every_split_gives_what_one_piece_gives(
        bytes in response(),
        cuts in prop::collection::vec(any::<prop::sample::Index>(), 0..12),
        storage in prop_oneof![Just(4096usize), 16..400usize],
    ) {
        let mut cuts: Vec<usize> = cuts.iter().map(|cut| cut.index(bytes.len() + 1)).collect();
        cuts.sort_unstable();
        prop_assert_eq!(read(&bytes, &cuts, storage), read_whole(&bytes, storage));
    }

    #[test]
    fn byte_by_byte_gives_what_one_piece_gives(bytes in response()) {
        let cuts: Vec<usize> = (0..bytes.len()).collect();
        prop_assert_eq!(read(&bytes, &cuts, 4096), read_whole(&bytes, 4096));
    }
}

const CHUNKED: &[u8] = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: Chunked\r\n\r\n\
    8;name=\"v\"\r\n{\"Channe\r\n0C \r\nlARN\":\"arn\"}\r\n000\r\nTrailer: x\r\n\r\n";

/// Responses of every framing, some with one byte broken.
fn response() -> impl Strategy<Value = Vec<u8>> {
    let body = prop::collection::vec(any::<u8>(), 0..200);
    let framed = (body, 0..4u8, 1..60usize).prop_map(|(body, framing, chunk)| match framing {
        0 => with_length(&body),
        1 => in_chunks(&body, chunk),
        2 => [b"HTTP/1.1 200 OK\r\nDate: x\r\n\r\n", &body[..]].concat(),
        _ => [b"HTTP/1.1 100 Continue\r\n\r\n", &with_length(&body)[..], b"behind"].concat(),
    });
    (framed, any::<prop::sample::Index>(), any::<u8>(), any::<bool>()).prop_map(
        |(mut bytes, at, byte, broken)| {
            if broken {
                let at = at.index(bytes.len());
                bytes[at] = byte;
            }
            bytes
        },
    )
}

fn with_length(body: &[u8]) -> Vec<u8> {
    let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n", body.len());
    [head.as_bytes(), body].concat()
}

fn in_chunks(body: &[u8], chunk: usize) -> Vec<u8> {
    let mut bytes = b"HTTP/1.1 400 Bad Request\r\nTransfer-Encoding: chunked\r\n\r\n".to_vec();
    for piece in body.chunks(chunk) {
        bytes.extend(format!("{:x}\r\n", piece.len()).into_bytes());
        bytes.extend(piece);
        bytes.extend(b"\r\n");
    }
    bytes.extend(b"0\r\n\r\n");
    bytes
}

fn read_whole(bytes: &[u8], storage: usize) -> Result<Seen, HttpError> {
    read(bytes, &[], storage)
}

/// Feeds `bytes`, cut at `cuts`, then the connection's end.
fn read(bytes: &[u8], cuts: &[usize], storage: usize) -> Result<Seen, HttpError> {
    let mut storage = vec![0; storage];
    let mut reader = ResponseReader::new();
    let mut start = 0;
    for end in cuts.iter().copied().chain([bytes.len()]) {
        let (progress, taken) = reader.feed(&mut storage, &bytes[start..end])?;
        if progress == Progress::Partial {
            assert_eq!(taken, end - start, "a partial response takes everything");
            start = end;
        } else {
            start += taken;
            break;
        }
    }
    reader.end()?;
    let body = reader.body_mut(&mut storage).to_vec();
    let response = reader.response(&storage).expect("ended in order, so complete");
    assert_eq!(response.body, body, "both ways to the body agree");
    Ok(Seen {
        status: response.status,
        request_id: response.header("x-amzn-requestid").map(str::to_owned),
        keep_alive: response.keep_alive,
        truncated: response.truncated,
        left_over: bytes.len() - start,
        body,
    })
}
