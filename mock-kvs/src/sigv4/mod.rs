//! Verification of AWS Signature Version 4, in the header and in the query form.
//!
//! An implementation of its own, so that a client's mistake cannot hide behind the same mistake
//! here; AWS's published vectors and the crate `aws-sigv4` (in the tests) keep it honest.

mod canonical;
mod date;
mod parse;

use hmac::{Hmac, KeyInit as _, Mac as _};
use http::HeaderMap;
use sha2::{Digest as _, Sha256};

use canonical::Token;
pub use date::{amz_date, parse_amz_date};
pub use parse::{Form, Signed};

use crate::digest::hex;
use crate::service::error::{ErrorType, ServiceError};

/// A request as it came in, as far as signatures cover it.
#[derive(Clone, Copy, Debug)]
pub struct Request<'a> {
    /// `POST`, `GET`.
    pub method: &'a str,
    /// The path, as sent.
    pub path: &'a str,
    /// The query without `?`, as sent.
    pub query: &'a str,
    /// Every header.
    pub headers: &'a HeaderMap,
    /// Lower-case hex SHA-256 of the body.
    pub body_sha256: &'a str,
}

/// What a signature is checked against.
#[derive(Clone, Copy, Debug)]
pub struct Against<'a> {
    /// The service's region.
    pub region: &'a str,
    /// The service's name: `kinesisvideo`, except in AWS's vectors.
    pub service: &'a str,
    /// The service's wall clock.
    pub wall_ms: u64,
    /// Largest difference between the request's date and that clock.
    pub tolerance_ms: u64,
}

/// The secret half of an access key.
#[derive(Clone, Copy)]
pub struct Key<'a> {
    /// The secret key.
    pub secret: &'a str,
    /// The session token that must come with it.
    pub session_token: Option<&'a str>,
    /// When it expires.
    pub expires_unix_ms: Option<u64>,
}

/// Checks a signature that was [parsed](Signed::parse).
///
/// # Errors
/// The answer a client gets: unknown or expired credentials, a signature too old, not yet current,
/// for another scope, or wrong.
pub fn verify(
    request: &Request<'_>,
    signed: &Signed,
    key: Option<Key<'_>>,
    against: &Against<'_>,
) -> Result<(), ServiceError> {
    let key = key.ok_or_else(unknown_token)?;
    check_token(signed, &key, against.wall_ms)?;
    check_scope(signed, against)?;
    check_date(signed, against)?;
    let is_right = |token| {
        let expected = signature(request, signed, key.secret, token);
        equal_in_constant_time(expected.as_bytes(), signed.signature.as_bytes())
    };
    let may_be_added = signed.form == Form::Query && signed.session_token.is_some();
    if is_right(Token::Signed) || (may_be_added && is_right(Token::AddedLater)) {
        return Ok(());
    }
    Err(ServiceError::new(
        ErrorType::InvalidSignature,
        "The request signature we calculated does not match the signature you provided. Check \
         your AWS Secret Access Key and signing method. Consult the service documentation for \
         details.",
    ))
}

/// The signature a request should carry, in lower-case hex.
fn signature(request: &Request<'_>, signed: &Signed, secret: &str, token: Token) -> String {
    let canonical = canonical::canonical_request(request, signed, token);
    let scope = format!(
        "{}/{}/{}/aws4_request",
        signed.scope_date, signed.scope_region, signed.scope_service
    );
    let to_sign = format!(
        "AWS4-HMAC-SHA256\n{}\n{scope}\n{}",
        signed.date,
        hex(&Sha256::digest(canonical.as_bytes()))
    );
    let mut key = hmac(format!("AWS4{secret}").as_bytes(), signed.scope_date.as_bytes());
    for part in [&*signed.scope_region, &*signed.scope_service, "aws4_request"] {
        key = hmac(&key, part.as_bytes());
    }
    hex(&hmac(&key, to_sign.as_bytes()))
}

/// A parameter of a query, decoded.
pub fn query_value(query: &str, wanted: &str) -> Option<String> {
    canonical::pairs(query)
        .find_map(|(name, value)| (name == wanted).then(|| canonical::decode_percent(value)))
}

fn check_token(signed: &Signed, key: &Key<'_>, wall_ms: u64) -> Result<(), ServiceError> {
    // An empty token is refused even with long-term keys, as AWS does (spec §2.2).
    if signed.session_token.as_deref() != key.session_token {
        return Err(unknown_token());
    }
    if key.expires_unix_ms.is_some_and(|expires| expires <= wall_ms) {
        return Err(ServiceError::new(
            ErrorType::ExpiredToken,
            "The security token included in the request is expired",
        ));
    }
    Ok(())
}

fn unknown_token() -> ServiceError {
    ServiceError::new(
        ErrorType::UnrecognizedClient,
        "The security token included in the request is invalid.",
    )
}

fn check_scope(signed: &Signed, against: &Against<'_>) -> Result<(), ServiceError> {
    let wrong = |text: String| Err(ServiceError::new(ErrorType::InvalidSignature, text));
    if signed.scope_region != against.region {
        return wrong(format!(
            "Credential should be scoped to a valid region, not '{}'.",
            signed.scope_region
        ));
    }
    if signed.scope_service != against.service {
        return wrong(format!(
            "Credential should be scoped to correct service: '{}'.",
            against.service
        ));
    }
    if signed.date.get(..8) != Some(&*signed.scope_date) {
        return wrong(
            "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of \
                      date from HTTP"
                .into(),
        );
    }
    Ok(())
}

/// The two texts that clients look for (spec §1.1.1).
fn check_date(signed: &Signed, against: &Against<'_>) -> Result<(), ServiceError> {
    let Against { wall_ms, tolerance_ms, .. } = *against;
    let now = amz_date(wall_ms);
    let minutes = tolerance_ms / 60_000;
    // A presigned request lives for its X-Amz-Expires, which may be shorter than the tolerance.
    let lives_ms = signed.expires_s.map_or(tolerance_ms, |seconds| seconds.saturating_mul(1000));
    if signed.date_unix_ms.saturating_add(lives_ms) < wall_ms {
        let (oldest, how) = match signed.expires_s {
            Some(seconds) => {
                (amz_date(wall_ms.saturating_sub(lives_ms)), format!("{seconds} sec."))
            }
            None => (amz_date(wall_ms.saturating_sub(lives_ms)), format!("{minutes} min.")),
        };
        return Err(ServiceError::new(
            ErrorType::InvalidSignature,
            format!(
                "Signature expired: {} is now earlier than {oldest} ({now} - {how})",
                signed.date
            ),
        ));
    }
    if signed.date_unix_ms > wall_ms.saturating_add(tolerance_ms) {
        let newest = amz_date(wall_ms.saturating_add(tolerance_ms));
        return Err(ServiceError::new(
            ErrorType::InvalidSignature,
            format!(
                "Signature not yet current: {} is still later than {newest} ({now} + {minutes} \
                 min.)",
                signed.date
            ),
        ));
    }
    Ok(())
}

fn hmac(key: &[u8], data: &[u8]) -> [u8; 32] {
    // HMAC takes keys of any length: the error cannot happen, and a zero key verifies nothing.
    Hmac::<Sha256>::new_from_slice(key)
        .map(|mac| mac.chain_update(data).finalize().into_bytes().into())
        .unwrap_or_default()
}

fn equal_in_constant_time(a: &[u8], b: &[u8]) -> bool {
    a.len() == b.len() && a.iter().zip(b).fold(0, |differ, (a, b)| differ | (a ^ b)) == 0
}
