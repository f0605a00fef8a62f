//! Who signed a request, and whether to believe it.

use http::request::Parts;
use sha2::{Digest as _, Sha256};

use super::connection::Conn;
use crate::clock::millis;
use crate::digest::{Fingerprint, Sha, hex};
use crate::service::error::ServiceError;
use crate::sigv4::{self, Against, Form, Request, Signed};

/// What a request claims about its signer, for the journal.
#[derive(Debug)]
pub(super) struct Claim {
    pub form: &'static str,
    pub date_unix_ms: Option<u64>,
    pub expires_s: Option<u64>,
    pub signature: Option<Sha>,
    pub key: Option<Fingerprint>,
    /// Seconds until the credentials expire; none for unknown and for long-term keys.
    pub key_left_s: Option<i64>,
}

/// Reads and verifies the signature of a request.
pub(super) fn check(conn: &Conn, parts: &Parts, body: &[u8]) -> (Claim, Result<(), ServiceError>) {
    let query = parts.uri.query().unwrap_or("");
    let body_sha256 = hex(&Sha256::digest(body));
    let request = Request {
        method: parts.method.as_str(),
        path: parts.uri.path(),
        query,
        headers: &parts.headers,
        body_sha256: &body_sha256,
    };
    let form = match Signed::form(query, &parts.headers) {
        Some(Form::Header) => "header",
        Some(Form::Query) => "query",
        None => "none",
    };
    let mut claim = Claim {
        form,
        date_unix_ms: None,
        expires_s: None,
        signature: None,
        key: None,
        key_left_s: None,
    };
    let signed = match Signed::parse(&request) {
        Ok(signed) => signed,
        Err(error) => return (claim, Err(error)),
    };
    claim.date_unix_ms = Some(signed.date_unix_ms);
    claim.expires_s = signed.expires_s;
    claim.signature = Some(Sha::of(signed.signature.as_bytes()));
    claim.key = Some(Fingerprint::of(signed.access_key_id.as_bytes()));
    let config = &conn.shared.config;
    let result = conn.shared.with(|state, now| {
        let known = state.keys.find(&signed.access_key_id);
        claim.key_left_s = known.and_then(|key| key.expires_unix_ms).map(|expires| {
            let left_ms = i128::from(expires) - i128::from(now.wall_ms);
            i64::try_from(left_ms.div_euclid(1000)).unwrap_or(i64::MAX)
        });
        let key = known.map(|key| sigv4::Key {
            secret: &key.secret_key,
            session_token: key.session_token.as_deref(),
            expires_unix_ms: key.expires_unix_ms,
        });
        let against = Against {
            region: &config.region,
            service: "kinesisvideo",
            wall_ms: now.wall_ms,
            tolerance_ms: millis(config.policies.clock_tolerance),
        };
        sigv4::verify(&request, &signed, key, &against)
    });
    (claim, result)
}
