//! What a refusal means decides what helps: waiting, other credentials, the clock, another channel.

use kvs_signaling::PeerError;
use kvs_signaling::call::error::{classify, is_in_use, type_of};
use kvs_signaling::wire::http1::ResponseReader;

const SKEW: &str = r#"{"message":"Signature expired: 20260101T000000Z is now earlier than …"}"#;
const AHEAD: &str = r#"{"message":"Signature not yet current: 20260101T000000Z is still later …"}"#;
const TOKEN: &str = r#"{"message":"The security token included in the request is expired"}"#;
const INVALID: &str = r#"{"message":"The security token included in the request is invalid."}"#;

#[test]
fn by_error_type() {
    for (status, error_type, body, error) in [
        (403, "InvalidSignatureException", SKEW, PeerError::Skew),
        (403, "InvalidSignatureException", AHEAD, PeerError::Skew),
        (403, "InvalidSignatureException", r#"{"message":"does not match"}"#, PeerError::Denied),
        (403, "RequestTimeTooSkewed", "", PeerError::Skew),
        (403, "ExpiredTokenException", TOKEN, PeerError::Expired),
        (403, "ExpiredTokenException", "", PeerError::Expired),
        (403, "UnrecognizedClientException", INVALID, PeerError::Denied),
        (401, "AccessDeniedException", "{}", PeerError::Denied),
        (401, "NotAuthorizedException", "{}", PeerError::Denied),
        (403, "MissingAuthenticationTokenException", "{}", PeerError::Denied),
        (400, "ClientLimitExceededException", "{}", PeerError::Throttled),
        (400, "ThrottlingException", "{}", PeerError::Throttled),
        (404, "ResourceNotFoundException", "{}", PeerError::NoChannel),
        (400, "ResourceNotFoundException", "{}", PeerError::NoChannel),
        // More channels than the account may have: waiting for a slot is no throttling.
        (400, "AccountChannelLimitExceededException", "{}", PeerError::Status(400)),
        (400, "InvalidArgumentException", "{}", PeerError::Status(400)),
        (400, "ResourceInUseException", "{}", PeerError::Status(400)),
        (400, "SessionExpiredException", r#"{"message":"expired"}"#, PeerError::Status(400)),
    ] {
        let found = classify(status, error_type, body.as_bytes());
        assert_eq!(found, error, "{status} {error_type} {body}");
    }
}

#[test]
fn by_status_when_there_is_no_type() {
    for (status, body, error) in [
        (403, SKEW, PeerError::Skew),
        (401, TOKEN, PeerError::Expired),
        (403, INVALID, PeerError::Denied),
        (403, "", PeerError::Denied),
        (401, "", PeerError::Denied),
        (404, "", PeerError::NoChannel),
        (
            404,
            r#"{"Message":"The requested channel is not found or not active."}"#,
            PeerError::NoChannel,
        ),
        (404, "<html>Not Found</html>", PeerError::Status(404)),
        (429, "", PeerError::Throttled),
        (400, "{}", PeerError::Status(400)),
        (500, "<html>", PeerError::Status(500)),
        (503, SKEW, PeerError::Status(503)),
        (302, "", PeerError::Status(302)),
    ] {
        assert_eq!(classify(status, "", body.as_bytes()), error, "{status} {body}");
    }
}

#[test]
fn by_the_type_in_the_body() {
    let body = br#"{"__type":"com.amazon.coral.service#ExpiredTokenException","message":"x"}"#;
    assert_eq!(classify(400, "", body), PeerError::Expired);
}

#[test]
fn the_types_header_is_cut_to_its_name() {
    for (value, name) in [
        ("ResourceNotFoundException", "ResourceNotFoundException"),
        (
            "ResourceNotFoundException:http://internal.amazon.com/coral/x/",
            "ResourceNotFoundException",
        ),
        ("com.amazonaws#AccessDeniedException", "AccessDeniedException"),
        ("", ""),
    ] {
        let bytes =
            format!("HTTP/1.1 400 x\r\nx-amzn-ErrorType: {value}\r\nContent-Length: 0\r\n\r\n");
        let mut storage = [0; 256];
        let mut reader = ResponseReader::new();
        reader.feed(&mut storage, bytes.as_bytes()).expect("well formed");
        assert_eq!(type_of(&reader.response(&storage).expect("complete")), name);
    }
}

#[test]
fn a_channel_that_exists_already_is_known_by_its_type() {
    assert!(is_in_use("ResourceInUseException"));
    assert!(!is_in_use("ResourceNotFoundException"));
}
