//! Keeps secrets out of everything that is written: finds them in any common spelling, and masks
//! them.
//!
//! A secret is looked for as it is, percent-encoded, in base64 (also in the middle of a longer
//! base64 text), in hexadecimal, and as JSON escapes it.

mod spell;

use std::borrow::Cow;
use std::collections::BTreeSet;

use serde_json::Value;

use crate::history::Record;

/// What stands in a text where a secret was.
pub const MASK: &str = "***";

/// A shorter value is no secret worth the name, and would be found in every text.
pub const SECRET_MIN: usize = 4;

/// A value that must not be written anywhere, and its name, which may.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret {
    name: String,
    value: String,
}

impl Secret {
    /// `name` says what it is: `secret_key`, `turn_password`.
    pub fn new(name: impl Into<String>, value: impl Into<String>) -> Self {
        Self { name: name.into(), value: value.into() }
    }

    /// What it is.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Whether it is long enough to be looked for ([`SECRET_MIN`]).
    pub fn can_be_found(&self) -> bool {
        self.value.len() >= SECRET_MIN
    }
}

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Secret({})", self.name)
    }
}

/// Where a secret stands in a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hit<'r> {
    /// The secret's name.
    pub name: &'r str,
    /// How it is written there: `plain`, `percent-encoded`, `base64`, `hex`, `JSON-escaped`.
    pub spelling: &'static str,
    /// Byte offset in the text.
    pub at: usize,
    /// Bytes of the text it takes.
    pub len: usize,
}

/// Finds and masks a fixed set of secrets.
#[derive(Clone, Default)]
pub struct Redactor {
    names: Vec<String>,
    /// By their first two bytes; among those the longest first, so that the whole of a secret is
    /// taken where one contains another.
    patterns: Vec<Pattern>,
    /// For each pair of first bytes, where its patterns stand and how many they are: nearly every
    /// place of a text is passed over with one look, however many secrets a long run had.
    begins: Vec<(u32, u32)>,
}

#[derive(Clone)]
struct Pattern {
    text: Vec<u8>,
    name: usize,
    spelling: &'static str,
}

impl std::fmt::Debug for Redactor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Redactor({:?})", self.names)
    }
}

impl Redactor {
    /// Looks for these; values shorter than [`SECRET_MIN`] are left out.
    pub fn new<'s>(secrets: impl IntoIterator<Item = &'s Secret>) -> Self {
        let mut redactor = Self { begins: vec![(0, 0); 1 << 16], ..Self::default() };
        let mut known = BTreeSet::new();
        for secret in secrets.into_iter().filter(|secret| secret.can_be_found()) {
            let name = redactor.names.len();
            redactor.names.push(secret.name.clone());
            for (spelling, text) in spell::spellings(&secret.value) {
                if text.len() >= 2 && known.insert(text.clone()) {
                    redactor.patterns.push(Pattern { text: text.into_bytes(), name, spelling });
                }
            }
        }
        redactor.patterns.sort_by_key(|p| (pair(&p.text), std::cmp::Reverse(p.text.len())));
        for (at, pattern) in (0..).zip(&redactor.patterns) {
            let (first, count) = &mut redactor.begins[pair(&pattern.text)];
            if *count == 0 {
                *first = at;
            }
            *count += 1;
        }
        redactor
    }

    /// The first secret in `text`.
    pub fn find(&self, text: &str) -> Option<Hit<'_>> {
        self.find_from(text.as_bytes(), 0)
    }

    fn find_from(&self, text: &[u8], from: usize) -> Option<Hit<'_>> {
        if self.patterns.is_empty() {
            return None;
        }
        for (at, two) in text.windows(2).enumerate().skip(from) {
            let (first, count) = self.begins[pair(two)];
            if count == 0 {
                continue;
            }
            let here = &text[at..];
            let mut candidates = self.patterns[first as usize..].iter().take(count as usize);
            if let Some(pattern) = candidates.find(|p| here.starts_with(&p.text)) {
                let (spelling, len) = (pattern.spelling, pattern.text.len());
                return Some(Hit { name: &self.names[pattern.name], spelling, at, len });
            }
        }
        None
    }

    /// The text with [`MASK`] in place of every secret.
    pub fn mask<'t>(&self, text: &'t str) -> Cow<'t, str> {
        let mut masked = String::new();
        let mut done = 0;
        while let Some(hit) = self.find_from(text.as_bytes(), done) {
            masked.push_str(&text[done..hit.at]);
            masked.push_str(MASK);
            done = hit.at + hit.len;
        }
        if done == 0 {
            return Cow::Borrowed(text);
        }
        masked.push_str(&text[done..]);
        Cow::Owned(masked)
    }

    /// Masks every text of a record, names of fields included.
    pub fn mask_record(&self, record: &mut Record) {
        self.mask_string(&mut record.source);
        self.mask_string(&mut record.event);
        if record.fields.keys().any(|name| self.find(name).is_some()) {
            let fields = std::mem::take(&mut record.fields);
            record.fields =
                fields.into_iter().map(|(name, v)| (self.mask(&name).into_owned(), v)).collect();
        }
        record.fields.values_mut().for_each(|value| self.mask_value(value));
    }

    fn mask_value(&self, value: &mut Value) {
        match value {
            Value::String(text) => self.mask_string(text),
            Value::Array(values) => values.iter_mut().for_each(|value| self.mask_value(value)),
            Value::Object(map) => map.values_mut().for_each(|value| self.mask_value(value)),
            Value::Null | Value::Bool(_) | Value::Number(_) => {}
        }
    }

    fn mask_string(&self, text: &mut String) {
        if let Cow::Owned(masked) = self.mask(text) {
            *text = masked;
        }
    }
}

/// The first two bytes as one number; nothing shorter comes here.
fn pair(text: &[u8]) -> usize {
    usize::from(text[0]) << 8 | usize::from(text[1])
}

#[cfg(test)]
#[path = "redact/tests.rs"]
mod tests;
