//! A response that could be read in two ways, or in none, is not used.

use kvs_signaling::wire::http1::{HEADERS_MAX, HttpError, ResponseReader, SKIPPED_MAX};

#[test]
fn two_lengths_are_refused() {
    for head in [
        "Content-Length: 5\r\nTransfer-Encoding: chunked",
        "Transfer-Encoding: chunked\r\nContent-Length: 5",
        "Content-Length: 5\r\nContent-Length: 6",
        "Content-Length: 5\r\ncontent-length: 5",
        "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked",
    ] {
        assert_eq!(read(&response(head)), Err(HttpError::Framing), "{head}");
    }
}

#[test]
fn lengths_that_are_no_numbers_are_refused() {
    for length in ["", "+5", "-1", "5, 5", "0x5", "5 5", "18446744073709551616"] {
        let head = format!("Content-Length: {length}");
        assert_eq!(read(&response(&head)), Err(HttpError::Framing), "{length}");
    }
}

#[test]
fn unknown_codings_are_refused() {
    for coding in ["gzip", "gzip, chunked", "chunked, gzip", "identity", ""] {
        let head = format!("Transfer-Encoding: {coding}");
        assert_eq!(read(&response(&head)), Err(HttpError::Framing), "{coding}");
    }
    let http_1_0 = b"HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n";
    assert_eq!(read(http_1_0), Err(HttpError::Framing));
}

#[test]
fn broken_heads_are_refused() {
    for head in [
        "Folded: a\r\n b",
        "No colon",
        "Space : before colon",
        ": no name",
        "Control: \u{1}",
        "Bad name\u{7f}: x",
    ] {
        assert_eq!(read(&response(head)), Err(HttpError::Malformed), "{head:?}");
    }
    for line in [
        "",
        "HTTP/2 200 OK",
        "HTTP/1.1 20 OK",
        "HTTP/1.1 2000 OK",
        "HTTP/1.1 099 Low",
        "HTTP/1.1",
        "<html>",
        "HTTP/1.1 abc",
    ] {
        let bytes = format!("{line}\r\n\r\n");
        assert_eq!(read(bytes.as_bytes()), Err(HttpError::Malformed), "{line:?}");
    }
}

#[test]
fn broken_chunks_are_refused() {
    for body in [
        "\r\n",
        "g\r\n",
        "-1\r\n",
        " 5\r\nhello\r\n",
        "5\nhello",
        "5\r\rhello",
        "5\r\nhelloX\r\n",
        "5\r\nhello\n",
        "5;\u{1}\r\n",
        "00000000\r\n",
        "fffffff1\r\n",
        "0\r\nTrailer\n\r\n",
        "0\r\n\n",
    ] {
        let bytes = format!("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n{body}");
        assert_eq!(read(bytes.as_bytes()), Err(HttpError::Malformed), "{body:?}");
    }
}

#[test]
fn endless_extensions_and_trailers_are_refused() {
    let filler = "x".repeat(usize::from(SKIPPED_MAX) + 1);
    for body in [format!("1;{filler}\r\n"), format!("0\r\n{filler}")] {
        let bytes = format!("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n{body}");
        assert_eq!(read(bytes.as_bytes()), Err(HttpError::Malformed));
    }
}

#[test]
fn too_many_fields_are_refused() {
    let fields = |count: usize| vec!["A: b"; count].join("\r\n");
    assert_eq!(read(&response(&fields(HEADERS_MAX))), Ok(200));
    assert_eq!(read(&response(&fields(HEADERS_MAX + 1))), Err(HttpError::Malformed));
}

#[test]
fn a_head_larger_than_the_storage_is_refused() {
    let head = format!("Filler: {}", "x".repeat(STORAGE));
    assert_eq!(read(&response(&head)), Err(HttpError::HeadTooLarge));
}

#[test]
fn an_end_inside_a_response_is_told_from_its_end() {
    for bytes in [
        &b""[..],
        b"HTTP/1.1 200 OK\r\n",
        b"HTTP/1.1 100 Continue\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhell",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n",
    ] {
        assert_eq!(read(bytes), Err(HttpError::Incomplete), "{}", String::from_utf8_lossy(bytes));
    }
}

const STORAGE: usize = 2048;

fn response(head: &str) -> Vec<u8> {
    format!("HTTP/1.1 200 OK\r\n{head}\r\n\r\n").into_bytes()
}

/// The status of a response that is followed by the connection's end.
fn read(bytes: &[u8]) -> Result<u16, HttpError> {
    let mut storage = [0; STORAGE];
    let mut reader = ResponseReader::new();
    reader.feed(&mut storage, bytes)?;
    reader.end()?;
    Ok(reader.response(&storage).expect("ended in order, so complete").status)
}
