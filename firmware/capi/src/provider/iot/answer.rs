//! What AWS IoT's credentials provider answers (spec §9.2), in the SDK's statuses.

use kvs_signaling::PeerError;
use kvs_signaling::call::iot_credentials;
use kvs_signaling::wire::json;

use crate::abi::{PER_MS, Status, Time, limits, status};
use crate::provider::credentials::Owned;

/// `2026-01-01T00:00:00Z`: no other form is taken.
const TIMESTAMP_LEN: usize = 20;

/// Credentials as the service gave them.
pub(super) struct Answer {
    key: String,
    secret: String,
    token: String,
    /// By the service's clock.
    pub(super) expires: Time,
}

impl Answer {
    /// Reads a body; escapes are taken out where it stands. The HTTP status does not matter: a
    /// refusal has no credentials in it.
    pub(super) fn parse(body: &mut [u8]) -> Result<Self, Status> {
        if body.is_empty() {
            return Err(status::IOT_INVALID_RESPONSE_LENGTH);
        }
        if let Some(unfit) = unfit_timestamp(body) {
            return Err(unfit);
        }
        let set = iot_credentials::parse(body).map_err(|error| {
            if error == PeerError::Missing {
                return status::IOT_NULL_AWS_CREDS;
            }
            status::INVALID_API_CALL_RETURN_JSON
        })?;
        let fits = set.access_key_id.len() <= limits::ACCESS_KEY
            && set.secret_key.len() <= limits::SECRET_KEY
            && set.session_token.len() <= limits::SESSION_TOKEN;
        let expires = set.expires.map_or(Time::MAX, |expires| expires.0 * PER_MS);
        let answer = Self {
            key: set.access_key_id.to_owned(),
            secret: set.secret_key.to_owned(),
            token: set.session_token.to_owned(),
            expires,
        };
        fits.then_some(answer).ok_or(status::INVALID_API_CALL_RETURN_JSON)
    }

    /// The same as C has it, with the expiration that is told.
    pub(super) fn owned(&self, expiration: Time) -> Result<Owned, Status> {
        Owned::of(&self.key, &self.secret, &self.token, expiration)
    }
}

/// An expiration that is there and is no moment.
fn unfit_timestamp(body: &[u8]) -> Option<Status> {
    let answer = json::parse(body).ok()?;
    let text = answer.member("credentials")?.member("expiration")?.text()?;
    let span = text.span();
    let text = span.text(body).as_bytes();
    if text.len() != TIMESTAMP_LEN || !has_its_form(text) {
        return Some(status::TIMESTAMP_STRING_UNRECOGNIZED_FORMAT);
    }
    let moment = kvs_signaling::wire::date::parse_iso8601(text);
    moment.is_none().then_some(status::IOT_EXPIRATION_PARSING_FAILED)
}

fn has_its_form(text: &[u8]) -> bool {
    let pairs = text.iter().zip(b"0000-00-00T00:00:00Z");
    pairs.into_iter().all(|(byte, form)| match form {
        b'0' => byte.is_ascii_digit(),
        mark => byte == mark,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(body: &str) -> Result<Answer, Status> {
        Answer::parse(&mut body.as_bytes().to_vec())
    }

    fn body(expiration: &str) -> String {
        format!(
            r#"{{"credentials":{{"accessKeyId":"ASIA","secretAccessKey":"s\/x","sessionToken":"t","expiration":"{expiration}"}}}}"#
        )
    }

    #[test]
    fn credentials_are_read() {
        let answer = parse(&body("2026-01-01T00:00:00Z")).expect("good");
        assert_eq!((answer.key.as_str(), answer.secret.as_str()), ("ASIA", "s/x"));
        assert_eq!(answer.expires, 1_767_225_600 * crate::abi::PER_S);
    }

    #[test]
    fn each_fault_has_the_sdk_s_status() {
        let status_of = |body: &str| parse(body).err();
        assert_eq!(status_of(""), Some(0x1600_0002));
        assert_eq!(status_of(r#"{"message":"Access Denied"}"#), Some(0x1600_0003));
        assert_eq!(status_of(r#"{"credentials":{"accessKeyId":"A"}}"#), Some(0x1600_0003));
        assert_eq!(status_of("<html>"), Some(0x1500_000c));
        assert_eq!(status_of("[]"), Some(0x1600_0003));
        for other in ["2026-01-01T00:00:00.000Z", "2026-01-01 00:00:00Z", "", "1767225600"] {
            assert_eq!(status_of(&body(other)), Some(0x1600_0005), "{other}");
        }
        assert_eq!(status_of(&body("2026-13-01T00:00:00Z")), Some(0x1500_0018));
        let long = body("2026-01-01T00:00:00Z").replace("ASIA", &"A".repeat(129));
        assert_eq!(status_of(&long), Some(0x1500_000c));
    }
}
