//! AWS Signature Version 4, as the service's two request styles need it (spec §2): signed headers on
//! POST calls, a signed query on the WebSocket upgrade.
//!
//! Nothing is buffered: the canonical request goes into the hash piece by piece.

mod hash;
mod presign;
mod signature;

pub use hash::{hex, sha256};
pub use presign::{Presign, presign};
pub use signature::{Canonical, Scope, sign};

use super::date;
use super::http1::RequestWriter;
use crate::time::UnixTime;

/// The signing name of all three service models.
pub const SERVICE: &str = "kinesisvideo";
/// The algorithm's name.
pub const ALGORITHM: &str = "AWS4-HMAC-SHA256";

/// AWS credentials, borrowed.
#[derive(Clone, Copy)]
pub struct Keys<'a> {
    /// Goes into the request as it is.
    pub access_key_id: &'a str,
    /// Goes into the key derivation only.
    pub secret_key: &'a str,
    /// Empty for long-term keys: then nothing about it is sent, because AWS answers 403 to an empty
    /// token (spec §2.2).
    pub session_token: &'a str,
}

/// What every signature needs.
#[derive(Clone, Copy)]
pub struct Signing<'a> {
    /// Who signs.
    pub keys: Keys<'a>,
    /// AWS region.
    pub region: &'a str,
    /// The service's time: it accepts ±5 minutes.
    pub at: UnixTime,
}

/// What of a POST call is signed.
#[derive(Clone, Copy)]
pub struct Post<'a> {
    /// As sent in Host.
    pub authority: &'a str,
    /// From the first `/`, unreserved characters only.
    pub path: &'a str,
    /// As sent in User-Agent.
    pub user_agent: &'a str,
    /// SHA-256 of the body.
    pub body_sha256: [u8; 32],
}

/// Writes `X-Amz-Date`, the token and `Authorization` of a POST call. Host and User-Agent must be sent
/// exactly as given here.
///
/// The session token is a signed header, as AWS asks; the C SDK adds it unsigned (spec §2.2).
pub fn sign_headers(signing: &Signing<'_>, post: &Post<'_>, request: &mut RequestWriter<'_>) {
    let stamp = date::amz_date(signing.at);
    let stamp = core::str::from_utf8(&stamp).unwrap_or_default();
    let keys = signing.keys;
    let fields = [
        ("host", post.authority),
        ("user-agent", post.user_agent),
        ("x-amz-date", stamp),
        ("x-amz-security-token", keys.session_token),
    ];
    let (fields, names) = match fields.split_last() {
        Some((_, fields)) if keys.session_token.is_empty() => {
            (fields, "host;user-agent;x-amz-date")
        }
        Some(_) | None => (&fields[..], "host;user-agent;x-amz-date;x-amz-security-token"),
    };
    let scope = Scope { stamp, region: signing.region, service: SERVICE };
    let body_sha256 = hex(&post.body_sha256);
    let canonical = Canonical {
        method: "POST",
        path: post.path,
        query: &[],
        fields,
        signed: names,
        payload_sha256: &body_sha256,
    };
    let signature = sign(keys.secret_key, &scope, &canonical);
    request.header("X-Amz-Date", &[stamp]);
    if !keys.session_token.is_empty() {
        request.header("X-Amz-Security-Token", &[keys.session_token]);
    }
    request.header(
        "Authorization",
        &[
            ALGORITHM,
            " Credential=",
            keys.access_key_id,
            "/",
            scope.date(),
            "/",
            signing.region,
            "/",
            SERVICE,
            "/aws4_request, SignedHeaders=",
            names,
            ", Signature=",
            core::str::from_utf8(&signature).unwrap_or_default(),
        ],
    );
}
