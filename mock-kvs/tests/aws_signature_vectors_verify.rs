//! AWS's published Signature Version 4 vectors verify, in the header and in the query form.
//!
//! `data/sigv4-vectors.txt` is taken from the signing test suite of aws-c-auth (Apache-2.0), the
//! normalized requests with a context; each block is
//! `=== name form payload-hash [token]` and the signed request.

use http::{HeaderMap, HeaderName, HeaderValue};
use mock_kvs::sigv4::{Against, Key, Request, Signed, parse_amz_date, verify};

const VECTORS: &str = include_str!("data/sigv4-vectors.txt");
const SECRET: &str = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";

struct Vector<'a> {
    title: &'a str,
    token: Option<&'a str>,
    method: &'a str,
    path: &'a str,
    query: &'a str,
    headers: HeaderMap,
    body_sha256: &'a str,
}

#[test]
fn every_vector_verifies() {
    let all: Vec<_> = VECTORS.split("=== ").skip(1).map(read).collect();
    assert!(all.len() > 50, "only {} vectors were found", all.len());
    for vector in &all {
        check(vector, SECRET).unwrap_or_else(|error| panic!("{}: {error}", vector.title));
    }
}

#[test]
fn no_vector_verifies_with_another_secret() {
    for vector in VECTORS.split("=== ").skip(1).map(read) {
        let error = check(&vector, "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEz").unwrap_err();
        assert_eq!(error.kind.name(), "InvalidSignatureException", "{}", vector.title);
    }
}

fn check(vector: &Vector<'_>, secret: &str) -> Result<(), mock_kvs::service::error::ServiceError> {
    let request = Request {
        method: vector.method,
        path: vector.path,
        query: vector.query,
        headers: &vector.headers,
        body_sha256: vector.body_sha256,
    };
    let signed = Signed::parse(&request)?;
    let key = Key { secret, session_token: vector.token, expires_unix_ms: None };
    let against = Against {
        region: "us-east-1",
        service: "service",
        wall_ms: parse_amz_date("20150830T123600Z").expect("a date"),
        tolerance_ms: 300_000,
    };
    verify(&request, &signed, Some(key), &against)
}

fn read(block: &str) -> Vector<'_> {
    let (title, request) = block.split_once('\n').expect("a title");
    let mut words = title.split(' ').skip(2);
    let body_sha256 = words.next().expect("a payload hash");
    let token = words.next();
    let (head, _) = request.split_once("\n\n").unwrap_or((request, ""));
    let (line, lines) = head.split_once('\n').expect("a request line");
    let (method, rest) = line.split_once(' ').expect("a method");
    let target = rest.strip_suffix(" HTTP/1.1").expect("a version");
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let mut headers = HeaderMap::new();
    let mut unfolded: Vec<(String, String)> = Vec::new();
    for line in lines.lines() {
        match (line.strip_prefix(' '), unfolded.last_mut()) {
            (Some(more), Some((_, value))) => {
                value.push(' ');
                value.push_str(more);
            }
            _ => {
                let (name, value) = line.split_once(':').expect("a header");
                unfolded.push((name.to_owned(), value.to_owned()));
            }
        }
    }
    for (name, value) in unfolded {
        headers.append(
            HeaderName::try_from(name).expect("a name"),
            HeaderValue::try_from(value).expect("a value"),
        );
    }
    Vector { title, token, method, path, query, headers, body_sha256 }
}
