//! The transcript: what was asked and answered, without what differs between two services that
//! behave alike.

use std::collections::BTreeMap;
use std::fmt::{self, Display, Write as _};

use serde_json::Value;

use super::client::{Answer, Client};

/// How the mock's behaviour at a probe is known (mock-kvs/docs/service.md).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Provenance {
    /// AWS's published service models.
    Model,
    /// AWS's developer guide.
    Doc,
    /// The source of an AWS SDK.
    Sdk,
    /// Users' logs and issues.
    Field,
    /// Unverified: a choice.
    Ours,
}

impl Provenance {
    /// The word in the transcript.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Model => "model",
            Self::Doc => "doc",
            Self::Sdk => "sdk",
            Self::Field => "field",
            Self::Ours => "ours",
        }
    }
}

/// The transcript so far.
#[derive(Debug)]
pub struct Tape {
    text: String,
    counts: BTreeMap<Provenance, usize>,
    /// Longer ones first, so that a part of one does not hide the whole.
    hidden: Vec<(String, &'static str)>,
}

/// The form of the transcript: rises when lines of an older one cannot be compared.
const VERSION: u32 = 1;

impl Tape {
    pub(super) fn new(client: &Client, channel: &str) -> Self {
        let text = format!("scenario probe, transcript version {VERSION}\n");
        let mut tape = Self { text, counts: BTreeMap::new(), hidden: Vec::new() };
        tape.hide(channel, "<channel>");
        tape.hide(&client.region, "<region>");
        tape.hide(&client.keys.access_key_id, "<key>");
        tape.hide(&client.keys.secret_key, "<secret>");
        tape.hide(&client.keys.session_token, "<token>");
        tape
    }

    /// From here on this text stands as `word`.
    pub(super) fn hide(&mut self, text: &str, word: &'static str) {
        if !text.is_empty() {
            self.hidden.push((text.to_owned(), word));
            self.hidden.sort_by_key(|(text, _)| std::cmp::Reverse(text.len()));
        }
    }

    /// A probe begins.
    pub(super) fn begin(&mut self, id: &str, provenance: Provenance, title: &str) {
        *self.counts.entry(provenance).or_default() += 1;
        self.write(&format!("\n## {id}  [{}]\n# {title}\n", provenance.word()));
    }

    pub(super) fn asked(&mut self, what: &str) {
        self.write(&format!("> {what}\n"));
    }

    pub(super) fn got(&mut self, what: &str) {
        self.write(&format!("< {what}\n"));
    }

    pub(super) fn answered(&mut self, answer: &Answer) {
        let shown = |name: &str| answer.header(name).unwrap_or("-").to_owned();
        let error = shown("x-amzn-errortype");
        // Some services append a URL to the type.
        let error = error.split(':').next().unwrap_or_default();
        let id = if answer.header("x-amzn-requestid").is_some() { "present" } else { "absent" };
        let kind = shown("content-type");
        self.got(&format!("{} {kind} errortype={error} requestid={id}", answer.status));
        if !answer.body.is_empty() {
            let body = match serde_json::from_str::<Value>(&answer.body) {
                Ok(body) => plain(body).to_string(),
                Err(_) => answer.body.clone(),
            };
            self.got(&body);
        }
    }

    fn write(&mut self, text: &str) {
        let mut text = without_dates(text);
        for (hidden, word) in &self.hidden {
            text = text.replace(hidden.as_str(), word);
        }
        self.text.push_str(&text);
    }
}

impl Display for Tape {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)?;
        let total: usize = self.counts.values().sum();
        write!(f, "\n{total} probes; the mock's behaviour is known from:")?;
        for (provenance, count) in &self.counts {
            write!(f, " {} {count}", provenance.word())?;
        }
        f.write_char('\n')
    }
}

/// A body with words in place of values that no two services share.
pub(super) fn plain(value: Value) -> Value {
    match value {
        Value::Object(map) => Value::Object(
            map.into_iter()
                .map(|(key, value)| {
                    let value = match key.as_str() {
                        "Version" => "<version>".into(),
                        "CreationTime" => "<time>".into(),
                        "Username" | "Password" => "<secret>".into(),
                        "NextToken" => "<page>".into(),
                        "ResourceEndpoint" => endpoint(&value),
                        "Uris" => uris(&value),
                        _ => plain(value),
                    };
                    (key, value)
                })
                .collect(),
        ),
        Value::Array(list) => Value::Array(list.into_iter().map(plain).collect()),
        other @ (Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_)) => other,
    }
}

/// The scheme, and the host with its random part left out.
fn endpoint(value: &Value) -> Value {
    let Some((scheme, host)) = value.as_str().and_then(|url| url.split_once("://")) else {
        return value.clone();
    };
    let host = host.split_once('.').map_or(host, |(_, rest)| rest);
    format!("{scheme}://<id>.{host}").into()
}

fn uris(value: &Value) -> Value {
    let plain = |uri: &Value| {
        let text = uri.as_str()?;
        let (scheme, rest) = text.split_once(':')?;
        let (_, tail) = rest.split_once(':')?;
        Some(Value::from(format!("{scheme}:<turn>:{tail}")))
    };
    let list = value.as_array().map(Vec::as_slice).unwrap_or_default();
    list.iter().map(|uri| plain(uri).unwrap_or_else(|| uri.clone())).collect()
}

/// `20260101T000000Z` as `<date>`: texts about signatures hold such.
fn without_dates(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('T') {
        let is_date = |start: usize| {
            let date = rest.get(start..start + 16)?.as_bytes();
            let (t, z) = (date.get(8)?, date.get(15)?);
            let digits = date.iter().filter(|c| c.is_ascii_digit()).count();
            (*t == b'T' && *z == b'Z' && digits == 14).then_some(start)
        };
        match at.checked_sub(8).and_then(is_date) {
            Some(start) => {
                out.push_str(&rest[..start]);
                out.push_str("<date>");
                rest = &rest[start + 16..];
            }
            None => {
                out.push_str(&rest[..=at]);
                rest = &rest[at + 1..];
            }
        }
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_and_random_parts_are_left_out() {
        let text = "Signature expired: 20260101T000000Z is now earlier than 20260101T000500Z T";
        let dates = "Signature expired: <date> is now earlier than <date> T";
        assert_eq!(without_dates(text), dates);
        let body = serde_json::json!({
            "Uris": ["turn:1-2-3-4.t-abc.example.com:443?transport=udp"],
            "Password": "secret",
            "ResourceEndpoint": "wss://m-12ab.kinesisvideo.us-west-2.amazonaws.com",
        });
        let expected = serde_json::json!({
            "Uris": ["turn:<turn>:443?transport=udp"],
            "Password": "<secret>",
            "ResourceEndpoint": "wss://<id>.kinesisvideo.us-west-2.amazonaws.com",
        });
        assert_eq!(plain(body), expected);
    }
}
