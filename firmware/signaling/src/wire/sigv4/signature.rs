//! The signature itself, of any request: AWS's own test vectors use other services than ours.

use sha2::{Digest, Sha256};

use super::ALGORITHM;
use super::hash::{hex, hmac};

/// When, where and for what a signature is good.
#[derive(Clone, Copy, Debug)]
pub struct Scope<'a> {
    /// `YYYYMMDDTHHMMSSZ`
    pub stamp: &'a str,
    /// AWS region.
    pub region: &'a str,
    /// Signing name.
    pub service: &'a str,
}

impl<'a> Scope<'a> {
    /// The day, `YYYYMMDD`.
    pub fn date(&self) -> &'a str {
        self.stamp.get(..8).unwrap_or_default()
    }
}

/// A request in the parts that are signed. Path and query must be in canonical form already: ours are
/// made of unreserved characters and written in order.
#[derive(Clone, Copy, Debug)]
pub struct Canonical<'a> {
    /// Upper case.
    pub method: &'a str,
    /// From the first `/`.
    pub path: &'a str,
    /// Without `?`: encoded and sorted.
    pub query: &'a [u8],
    /// Lower-case names in order, and their values.
    pub fields: &'a [(&'a str, &'a str)],
    /// Those names, joined with `;`.
    pub signed: &'a str,
    /// Hexadecimal, or a word that stands for it.
    pub payload_sha256: &'a [u8],
}

/// The signature in hexadecimal.
pub fn sign(secret_key: &str, scope: &Scope<'_>, canonical: &Canonical<'_>) -> [u8; 64] {
    let request_sha256 = hex(&canonical.sha256());
    let day = hmac(&[b"AWS4", secret_key.as_bytes()], &[scope.date().as_bytes()]);
    let region = hmac(&[&day], &[scope.region.as_bytes()]);
    let service = hmac(&[&region], &[scope.service.as_bytes()]);
    let key = hmac(&[&service], &[b"aws4_request"]);
    let string_to_sign: [&[u8]; 11] = [
        ALGORITHM.as_bytes(),
        b"\n",
        scope.stamp.as_bytes(),
        b"\n",
        scope.date().as_bytes(),
        b"/",
        scope.region.as_bytes(),
        b"/",
        scope.service.as_bytes(),
        b"/aws4_request\n",
        &request_sha256,
    ];
    hex(&hmac(&[&key], &string_to_sign))
}

impl Canonical<'_> {
    fn sha256(&self) -> [u8; 32] {
        let mut hasher = Sha256::new();
        let head = [self.method.as_bytes(), b"\n", self.path.as_bytes(), b"\n", self.query, b"\n"];
        for piece in head {
            hasher.update(piece);
        }
        for (name, value) in self.fields {
            hasher.update(name);
            hasher.update(":");
            update_trimmed(&mut hasher, value);
            hasher.update("\n");
        }
        hasher.update("\n");
        hasher.update(self.signed);
        hasher.update("\n");
        hasher.update(self.payload_sha256);
        hasher.finalize().into()
    }
}

/// A field's value without spaces at its ends, and with one for several in it.
fn update_trimmed(hasher: &mut Sha256, value: &str) {
    for (index, word) in value.split_ascii_whitespace().enumerate() {
        if index > 0 {
            hasher.update(" ");
        }
        hasher.update(word);
    }
}
