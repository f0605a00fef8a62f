//! The presigned URL of a peer's WebSocket, by AWS's own signer: a third implementation beside the
//! firmware's and the mock's, so that a shared mistake cannot cancel out.

use std::time::{Duration, SystemTime};

use aws_credential_types::Credentials;
use aws_sigv4::http_request::{
    SignableBody, SignableRequest, SignatureLocation, SigningSettings, sign,
};
use aws_sigv4::sign::v4;

/// Seconds a presigned URL stays valid: what AWS's JavaScript SDK asks for.
const EXPIRES: Duration = Duration::from_secs(299);

/// Who connects, where to, with which keys.
#[derive(Clone)]
pub struct Presign<'a> {
    /// `host[:port]`, as the Host header will say.
    pub authority: &'a str,
    /// AWS region of the scope.
    pub region: &'a str,
    /// The channel.
    pub channel_arn: &'a str,
    /// A viewer's id; a master has none.
    pub client_id: Option<&'a str>,
    /// Access key id.
    pub access_key_id: &'a str,
    /// Secret key.
    pub secret_key: &'a str,
    /// Session token; empty for none.
    pub session_token: &'a str,
    /// Service time to sign at, Unix milliseconds.
    pub at_unix_ms: u64,
}

/// Why no URL could be signed.
#[derive(Debug, thiserror::Error)]
#[error("cannot presign the peer's URL: {0}")]
pub struct PresignError(String);

impl Presign<'_> {
    /// The `ws://…/?…` URI to upgrade on.
    ///
    /// # Errors
    /// When the authority does not make a URI.
    pub fn uri(&self) -> Result<http::Uri, PresignError> {
        let failed = |error: &dyn std::fmt::Display| PresignError(error.to_string());
        let mut uri =
            format!("ws://{}/?X-Amz-ChannelARN={}", self.authority, encode(self.channel_arn));
        if let Some(id) = self.client_id {
            uri.push_str("&X-Amz-ClientId=");
            uri.push_str(&encode(id));
        }
        let token = (!self.session_token.is_empty()).then(|| self.session_token.to_owned());
        let identity =
            Credentials::new(self.access_key_id, self.secret_key, token, None, "scenario").into();
        let mut settings = SigningSettings::default();
        settings.signature_location = SignatureLocation::QueryParams;
        settings.expires_in = Some(EXPIRES);
        let params = v4::SigningParams::builder()
            .identity(&identity)
            .region(self.region)
            .name("kinesisvideo")
            .time(SystemTime::UNIX_EPOCH + Duration::from_millis(self.at_unix_ms))
            .settings(settings)
            .build()
            .map_err(|error| failed(&error))?
            .into();
        let headers = std::iter::once(("host", self.authority));
        let request = SignableRequest::new("GET", &uri, headers, SignableBody::Bytes(&[]))
            .map_err(|error| failed(&error))?;
        let (instructions, _) =
            sign(request, &params).map_err(|error| failed(&error))?.into_parts();
        let mut signed =
            http::Request::builder().uri(&uri).body(()).map_err(|error| failed(&error))?;
        instructions.apply_to_request_http1x(&mut signed);
        Ok(signed.uri().clone())
    }
}

/// Percent-encodes all but RFC 3986's unreserved characters.
fn encode(value: &str) -> String {
    let mut out = String::with_capacity(value.len() + 16);
    for byte in value.bytes() {
        if byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_query_is_what_the_javascript_sdk_sends() {
        let uri = Presign {
            authority: "127.0.0.1:4443",
            region: "us-west-2",
            channel_arn: "arn:aws:kinesisvideo:us-west-2:123456789012:channel/demo/1",
            client_id: Some("viewer-1"),
            access_key_id: "AKIDEXAMPLE",
            secret_key: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY",
            session_token: "to/ken==",
            at_unix_ms: 1_767_225_600_000,
        }
        .uri()
        .expect("signs");
        let query = uri.query().expect("a query");
        let mut names: Vec<_> = query
            .split('&')
            .filter_map(|pair| pair.split_once('='))
            .map(|(name, _)| name)
            .collect();
        names.sort_unstable();
        assert_eq!(
            names,
            [
                "X-Amz-Algorithm",
                "X-Amz-ChannelARN",
                "X-Amz-ClientId",
                "X-Amz-Credential",
                "X-Amz-Date",
                "X-Amz-Expires",
                "X-Amz-Security-Token",
                "X-Amz-Signature",
                "X-Amz-SignedHeaders",
            ]
        );
        for part in [
            "X-Amz-Date=20260101T000000Z",
            "X-Amz-Expires=299",
            "X-Amz-SignedHeaders=host",
            "X-Amz-ChannelARN=arn%3Aaws%3Akinesisvideo%3Aus-west-2%3A123456789012%3Achannel%2Fdemo%2F1",
            "X-Amz-Credential=AKIDEXAMPLE%2F20260101%2Fus-west-2%2Fkinesisvideo%2Faws4_request",
        ] {
            assert!(query.contains(part), "{part} not in {query}");
        }
    }
}
