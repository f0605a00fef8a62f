//! JSON (RFC 8259): reading by position, one level at a time, and writing.
//!
//! A document is checked whole once, by [`parse`]; then values are walked without copies. A key is
//! found only in the object asked, never deeper and never in another's text: the C SDK searches a
//! flat token list, so that a `messageType` inside a nested object would be honoured (spec §3.3). Any
//! number of values is taken, where the C SDK stops at 100 tokens. Each level walked costs one pass
//! over its text, so the cost is linear in size times depth, and the depth is limited.

mod scan;
mod text;
mod write;

pub use text::{Text, unescape_in_place};
pub use write::Writer;

use super::Malformed;

/// Deepest nesting taken. The service's deepest answer has 4 levels; scanning recurses, and a device's
/// stack must be bounded.
pub const DEPTH_MAX: usize = 16;

/// What a value is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// `{…}`
    Object,
    /// `[…]`
    Array,
    /// `"…"`
    String,
    /// Any number.
    Number,
    /// `true` or `false`
    Bool,
    /// `null`
    Null,
}

/// One value in a checked document.
#[derive(Clone, Copy, Debug)]
pub struct Value<'a> {
    doc: &'a str,
    start: usize,
    end: usize,
}

/// Checks a whole document: grammar, UTF-8, depth, nothing after it but white space.
pub fn parse(doc: &[u8]) -> Result<Value<'_>, Malformed> {
    let doc = core::str::from_utf8(doc).map_err(|_| Malformed)?;
    let bytes = doc.as_bytes();
    let start = scan::white_space(bytes, 0);
    let end = scan::value(bytes, start, DEPTH_MAX).ok_or(Malformed)?;
    if scan::white_space(bytes, end) == bytes.len() {
        Ok(Value { doc, start, end })
    } else {
        Err(Malformed)
    }
}

impl<'a> Value<'a> {
    /// What it is.
    pub fn kind(self) -> Kind {
        match self.doc.as_bytes().get(self.start) {
            Some(b'{') => Kind::Object,
            Some(b'[') => Kind::Array,
            Some(b'"') => Kind::String,
            Some(b't' | b'f') => Kind::Bool,
            Some(b'n') | None => Kind::Null,
            Some(_) => Kind::Number,
        }
    }

    /// `null`
    pub fn is_null(self) -> bool {
        self.kind() == Kind::Null
    }

    /// The members of an object, in order; nothing for any other value.
    pub fn members(self) -> Members<'a> {
        Members { rest: self.inside(Kind::Object) }
    }

    /// The elements of an array, in order; nothing for any other value.
    pub fn elements(self) -> Elements<'a> {
        Elements { rest: self.inside(Kind::Array) }
    }

    /// The member of this object with exactly this key, the last one if it is repeated (as ECMAScript
    /// does). To read several members, walk [`Value::members`] once.
    pub fn member(self, key: &str) -> Option<Value<'a>> {
        self.members().filter(|(name, _)| name.is(key)).last().map(|(_, value)| value)
    }

    /// The text of a string.
    pub fn text(self) -> Option<Text<'a>> {
        (self.kind() == Kind::String).then_some(())?;
        // Both quotes are one byte each.
        Text::new(self.doc, self.start.checked_add(1)?, self.end.checked_sub(1)?)
    }

    /// A number that is a non-negative integer written as one: no fraction, no exponent.
    pub fn unsigned(self) -> Option<u64> {
        (self.kind() == Kind::Number).then_some(())?;
        self.raw().parse().ok()
    }

    /// `true` or `false`
    pub fn boolean(self) -> Option<bool> {
        (self.kind() == Kind::Bool).then(|| self.raw() == "true")
    }

    /// The value as written.
    pub fn raw(self) -> &'a str {
        self.doc.get(self.start..self.end).unwrap_or_default()
    }

    fn inside(self, kind: Kind) -> Option<Value<'a>> {
        let start = self.start.checked_add(1)?;
        let inside = Value { doc: self.doc, start, end: self.end.checked_sub(1)? };
        (self.kind() == kind).then_some(inside)
    }
}

/// See [`Value::members`].
#[derive(Clone, Debug)]
pub struct Members<'a> {
    /// What is left between the braces.
    rest: Option<Value<'a>>,
}

impl<'a> Iterator for Members<'a> {
    type Item = (Text<'a>, Value<'a>);

    fn next(&mut self) -> Option<Self::Item> {
        let rest = self.rest.take()?;
        let key = next_value(rest, b',')?;
        let value = next_value(Value { start: key.end, ..rest }, b':')?;
        self.rest = Some(Value { start: value.end, ..rest });
        Some((key.text()?, value))
    }
}

/// See [`Value::elements`].
#[derive(Clone, Debug)]
pub struct Elements<'a> {
    /// What is left between the brackets.
    rest: Option<Value<'a>>,
}

impl<'a> Iterator for Elements<'a> {
    type Item = Value<'a>;

    fn next(&mut self) -> Option<Self::Item> {
        let rest = self.rest.take()?;
        let value = next_value(rest, b',')?;
        self.rest = Some(Value { start: value.end, ..rest });
        Some(value)
    }
}

/// The value after white space and at most one separator. The grammar is already checked.
fn next_value(rest: Value<'_>, separator: u8) -> Option<Value<'_>> {
    let bytes = rest.doc.as_bytes().get(..rest.end)?;
    let mut start = scan::white_space(bytes, rest.start);
    if bytes.get(start) == Some(&separator) {
        start = scan::white_space(bytes, start.checked_add(1)?);
    }
    (start < rest.end).then_some(())?;
    let end = scan::value(bytes, start, DEPTH_MAX)?;
    Some(Value { doc: rest.doc, start, end })
}
