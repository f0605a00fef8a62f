//! Temporary credentials for a device certificate, from AWS IoT's credentials provider (spec §9).
//!
//! The call is not signed: the certificate shown in the TLS handshake stands for it.

use crate::error::{PeerError, ResourceError};
use crate::event::Credentials;
use crate::wire::date::parse_iso8601;
use crate::wire::http1::RequestWriter;
use crate::wire::json::{self, Value};
use crate::wire::span::Span;
use crate::wire::url::percent_encode;

/// Writes the request.
pub fn write(
    buf: &mut [u8],
    authority: &str,
    role_alias: &str,
    thing_name: &str,
    user_agent: &str,
) -> Result<usize, ResourceError> {
    let mut request = RequestWriter::new(buf, "GET", |target| {
        target.text("/role-aliases/");
        percent_encode(role_alias, target);
        target.text("/credentials");
    });
    request.header("Host", &[authority]);
    request.header("User-Agent", &[user_agent]);
    request.header("x-amzn-iot-thingname", &[thing_name]);
    request.finish().ok_or(ResourceError::RequestTooLarge)
}

/// The credentials. [`PeerError::Json`]: not JSON, a field of the wrong kind, or an expiration that is
/// no date. [`PeerError::Missing`]: a field is not there; without an expiration too, for which the C SDK
/// reads memory it never wrote (spec §9.2).
pub fn parse(body: &mut [u8]) -> Result<Credentials<'_>, PeerError> {
    let answer = json::parse(body).map_err(|_| PeerError::Json)?;
    let set = answer.member("credentials").ok_or(PeerError::Missing)?;
    let expiration = text(set, "expiration")?;
    let expires = parse_iso8601(expiration.text(body).as_bytes()).ok_or(PeerError::Json)?;
    let answer = json::parse(body).map_err(|_| PeerError::Json)?;
    let set = answer.member("credentials").ok_or(PeerError::Missing)?;
    let fields = ["accessKeyId", "secretAccessKey", "sessionToken"].map(|key| text(set, key));
    let [key_id, secret, token] = fields;
    let (key_id, secret, token) = (key_id?, secret?, token?);
    let mut plain = |span| json::unescape_in_place(body, span).map_err(|_| PeerError::Json);
    let (key_id, secret, token) = (plain(key_id)?, plain(secret)?, plain(token)?);
    let body = &*body;
    Ok(Credentials {
        access_key_id: key_id.text(body),
        secret_key: secret.text(body),
        session_token: token.text(body),
        expires: Some(expires),
    })
}

fn text(set: Value<'_>, key: &str) -> Result<Span, PeerError> {
    let value = set.member(key).filter(|value| !value.is_null()).ok_or(PeerError::Missing)?;
    let span = value.text().ok_or(PeerError::Json)?.span();
    if span.is_empty() { Err(PeerError::Missing) } else { Ok(span) }
}

/// What a refusal means. AWS documents the statuses only; which of a certificate, a thing's name and a
/// policy a 403 is about stands in its text if anywhere, so that a text in other words is just denied.
pub fn classify(status: u16, body: &[u8]) -> PeerError {
    match status {
        403 if mentions(body, b"certificate") && mentions(body, b"thing") => PeerError::ThingName,
        403 if mentions(body, b"thing name") => PeerError::ThingName,
        403 if mentions(body, b"certificate") => PeerError::Certificate,
        401 | 403 => PeerError::ProviderDenied,
        404 => PeerError::RoleAlias,
        429 => PeerError::Throttled,
        _ => PeerError::Status(status),
    }
}

fn mentions(text: &[u8], word: &[u8]) -> bool {
    text.windows(word.len()).any(|window| window.eq_ignore_ascii_case(word))
}
