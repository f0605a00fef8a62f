//! Endpoint URLs and percent-encoding.

use super::out::Out;

/// The two schemes the service uses; both are TLS.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scheme {
    /// `https`
    Https,
    /// `wss`
    Wss,
}

/// An endpoint, borrowed from the text it was parsed from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Url<'a> {
    /// `https` or `wss`; never plaintext.
    pub scheme: Scheme,
    /// Host name without port.
    pub host: &'a str,
    /// 443 when not given.
    pub port: u16,
    /// What stands in Host and is signed: with the port when one was given.
    pub authority: &'a str,
    /// From the first `/`; `/` when there is none.
    pub path: &'a str,
}

/// TLS's port.
pub const PORT: u16 = 443;

/// Parses `https://host[:port][/path]` or `wss://…`. Anything else is refused: another scheme, user
/// information, an IPv6 literal, a query, a fragment, port 0. The C SDK takes no port at all (spec §13).
pub fn parse(url: &str) -> Option<Url<'_>> {
    let (scheme, rest) = url.split_once(':')?;
    let rest = rest.strip_prefix("//")?;
    let scheme = if scheme.eq_ignore_ascii_case("https") {
        Scheme::Https
    } else if scheme.eq_ignore_ascii_case("wss") {
        Scheme::Wss
    } else {
        return None;
    };
    let slash = rest.find('/').unwrap_or(rest.len());
    let (authority, path) = rest.split_at_checked(slash)?;
    let (host, port) = parse_authority(authority)?;
    let path = if path.is_empty() { "/" } else { path };
    let legal = |byte: u8| is_unreserved(byte) || byte == b'/';
    path.bytes().all(legal).then_some(Url { scheme, host, port, authority, path })
}

/// Parses `host` or `host:port`; the port is 443 when not given.
pub fn parse_authority(authority: &str) -> Option<(&str, u16)> {
    let (host, port) = match authority.split_once(':') {
        Some((host, port)) => (host, parse_port(port)?),
        None => (authority, PORT),
    };
    let legal = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_');
    (!host.is_empty() && host.bytes().all(legal)).then_some((host, port))
}

fn parse_port(digits: &str) -> Option<u16> {
    // `parse` alone would take a leading `+`.
    digits.bytes().all(|byte| byte.is_ascii_digit()).then_some(())?;
    digits.parse().ok().filter(|port| *port != 0)
}

/// Appends `text` with everything but RFC 3986's unreserved characters as `%XX`, upper-case: SigV4's
/// encoding of query values (spec §2.3).
pub fn percent_encode(text: &str, out: &mut Out<'_>) {
    for byte in text.bytes() {
        if is_unreserved(byte) {
            out.put(&[byte]);
        } else {
            out.put(&[b'%', hex_digit(byte >> 4), hex_digit(byte & 15)]);
        }
    }
}

const fn is_unreserved(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~')
}

const fn hex_digit(nibble: u8) -> u8 {
    if nibble < 10 { b'0' + nibble } else { b'A' + nibble - 10 }
}
