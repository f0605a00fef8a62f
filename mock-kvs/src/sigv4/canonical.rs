//! The canonical request: what both sides must agree on to the byte.

use std::fmt::Write as _;

use super::Request;
use super::parse::Signed;

/// Parameters of a query that a signature covers or not: some signers add the token afterwards.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Token {
    Signed,
    AddedLater,
}

pub(super) fn canonical_request(request: &Request<'_>, signed: &Signed, token: Token) -> String {
    let mut text = String::with_capacity(1024);
    text.push_str(request.method);
    text.push('\n');
    text.push_str(&canonical_path(request.path));
    text.push('\n');
    text.push_str(&canonical_query(request.query, token));
    text.push('\n');
    for name in &signed.signed_headers {
        text.push_str(name);
        text.push(':');
        for (at, value) in request.headers.get_all(name.as_str()).iter().enumerate() {
            if at > 0 {
                text.push(',');
            }
            push_trimmed(&mut text, &String::from_utf8_lossy(value.as_bytes()));
        }
        text.push('\n');
    }
    text.push('\n');
    text.push_str(&signed.signed_headers.join(";"));
    text.push('\n');
    text.push_str(request.body_sha256);
    text
}

/// Decodes and encodes every name and value anew, without the signature itself, and sorts them.
fn canonical_query(query: &str, token: Token) -> String {
    let mut encoded: Vec<(String, String)> = pairs(query)
        .filter(|(name, _)| *name != "X-Amz-Signature")
        .filter(|(name, _)| token == Token::Signed || *name != "X-Amz-Security-Token")
        .map(|(name, value)| (encode(&decode(name)), encode(&decode(value))))
        .collect();
    encoded.sort();
    let mut text = String::with_capacity(query.len());
    for (at, (name, value)) in encoded.iter().enumerate() {
        if at > 0 {
            text.push('&');
        }
        text.push_str(name);
        text.push('=');
        text.push_str(value);
    }
    text
}

/// The raw names and values of a query.
pub(super) fn pairs(query: &str) -> impl Iterator<Item = (&str, &str)> {
    query
        .split('&')
        .filter(|pair| !pair.is_empty())
        .map(|pair| pair.split_once('=').unwrap_or((pair, "")))
}

/// A query value as text; bytes that are no UTF-8 are replaced, and so never match anything.
pub(super) fn decode_percent(text: &str) -> String {
    String::from_utf8_lossy(&decode(text)).into_owned()
}

/// The path without `.` and `..` segments and doubled slashes, encoded once more: every service but
/// S3 signs it so. The paths of this service have nothing to encode.
fn canonical_path(path: &str) -> String {
    let mut segments: Vec<&str> = Vec::new();
    for segment in path.split('/') {
        match segment {
            "" | "." => {}
            ".." => {
                segments.pop();
            }
            segment => segments.push(segment),
        }
    }
    let mut text = String::with_capacity(path.len());
    for segment in &segments {
        text.push('/');
        text.push_str(&encode(segment.as_bytes()));
    }
    if text.is_empty() || path.ends_with('/') {
        text.push('/');
    }
    text
}

/// RFC 3986: everything but the unreserved characters becomes `%XX`.
fn encode(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len());
    for byte in bytes {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b'~') {
            text.push(char::from(*byte));
        } else {
            // Writing to a String cannot fail.
            let _ = write!(text, "%{byte:02X}");
        }
    }
    text
}

fn decode(text: &str) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        let hex = after.get(..2).and_then(|digits| std::str::from_utf8(digits).ok());
        let byte = hex
            .filter(|digits| *first == b'%' && digits.bytes().all(|c| c.is_ascii_hexdigit()))
            .and_then(|digits| u8::from_str_radix(digits, 16).ok());
        match byte {
            Some(byte) => {
                bytes.push(byte);
                rest = after.get(2..).unwrap_or_default();
            }
            None => {
                bytes.push(*first);
                rest = after;
            }
        }
    }
    bytes
}

/// Leading and trailing blanks go, runs of them become one.
fn push_trimmed(text: &mut String, value: &str) {
    for (at, word) in value.split_ascii_whitespace().enumerate() {
        if at > 0 {
            text.push(' ');
        }
        text.push_str(word);
    }
}
