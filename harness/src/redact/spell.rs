//! The ways one value can be written in a text.

use std::fmt::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE_NO_PAD};

/// A fragment of base64 shorter than this stands in too many innocent texts.
const FRAGMENT_MIN: usize = 8;

/// Every spelling of `value`, by its name in reports.
pub(super) fn spellings(value: &str) -> Vec<(&'static str, String)> {
    let mut all = vec![("plain", value.to_owned())];
    for upper in [true, false] {
        // RFC 3986, what `encodeURIComponent` leaves (decision: spec §2.3), and form encoding.
        for kept in ["-_.~", "-_.!~*'()", "-_.~/", "-_.~+/="] {
            all.push(("percent-encoded", percent(value, kept, upper)));
        }
        all.push(("hex", hex(value, upper)));
    }
    // A console line percent-encodes what an URL has percent-encoded already.
    all.push(("percent-encoded", percent(&percent(value, "-_.~", true), "-_.~", true)));
    all.push(("JSON-escaped", json(value)));
    all.extend(base64(value.as_bytes()).into_iter().map(|text| ("base64", text)));
    all
}

fn percent(value: &str, kept: &str, upper: bool) -> String {
    let mut text = String::with_capacity(value.len());
    for byte in value.bytes() {
        let plain = byte.is_ascii_alphanumeric() || kept.as_bytes().contains(&byte);
        // Writing to a String cannot fail.
        let _ = match (plain, upper) {
            (true, _) => write!(text, "{}", char::from(byte)),
            (false, true) => write!(text, "%{byte:02X}"),
            (false, false) => write!(text, "%{byte:02x}"),
        };
    }
    text
}

fn hex(value: &str, upper: bool) -> String {
    value.bytes().fold(String::new(), |mut text, byte| {
        let _ = if upper { write!(text, "{byte:02X}") } else { write!(text, "{byte:02x}") };
        text
    })
}

fn json(value: &str) -> String {
    let quoted = serde_json::Value::from(value).to_string();
    quoted.trim_matches('"').to_owned()
}

/// Base64 of the value alone, and the part of it that is the same wherever the value stands inside
/// something longer: with 0, 1 or 2 bytes before it, less the characters that its neighbours share.
fn base64(value: &[u8]) -> Vec<String> {
    let mut all = vec![STANDARD.encode(value), STANDARD_NO_PAD.encode(value)];
    all.push(URL_SAFE_NO_PAD.encode(value));
    for before in 0..3_usize {
        let mut padded = vec![0; before];
        padded.extend_from_slice(value);
        // 8·before bits of the first characters belong to what stands before.
        let first = (before * 8).div_ceil(6);
        let last = padded.len() * 8 / 6;
        for text in [STANDARD_NO_PAD.encode(&padded), URL_SAFE_NO_PAD.encode(&padded)] {
            match text.get(first..last) {
                Some(fragment) if fragment.len() >= FRAGMENT_MIN => all.push(fragment.to_owned()),
                Some(_) | None => {}
            }
        }
    }
    all
}
