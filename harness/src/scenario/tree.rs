//! A YAML document as a tree in which every key and value knows its place in the text.
//!
//! Values are kept as they are written, so that `50%`, `off` and `1e3` mean what their reader wants
//! them to mean, and so that the placeholders of `vary` can be replaced before anything is typed.

use std::fmt;
use std::ops::Range;

use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_saphyr::{Location, Spanned};

/// A value with its place: the bytes of the text it stands at.
#[derive(Clone, Debug)]
pub struct Node {
    /// What it is.
    pub value: Value,
    /// Where it is.
    pub at: Range<usize>,
}

/// What a node holds.
#[derive(Clone, Debug)]
pub enum Value {
    /// Nothing was written.
    Empty,
    /// A word, number or text, as written.
    Scalar(Scalar),
    /// `- …`
    List(Vec<Node>),
    /// `key: …`
    Map(Vec<Entry>),
}

/// A word, number or text.
#[derive(Clone, Debug)]
pub struct Scalar {
    /// As written, without quotes.
    pub text: String,
    /// What YAML takes it for.
    pub kind: Kind,
}

/// What YAML takes a scalar for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Text, quoted or not.
    Text,
    /// `true`, `off`, …
    Bool,
    /// A number.
    Number,
}

/// A key with its value.
#[derive(Clone, Debug)]
pub struct Entry {
    /// The key.
    pub key: String,
    /// Where the key is.
    pub key_at: Range<usize>,
    /// Its value.
    pub value: Node,
}

/// One step of the way to a node.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Hop {
    /// Into the map's value of this key.
    Key(String),
    /// Into the list's n-th item, from 0.
    Item(usize),
}

/// Text that is not YAML, with the place of the mistake.
#[derive(Debug)]
pub struct NotYaml {
    /// What the parser says.
    pub message: String,
    /// Where it stopped.
    pub at: Range<usize>,
}

/// Reads one document.
///
/// # Errors
/// What is wrong with the text as YAML, such as a bad indent or a key given twice.
pub fn parse(text: &str) -> Result<Node, NotYaml> {
    let options = serde_saphyr::options! { with_snippet: false };
    let raw: Spanned<Raw> =
        serde_saphyr::from_str_with_options(text, options).map_err(|error| NotYaml {
            at: error.location().map_or(0..0, |location| range(text, &location)),
            message: message(&error),
        })?;
    Ok(node(text, raw))
}

impl Node {
    /// The value of a key, when this is a map that has it.
    pub fn entry(&self, key: &str) -> Option<&Entry> {
        match &self.value {
            Value::Map(entries) => entries.iter().find(|entry| entry.key == key),
            Value::Empty | Value::Scalar(_) | Value::List(_) => None,
        }
    }

    /// The place of what the hops lead to; where they leave the tree, of the last node on the way,
    /// shown by its key.
    pub fn place(&self, way: &[Hop]) -> Range<usize> {
        let mut here = self;
        let mut at = self.at.clone();
        for hop in way {
            let next = match (hop, &here.value) {
                (Hop::Key(key), _) => here.entry(key).map(|entry| {
                    let at = if entry.value.is_scalar() { &entry.value.at } else { &entry.key_at };
                    (&entry.value, at.clone())
                }),
                (Hop::Item(index), Value::List(items)) => {
                    items.get(*index).map(|item| (item, item.at.clone()))
                }
                (Hop::Item(_), Value::Empty | Value::Scalar(_) | Value::Map(_)) => None,
            };
            let Some((node, place)) = next else { break };
            here = node;
            at = place;
        }
        at
    }

    /// Whether it is a word, number or text.
    pub const fn is_scalar(&self) -> bool {
        matches!(self.value, Value::Scalar(_))
    }
}

/// The parser's own words, without the place that is shown beside them.
fn message(error: &serde_saphyr::Error) -> String {
    let text = error.without_snippet().to_string();
    // The place is shown beside it, and its options are not the reader's.
    let end = [" at line ", ", set "].iter().filter_map(|tail| text.find(tail)).min();
    text[..end.unwrap_or(text.len())].trim_end_matches([',', ':', ' ']).to_owned()
}

/// What serde-saphyr hands over; text of numbers and flags is looked up in the source.
enum Raw {
    Empty,
    Text(String),
    Bool,
    Number,
    List(Vec<Spanned<Raw>>),
    Map(Vec<(Spanned<String>, Spanned<Raw>)>),
}

fn node(text: &str, raw: Spanned<Raw>) -> Node {
    let at = range(text, &raw.referenced);
    // Through an alias the words stand where the anchor is.
    let written = || text.get(range(text, &raw.defined)).unwrap_or_default().trim().to_owned();
    let scalar = |text: String, kind: Kind| Value::Scalar(Scalar { text, kind });
    let value = match raw.value {
        Raw::Empty => Value::Empty,
        Raw::Text(text) => scalar(text, Kind::Text),
        Raw::Bool => scalar(written(), Kind::Bool),
        Raw::Number => scalar(written(), Kind::Number),
        Raw::List(items) => Value::List(items.into_iter().map(|item| node(text, item)).collect()),
        Raw::Map(entries) => {
            Value::Map(entries.into_iter().map(|(k, v)| entry(text, k, v)).collect())
        }
    };
    Node { value, at }
}

fn entry(text: &str, key: Spanned<String>, value: Spanned<Raw>) -> Entry {
    Entry { key_at: range(text, &key.referenced), key: key.value, value: node(text, value) }
}

/// A location as bytes of the text, always inside it and on character boundaries.
fn range(text: &str, location: &Location) -> Range<usize> {
    let span = location.span();
    let number = |number: u64| usize::try_from(number).unwrap_or(usize::MAX);
    // What the scanner refuses has no bytes yet, only a line and a column.
    let offset = span
        .byte_offset()
        .map_or_else(|| byte_of(text, number(location.line()), number(location.column())), number);
    let len = span.byte_len().map_or(0, number);
    let start = text.floor_char_boundary(offset.min(text.len()));
    let end = text.floor_char_boundary(start.saturating_add(len).min(text.len()));
    start..end.max(start)
}

/// The byte at a line and column, both from 1 and the column in characters.
fn byte_of(text: &str, line: usize, column: usize) -> usize {
    let lines = text.split_inclusive('\n').take(line.saturating_sub(1));
    let start: usize = lines.map(str::len).sum();
    let before = text[start..].chars().take(column.saturating_sub(1));
    start + before.map(char::len_utf8).sum::<usize>()
}

impl<'de> Deserialize<'de> for Raw {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(RawVisitor)
    }
}

struct RawVisitor;

impl<'de> Visitor<'de> for RawVisitor {
    type Value = Raw;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_unit<E>(self) -> Result<Raw, E> {
        Ok(Raw::Empty)
    }

    fn visit_none<E>(self) -> Result<Raw, E> {
        Ok(Raw::Empty)
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Raw, D::Error> {
        Raw::deserialize(deserializer)
    }

    fn visit_bool<E>(self, _: bool) -> Result<Raw, E> {
        Ok(Raw::Bool)
    }

    fn visit_i64<E>(self, _: i64) -> Result<Raw, E> {
        Ok(Raw::Number)
    }

    fn visit_u64<E>(self, _: u64) -> Result<Raw, E> {
        Ok(Raw::Number)
    }

    fn visit_i128<E>(self, _: i128) -> Result<Raw, E> {
        Ok(Raw::Number)
    }

    fn visit_u128<E>(self, _: u128) -> Result<Raw, E> {
        Ok(Raw::Number)
    }

    fn visit_f64<E>(self, _: f64) -> Result<Raw, E> {
        Ok(Raw::Number)
    }

    fn visit_str<E>(self, text: &str) -> Result<Raw, E> {
        Ok(Raw::Text(text.to_owned()))
    }

    fn visit_string<E>(self, text: String) -> Result<Raw, E> {
        Ok(Raw::Text(text))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Raw, A::Error> {
        let mut list = Vec::new();
        while let Some(item) = items.next_element()? {
            list.push(item);
        }
        Ok(Raw::List(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Raw, A::Error> {
        let mut map = Vec::new();
        while let Some(entry) = entries.next_entry()? {
            map.push(entry);
        }
        Ok(Raw::Map(map))
    }
}
