//! Keeps secrets out of everything that is written: finds them in any common spelling, and masks
//! them.
//!
//! A secret is looked for as it is, percent-encoded, in base64 (also in the middle of a longer
//! base64 text), in hexadecimal, and as JSON escapes it.

mod spell;

use std::borrow::Cow;

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
    /// Longest first, so that the whole of a secret is taken where one contains another.
    patterns: Vec<Pattern>,
    /// Which pairs of first bytes a pattern begins with: nearly every place of a text is passed
    /// over with one look.
    begins: Vec<bool>,
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
        let mut redactor = Self { begins: vec![false; 1 << 16], ..Self::default() };
        for secret in secrets.into_iter().filter(|secret| secret.can_be_found()) {
            let name = redactor.names.len();
            redactor.names.push(secret.name.clone());
            for (spelling, text) in spell::spellings(&secret.value) {
                redactor.add(Pattern { text: text.into_bytes(), name, spelling });
            }
        }
        redactor.patterns.sort_by_key(|pattern| std::cmp::Reverse(pattern.text.len()));
        redactor
    }

    fn add(&mut self, pattern: Pattern) {
        let [first, second, ..] = pattern.text[..] else { return };
        if self.patterns.iter().all(|known| known.text != pattern.text) {
            self.begins[usize::from(first) << 8 | usize::from(second)] = true;
            self.patterns.push(pattern);
        }
    }

    /// The first secret in `text`.
    pub fn find(&self, text: &str) -> Option<Hit<'_>> {
        self.find_from(text.as_bytes(), 0)
    }

    fn find_from(&self, text: &[u8], from: usize) -> Option<Hit<'_>> {
        if self.patterns.is_empty() {
            return None;
        }
        let pairs = text.windows(2).enumerate().skip(from);
        for (at, pair) in pairs {
            if !self.begins[usize::from(pair[0]) << 8 | usize::from(pair[1])] {
                continue;
            }
            let here = &text[at..];
            if let Some(pattern) = self.patterns.iter().find(|p| here.starts_with(&p.text)) {
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

#[cfg(test)]
#[path = "redact/tests.rs"]
mod tests;
