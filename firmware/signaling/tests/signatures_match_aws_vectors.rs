//! SigV4 as AWS publishes it.
//!
//! The vectors named `get-…` and `post-…` are AWS's signing test suite (aws-c-auth,
//! `tests/aws-signing-test-suite/v4`; the crate aws-sigv4 carries the same files): credentials
//! AKIDEXAMPLE, region us-east-1, service `service`, 2015-08-30T12:36:00Z, 3600 s. The S3 example is
//! "Authenticating Requests: Using Query Parameters" of the S3 API reference, the IAM one "Create a
//! signed AWS API request" of the IAM user guide.

use kvs_signaling::UnixTime;
use kvs_signaling::wire::date;
use kvs_signaling::wire::sigv4::{Canonical, Scope, hex, sha256, sign};

const SECRET: &str = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";
const STAMP: &str = "20150830T123600Z";
const HOST: (&str, &str) = ("host", "example.amazonaws.com");
const DATE: (&str, &str) = ("x-amz-date", STAMP);

#[test]
fn get_vanilla() {
    let request = Canonical { fields: &[HOST, DATE], signed: "host;x-amz-date", ..get() };
    assert_signed(&request, "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31");
}

#[test]
fn get_vanilla_query_order_key_case() {
    let request = Canonical {
        query: b"Param1=value1&Param2=value2",
        fields: &[HOST, DATE],
        signed: "host;x-amz-date",
        ..get()
    };
    assert_signed(&request, "b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500");
}

#[test]
fn get_header_value_trim() {
    let request = Canonical {
        fields: &[HOST, ("my-header1", " value1"), ("my-header2", " \"a   b   c\" "), DATE],
        signed: "host;my-header1;my-header2;x-amz-date",
        ..get()
    };
    assert_signed(&request, "acc3ed3afb60bb290fc8d2dd0098b9911fcaa05412b367055dee359757a9c736");
}

#[test]
fn get_vanilla_with_session_token() {
    let token = "6e86291e8372ff2a2260956d9b8aae1d763fbf315fa00fa31553b73ebf194267";
    let request = Canonical {
        fields: &[HOST, DATE, ("x-amz-security-token", token)],
        signed: "host;x-amz-date;x-amz-security-token",
        ..get()
    };
    assert_signed(&request, "07ec1639c89043aa0e3e2de82b96708f198cceab042d4a97044c66dd9f74e7f8");
}

#[test]
fn post_sts_header_before() {
    let request = Canonical {
        method: "POST",
        fields: &[HOST, DATE, ("x-amz-security-token", STS_TOKEN)],
        signed: "host;x-amz-date;x-amz-security-token",
        ..get()
    };
    assert_signed(&request, "85d96828115b5dc0cfc3bd16ad9e210dd772bbebba041836c64533a82be05ead");
}

#[test]
fn post_x_www_form_urlencoded() {
    let body = hex(&sha256(b"Param1=value1"));
    let request = Canonical {
        method: "POST",
        fields: &[
            ("content-length", "13"),
            ("content-type", "application/x-www-form-urlencoded"),
            HOST,
            ("x-amz-content-sha256", core::str::from_utf8(&body).expect("hex")),
            DATE,
        ],
        signed: "content-length;content-type;host;x-amz-content-sha256;x-amz-date",
        payload_sha256: &body,
        ..get()
    };
    assert_signed(&request, "d3875051da38690788ef43de4db0d8f280229d82040bfac253562e56c3f20e0b");
}

#[test]
fn get_vanilla_in_the_query() {
    let query = format!("{PRESIGNED}&X-Amz-SignedHeaders=host");
    let request = Canonical { query: query.as_bytes(), ..get() };
    assert_signed(&request, "e93c787ed7f371d5c6b165c1b38ede9550f4dce4144713e844b25b7192d3865d");
}

#[test]
fn get_vanilla_with_session_token_in_the_query() {
    let token = "6e86291e8372ff2a2260956d9b8aae1d763fbf315fa00fa31553b73ebf194267";
    let query = format!("{PRESIGNED}&X-Amz-Security-Token={token}&X-Amz-SignedHeaders=host");
    let request = Canonical { query: query.as_bytes(), ..get() };
    assert_signed(&request, "7ff2b50b376cb4d151970630573d6291dc128cc5c2a12ffb237f73cc53f67b6c");
}

#[test]
fn the_s3_presigning_example() {
    let scope = Scope { stamp: "20130524T000000Z", region: "us-east-1", service: "s3" };
    let request = Canonical {
        path: "/test.txt",
        query: b"X-Amz-Algorithm=AWS4-HMAC-SHA256\
            &X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20130524%2Fus-east-1%2Fs3%2Faws4_request\
            &X-Amz-Date=20130524T000000Z&X-Amz-Expires=86400&X-Amz-SignedHeaders=host",
        fields: &[("host", "examplebucket.s3.amazonaws.com")],
        payload_sha256: b"UNSIGNED-PAYLOAD",
        ..get()
    };
    let signature = sign("wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", &scope, &request);
    let expected = b"aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404";
    assert_eq!(&signature, expected);
}

#[test]
fn the_iam_list_users_example() {
    let scope = Scope { stamp: STAMP, region: "us-east-1", service: "iam" };
    let content_type = "application/x-www-form-urlencoded; charset=utf-8";
    let request = Canonical {
        query: b"Action=ListUsers&Version=2010-05-08",
        fields: &[("content-type", content_type), ("host", "iam.amazonaws.com"), DATE],
        signed: "content-type;host;x-amz-date",
        ..get()
    };
    let signature = sign(SECRET, &scope, &request);
    let expected = b"5d672d79c15b13162d9279b0855cfba6789a8edb4c82c400e06b5924a6f2b5d7";
    assert_eq!(&signature, expected);
}

#[test]
fn the_vectors_moment_is_written_as_they_write_it() {
    assert_eq!(&date::amz_date(UnixTime(1_440_938_160_000)), STAMP.as_bytes());
}

const PRESIGNED: &str = "X-Amz-Algorithm=AWS4-HMAC-SHA256\
    &X-Amz-Credential=AKIDEXAMPLE%2F20150830%2Fus-east-1%2Fservice%2Faws4_request\
    &X-Amz-Date=20150830T123600Z&X-Amz-Expires=3600";

const STS_TOKEN: &str = "AQoDYXdzEPT//////////wEXAMPLEtc764bNrC9SAPBSM22wDOk4x4HIZ8j4FZTwdQWLWsKWHGB\
    uFqwAeMicRXmxfpSPfIeoIYRqTflfKD8YUuwthAx7mSEI/qkPpKPi/kMcGdQrmGdeehM4IC1NtBmUpp2wUE8phUZampKsburE\
    Dy0KPkyQDYwT7WZ0wq5VSXDvp75YU9HFvlRd8Tx6q6fE8YQcHNVXAkiY9q6d+xo0rKwT38xVqr7ZD0u0iPPkUL64lIZbqBAz+\
    scqKmlzm8FDrypNC9Yjc8fPOLn9FX9KSYvKTr4rvx3iSIlTJabIQwj2ICCR/oLxBA==";

/// SHA-256 of nothing.
const EMPTY: &[u8] = b"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

/// GET / of the test suite's host, signed by that alone.
fn get() -> Canonical<'static> {
    Canonical {
        method: "GET",
        path: "/",
        query: b"",
        fields: &[HOST],
        signed: "host",
        payload_sha256: EMPTY,
    }
}

fn assert_signed(request: &Canonical<'_>, expected: &str) {
    let scope = Scope { stamp: STAMP, region: "us-east-1", service: "service" };
    let signature = sign(SECRET, &scope, request);
    assert_eq!(core::str::from_utf8(&signature), Ok(expected));
}
