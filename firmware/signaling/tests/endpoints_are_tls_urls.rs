//! URLs: `https` and `wss`, with a port if need be, and nothing that changes where they lead.

use kvs_signaling::wire::out::Out;
use kvs_signaling::wire::url::{self, Scheme, Url};

#[test]
fn endpoints_are_taken_apart() {
    let expected = Url {
        scheme: Scheme::Wss,
        host: "m-1a2b.kinesisvideo.us-west-2.amazonaws.com",
        port: 443,
        authority: "m-1a2b.kinesisvideo.us-west-2.amazonaws.com",
        path: "/",
    };
    assert_eq!(url::parse("wss://m-1a2b.kinesisvideo.us-west-2.amazonaws.com"), Some(expected));
    let expected = Url {
        scheme: Scheme::Https,
        host: "127.0.0.1",
        port: 8443,
        authority: "127.0.0.1:8443",
        path: "/v1/x",
    };
    assert_eq!(url::parse("HTTPS://127.0.0.1:8443/v1/x"), Some(expected));
}

#[test]
fn everything_else_is_refused() {
    for text in [
        "",
        "host",
        "//host",
        "http://host",
        "ws://host",
        "ftp://host",
        "https:/host",
        "https://",
        "https:///path",
        "https://:443",
        "https://host:",
        "https://host:0",
        "https://host:+443",
        "https://host:65536",
        "https://host:443:443",
        "https://host:port",
        "https://user@host",
        "https://user:1@host",
        "https://[::1]",
        "https://ho st",
        "https://host\r\n",
        "https://host/a b",
        "https://host/a\r\nX: y",
        "https://host?query",
        "https://host/path?query",
        "https://host/path#fragment",
        "https://host\\path",
        "https://h\u{f6}st",
    ] {
        assert_eq!(url::parse(text), None, "{text:?}");
    }
}

#[test]
fn a_control_plane_is_a_host_and_perhaps_a_port() {
    assert_eq!(url::parse_authority("localhost"), Some(("localhost", 443)));
    assert_eq!(url::parse_authority("10.0.2.2:18443"), Some(("10.0.2.2", 18443)));
    for text in ["", ":1", "a:", "a/b", "https://a", "a:1:2", "a b"] {
        assert_eq!(url::parse_authority(text), None, "{text}");
    }
}

#[test]
fn all_but_unreserved_characters_are_encoded() {
    let mut buf = [0; 64];
    let mut out = Out::new(&mut buf);
    url::percent_encode("aZ09-_.~ /:=+*!'\u{e9}", &mut out);
    let len = out.finish().expect("it fits");
    assert_eq!(&buf[..len], b"aZ09-_.~%20%2F%3A%3D%2B%2A%21%27%C3%A9");
}
