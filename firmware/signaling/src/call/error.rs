//! What a refusal means: by status, error type and text (spec §1.1.1).
//!
//! The C SDK looks for two texts in a 403 and otherwise at the status alone, so that a throttled call
//! is any 400 to it and a 503 is unknown (spec §1.1.2).

use crate::error::PeerError;
use crate::wire::http1::Response;
use crate::wire::json;

/// The name in `x-amzn-ErrorType`, without the `:http://…` that may follow it; empty when there is none.
pub fn type_of<'a>(response: &Response<'a>) -> &'a str {
    bare(response.header("x-amzn-ErrorType").unwrap_or_default())
}

/// Says what a response other than the success means. `error_type` is [`type_of`] it.
pub fn classify(status: u16, error_type: &str, body: &[u8]) -> PeerError {
    // Services of the JSON protocols put the name into the body instead.
    let named = json::parse(body).ok().and_then(|body| body.member("__type")?.text());
    let error_type =
        if error_type.is_empty() { named.map_or("", |text| bare(text.raw())) } else { error_type };
    match meaning(error_type) {
        Some(Meaning::Clock) => PeerError::Skew,
        Some(Meaning::Expired) => PeerError::Expired,
        Some(Meaning::Denied) => by_text(body),
        Some(Meaning::Throttled) => PeerError::Throttled,
        Some(Meaning::NoChannel) => PeerError::NoChannel,
        None => by_status(status, body),
    }
}

/// The channel of a Create exists already: someone was faster, and Describe will find it.
pub fn is_in_use(error_type: &str) -> bool {
    error_type == "ResourceInUseException"
}

/// What AWS's error types come to.
enum Meaning {
    Clock,
    Expired,
    Denied,
    Throttled,
    NoChannel,
}

fn meaning(error_type: &str) -> Option<Meaning> {
    match error_type {
        "RequestTimeTooSkewed" | "RequestExpired" => Some(Meaning::Clock),
        "ExpiredTokenException" | "ExpiredToken" => Some(Meaning::Expired),
        // The text tells a wrong clock and expired credentials from a wrong key.
        "InvalidSignatureException"
        | "SignatureDoesNotMatch"
        | "AccessDeniedException"
        | "AccessDenied"
        | "NotAuthorizedException"
        | "UnrecognizedClientException"
        | "InvalidClientTokenId"
        | "IncompleteSignatureException"
        | "MissingAuthenticationTokenException"
        | "ForbiddenException" => Some(Meaning::Denied),
        "ClientLimitExceededException"
        | "LimitExceededException"
        | "ThrottlingException"
        | "Throttling"
        | "TooManyRequestsException"
        | "RequestLimitExceeded" => Some(Meaning::Throttled),
        "ResourceNotFoundException" => Some(Meaning::NoChannel),
        _ => None,
    }
}

fn by_status(status: u16, body: &[u8]) -> PeerError {
    match status {
        401 | 403 => by_text(body),
        // A proxy's 404 page says nothing about the channel, and must not make us create one.
        404 if body.is_empty() || is_object(body) => PeerError::NoChannel,
        429 => PeerError::Throttled,
        _ => PeerError::Status(status),
    }
}

/// A refused signature: the clock, expired credentials, or no permission.
fn by_text(body: &[u8]) -> PeerError {
    if contains(body, b"Signature expired") || contains(body, b"Signature not yet current") {
        PeerError::Skew
    } else if contains(body, b"token") && contains(body, b"expired") {
        PeerError::Expired
    } else {
        PeerError::Denied
    }
}

fn is_object(body: &[u8]) -> bool {
    json::parse(body).is_ok_and(|body| body.kind() == json::Kind::Object)
}

fn contains(text: &[u8], part: &[u8]) -> bool {
    text.windows(part.len()).any(|window| window == part)
}

/// The name alone: without the URL behind `:` and the name space before `#`.
fn bare(name: &str) -> &str {
    let name = name.split(':').next().unwrap_or_default();
    name.rsplit('#').next().unwrap_or_default().trim()
}
