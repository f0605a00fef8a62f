//! Answers in the shape the service gives them (spec §1.1.1), and in the shapes faults give them.

use std::time::Duration;

use axum::body::Body as HttpBody;
use bytes::Bytes;
use futures_util::stream;
use http::header::{CONTENT_LENGTH, CONTENT_TYPE, DATE, LOCATION};
use http::{HeaderMap, HeaderName, HeaderValue, Response, StatusCode, Version};

use super::connection::Conn;
use super::date::imf_fixdate;
use super::edit;
use crate::fault::modelled::key_of;
use crate::fault::spec::CallKind;
use crate::fault::{Answer, Body, Edit};
use crate::random::HEX;
use crate::service::error::{ErrorType, ServiceError};

const ERROR_TYPE: HeaderName = HeaderName::from_static("x-amzn-errortype");
const REQUEST_ID: HeaderName = HeaderName::from_static("x-amzn-requestid");
const JSON: HeaderValue = HeaderValue::from_static("application/json");
const HTML: HeaderValue = HeaderValue::from_static("text/html");

/// What an answer says, before it has headers.
#[derive(Debug)]
pub(crate) struct Reply {
    pub status: u16,
    pub error: Option<String>,
    content_type: HeaderValue,
    location: Option<HeaderValue>,
    body: String,
}

impl Reply {
    /// 200 with a JSON body.
    pub fn ok(body: String) -> Self {
        Self { status: 200, error: None, content_type: JSON, location: None, body }
    }

    /// An error of the service, its text under `key`.
    pub fn refusal(error: &ServiceError, key: &str) -> Self {
        Self::error(error.kind.status(), Some(error.kind.name()), key, &error.message)
    }

    /// What a fault answers a call with; `None` when the call has its own answer.
    pub fn injected(answer: &Answer, call: Option<CallKind>) -> Option<Self> {
        match answer {
            Answer::Error { status, error, message } => {
                let name = error.as_deref().or_else(|| usual_error(*status));
                let text = message.as_deref().unwrap_or("Injected by the test.");
                let key = key_of(name.unwrap_or_default(), call);
                Some(Self::error(*status, name, key, text))
            }
            Answer::Redirect { status, to } => {
                let page = format!("<html><body><a href=\"{to}\">Log in</a></body></html>\r\n");
                let html = Self {
                    status: *status,
                    error: None,
                    content_type: HTML,
                    location: HeaderValue::try_from(to).ok(),
                    body: page,
                };
                Some(html)
            }
            Answer::Html { status, body } => {
                let status_text = StatusCode::from_u16(*status)
                    .ok()
                    .and_then(|status| status.canonical_reason())
                    .unwrap_or("Error");
                let title = format!("{status} {status_text}");
                let page = format!(
                    "<html>\r\n<head><title>{title}</title></head>\r\n<body>\r\n<center><h1>\
                     {title}</h1></center>\r\n</body>\r\n</html>\r\n"
                );
                let body = body.clone().unwrap_or(page);
                let (status, location) = (*status, None);
                Some(Self { status, error: None, content_type: HTML, location, body })
            }
            Answer::Delay(_) | Answer::Body(_) | Answer::Edit(_) | Answer::Date(_) => None,
        }
    }

    /// Makes the body say something else.
    pub fn edit(&mut self, edit: &Edit) {
        self.body = edit::edited(&self.body, edit);
    }

    /// An error with its text under `key`.
    pub fn error(status: u16, error: Option<&str>, key: &str, message: &str) -> Self {
        let text = serde_json::Value::String(message.to_owned());
        let body = format!("{{\"{key}\":{text}}}");
        let error = error.map(str::to_owned);
        Self { status, error, content_type: JSON, location: None, body }
    }

    /// The response, with `Date` and a request id, its body sent as a fault may ask for.
    pub fn into_response(self, conn: &Conn, form: Option<&Body>) -> Response<HttpBody> {
        let mut headers = standard_headers(conn);
        headers.insert(CONTENT_TYPE, self.content_type);
        if let Some(value) = self.error.and_then(|error| HeaderValue::try_from(error).ok()) {
            headers.insert(ERROR_TYPE, value);
        }
        if let Some(location) = self.location {
            headers.insert(LOCATION, location);
        }
        let whole = Bytes::from(self.body);
        let body = match form {
            None => HttpBody::from(whole),
            Some(Body::Split { bytes, apart }) => {
                headers.insert(CONTENT_LENGTH, HeaderValue::from(whole.len()));
                in_pieces(whole, *bytes, *apart)
            }
            Some(Body::Chunked { bytes }) => {
                in_pieces(whole, bytes.unwrap_or(usize::MAX), Duration::ZERO)
            }
            Some(Body::NoLength) => in_pieces(whole, usize::MAX, Duration::ZERO),
        };
        let mut response = Response::new(body);
        if form == Some(&Body::NoLength) {
            // hyper leaves out the chunks of an answer that is HTTP/1.0, and hangs up after it.
            *response.version_mut() = Version::HTTP_10;
        }
        *response.status_mut() =
            StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        *response.headers_mut() = headers;
        response
    }
}

/// `Date` from the service's clock and `x-amzn-RequestId`: on everything, the upgrade included.
pub(super) fn standard_headers(conn: &Conn) -> HeaderMap {
    let mut headers = HeaderMap::new();
    let (id, wall_ms) = conn.shared.with(|state, now| (state.random.text(32, HEX), now.wall_ms));
    let part = |range: std::ops::Range<usize>| id.get(range).unwrap_or("");
    let uuid = [part(0..8), part(8..12), part(12..16), part(16..20), part(20..32)].join("-");
    if let Ok(value) = HeaderValue::try_from(uuid) {
        headers.insert(REQUEST_ID, value);
    }
    if let Some(date) = imf_fixdate(wall_ms) {
        headers.insert(DATE, date);
    }
    headers
}

/// Puts a `Date` that a fault wants in place of the right one.
pub(super) fn misdate(conn: &Conn, headers: &mut HeaderMap, answer: Option<&Answer>) {
    let Some(Answer::Date(off_ms)) = answer else { return };
    let wall_ms = conn.shared.clock.now().wall_ms;
    if let Some(date) = imf_fixdate(wall_ms.saturating_add_signed(*off_ms)) {
        headers.insert(DATE, date);
    }
}

/// The type that usually comes with a status, for faults that name none.
fn usual_error(status: u16) -> Option<&'static str> {
    match status {
        400 => Some(ErrorType::InvalidArgument.name()),
        401 => Some(ErrorType::AccessDenied.name()),
        403 => Some(ErrorType::InvalidSignature.name()),
        404 => Some(ErrorType::ResourceNotFound.name()),
        429 => Some("ThrottlingException"),
        500 => Some("InternalFailure"),
        503 => Some("ServiceUnavailable"),
        _ => None,
    }
}

fn in_pieces(whole: Bytes, bytes: usize, apart: Duration) -> HttpBody {
    let pieces = stream::unfold((whole, true), move |(mut rest, is_first)| async move {
        if rest.is_empty() {
            return None;
        }
        if !is_first {
            // Even without a wait the executor must come round, so that hyper flushes each piece.
            tokio::task::yield_now().await;
            tokio::time::sleep(apart).await;
        }
        let piece = rest.split_to(bytes.min(rest.len()));
        Some((Ok::<_, std::convert::Infallible>(piece), (rest, false)))
    });
    HttpBody::from_stream(pieces)
}
