//! A response's head: what frames its body, and looking fields up.

use super::HEADERS_MAX;
use super::reader::HttpError;
use crate::time::UnixTime;
use crate::wire::date;

/// How a body ends (RFC 9112 §6.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Framing {
    /// There is none.
    None,
    /// After so many bytes.
    Length(u64),
    /// With a chunk of no bytes.
    Chunked,
    /// With the connection.
    Close,
}

/// What a head says.
#[derive(Clone, Copy, Debug)]
pub(super) struct Head {
    pub(super) status: u16,
    pub(super) framing: Framing,
    pub(super) persistent: bool,
}

/// Checks a whole head, the empty line included.
pub(super) fn check(head: &[u8]) -> Result<Head, HttpError> {
    let mut fields = [httparse::EMPTY_HEADER; HEADERS_MAX];
    let mut response = httparse::Response::new(&mut fields);
    // httparse's defaults refuse folded lines and space before a colon, as RFC 9112 §5 asks.
    match response.parse(head) {
        Ok(httparse::Status::Complete(length)) if length == head.len() => {}
        Ok(_) | Err(_) => return Err(HttpError::Malformed),
    }
    let status = response.code.filter(|code| *code >= 100).ok_or(HttpError::Malformed)?;
    let http_1_1 = response.version == Some(1);
    let framing = framing(status, http_1_1, response.headers)?;
    let close = response.headers.iter().any(|field| {
        field.name.eq_ignore_ascii_case("connection") && has_token(field.value, b"close")
    });
    Ok(Head { status, framing, persistent: http_1_1 && !close && framing != Framing::Close })
}

fn framing(
    status: u16,
    http_1_1: bool,
    fields: &[httparse::Header<'_>],
) -> Result<Framing, HttpError> {
    if matches!(status, 100..=199 | 204 | 304) {
        return Ok(Framing::None);
    }
    let length = only(fields, "content-length")?;
    let coding = only(fields, "transfer-encoding")?;
    match (length, coding) {
        // Two answers to one question: a sign of response splitting (RFC 9112 §6.3), so refused.
        (Some(_), Some(_)) => Err(HttpError::Framing),
        (Some(length), None) => decimal(length).map(Framing::Length).ok_or(HttpError::Framing),
        // We accept no other coding, and HTTP/1.0 knows none.
        (None, Some(coding)) if http_1_1 && coding.eq_ignore_ascii_case(b"chunked") => {
            Ok(Framing::Chunked)
        }
        (None, Some(_)) => Err(HttpError::Framing),
        (None, None) => Ok(Framing::Close),
    }
}

/// The one value of a field; a field that comes twice is refused.
fn only<'h>(fields: &[httparse::Header<'h>], name: &str) -> Result<Option<&'h [u8]>, HttpError> {
    let mut values = fields.iter().filter(|field| field.name.eq_ignore_ascii_case(name));
    match (values.next(), values.next()) {
        (first, None) => Ok(first.map(|field| field.value.trim_ascii())),
        (_, Some(_)) => Err(HttpError::Framing),
    }
}

fn decimal(digits: &[u8]) -> Option<u64> {
    (!digits.is_empty()).then_some(())?;
    digits.iter().try_fold(0u64, |sum, digit| {
        let digit = digit.is_ascii_digit().then(|| u64::from(digit - b'0'))?;
        sum.checked_mul(10)?.checked_add(digit)
    })
}

/// A complete response, borrowed from the storage it was read into.
#[derive(Clone, Copy, Debug)]
pub struct Response<'a> {
    /// 101, or 200 and above.
    pub status: u16,
    /// The body, chunks joined.
    pub body: &'a [u8],
    /// The body was longer than the storage: only its beginning is here.
    pub truncated: bool,
    /// Another request may follow on this connection.
    pub keep_alive: bool,
    pub(super) head: &'a [u8],
}

impl<'a> Response<'a> {
    /// The first field of that name, in any case, if it is UTF-8.
    pub fn header(&self, name: &str) -> Option<&'a str> {
        self.fields(name).next().and_then(|value| core::str::from_utf8(value).ok())
    }

    /// Any field of that name lists `token`, both in any case.
    pub fn lists(&self, name: &str, token: &str) -> bool {
        self.fields(name).any(|value| has_token(value, token.as_bytes()))
    }

    /// The service's clock, in whole seconds.
    pub fn date(&self) -> Option<UnixTime> {
        date::parse_imf(self.fields("date").next()?)
    }

    fn fields(&self, name: &str) -> impl Iterator<Item = &'a [u8]> {
        // The head was checked as a whole, so that every line but the first is `name: value`.
        self.head.split(|byte| *byte == b'\n').skip(1).filter_map(move |line| {
            let colon = line.iter().position(|byte| *byte == b':')?;
            let (key, value) = line.split_at_checked(colon)?;
            let matches = key.eq_ignore_ascii_case(name.as_bytes());
            matches.then(|| value.get(1..).unwrap_or_default().trim_ascii())
        })
    }
}

fn has_token(list: &[u8], token: &[u8]) -> bool {
    list.split(|byte| *byte == b',').any(|item| item.trim_ascii().eq_ignore_ascii_case(token))
}
