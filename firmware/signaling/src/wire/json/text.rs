//! Strings: comparing them, and taking their escapes out where they lie.

use crate::wire::Malformed;
use crate::wire::span::Span;

/// The text of a string, between its quotes, with its escapes still in.
#[derive(Clone, Copy, Debug)]
pub struct Text<'a> {
    raw: &'a str,
    start: usize,
}

impl<'a> Text<'a> {
    pub(super) fn new(doc: &'a str, start: usize, end: usize) -> Option<Self> {
        doc.get(start..end).map(|raw| Self { raw, start })
    }

    /// Where it lies in the document; see [`unescape_in_place`].
    pub const fn span(self) -> Span {
        // Cannot overflow: both are positions in one text.
        Span::new(self.start, self.start + self.raw.len())
    }

    /// As written, escapes and all.
    pub const fn raw(self) -> &'a str {
        self.raw
    }

    /// Says exactly `expected`, whether by escapes or not.
    pub fn is(self, expected: &str) -> bool {
        if self.raw.contains('\\') {
            self.chars().eq(expected.chars().map(Ok))
        } else {
            self.raw == expected
        }
    }

    /// As [`Text::is`], but the first letter may have either case: the service's documents and the C
    /// SDK write the same keys as `messageType` and `MessageType`, and both are in use (spec §3.2).
    pub fn is_either_case(self, expected: &str) -> bool {
        let mut ours = self.chars();
        let mut theirs = expected.chars();
        match (ours.next(), theirs.next()) {
            (Some(Ok(a)), Some(b)) => a.eq_ignore_ascii_case(&b) && ours.eq(theirs.map(Ok)),
            (Some(Err(_)), _) | (_, None) | (None, _) => false,
        }
    }

    /// As [`Text::is`], with ASCII letters of either case.
    pub fn is_ignoring_case(self, expected: &str) -> bool {
        let lower = |c: Result<char, Malformed>| c.map(|c| c.to_ascii_lowercase());
        self.chars().map(lower).eq(expected.chars().map(|c| Ok(c.to_ascii_lowercase())))
    }

    fn chars(self) -> Chars<'a> {
        Chars { rest: self.raw }
    }
}

/// Takes the escapes out of the string at `span`, a [`Text::span`] in `doc`. The result is its front
/// part, never longer. Refused: half a surrogate pair, which JSON's grammar lets pass but no text has.
pub fn unescape_in_place(doc: &mut [u8], span: Span) -> Result<Span, Malformed> {
    let Some(mut at) = span.bytes(doc).iter().position(|byte| *byte == b'\\') else {
        return Ok(span);
    };
    let text = span.bytes_mut(doc);
    let mut written = at;
    while at < text.len() {
        let rest = text.get(at..).unwrap_or_default();
        // Bytes of a longer character are copied one by one; none of them is a backslash.
        let (bytes, length, used) = match rest {
            [b'\\', ..] => {
                let (character, used) = escaped(rest)?;
                let mut bytes = [0; 4];
                let length = character.encode_utf8(&mut bytes).len();
                (bytes, length, used)
            }
            [byte, ..] => ([*byte, 0, 0, 0], 1, 1),
            [] => break,
        };
        let target = text.get_mut(written..).ok_or(Malformed)?;
        for (slot, byte) in target.iter_mut().zip(bytes.iter().take(length)) {
            *slot = *byte;
        }
        written += length;
        at += used;
    }
    Ok(span.shortened(written))
}

struct Chars<'a> {
    rest: &'a str,
}

impl Iterator for Chars<'_> {
    type Item = Result<char, Malformed>;

    fn next(&mut self) -> Option<Self::Item> {
        let first = self.rest.chars().next()?;
        let (character, used) = if first == '\\' {
            match escaped(self.rest.as_bytes()) {
                Ok(found) => found,
                Err(Malformed) => {
                    self.rest = "";
                    return Some(Err(Malformed));
                }
            }
        } else {
            (first, first.len_utf8())
        };
        self.rest = self.rest.get(used..).unwrap_or_default();
        Some(Ok(character))
    }
}

/// The character an escape stands for, and its length in bytes.
fn escaped(text: &[u8]) -> Result<(char, usize), Malformed> {
    let simple = |character| Ok((character, 2));
    match text.get(1) {
        Some(byte @ (b'"' | b'\\' | b'/')) => simple(char::from(*byte)),
        Some(b'b') => simple('\u{8}'),
        Some(b'f') => simple('\u{c}'),
        Some(b'n') => simple('\n'),
        Some(b'r') => simple('\r'),
        Some(b't') => simple('\t'),
        Some(b'u') => unicode(text),
        Some(_) | None => Err(Malformed),
    }
}

/// `\uXXXX`, or the two of them that make a character beyond the first plane.
fn unicode(text: &[u8]) -> Result<(char, usize), Malformed> {
    let high = hex(text.get(2..6))?;
    if let Some(character) = char::from_u32(high) {
        return Ok((character, 6));
    }
    let low = match text.get(6..8) {
        Some(b"\\u") => hex(text.get(8..12))?,
        Some(_) | None => return Err(Malformed),
    };
    let pair = (0xd800..0xdc00).contains(&high) && (0xdc00..0xe000).contains(&low);
    let character = pair.then(|| 0x1_0000 + ((high - 0xd800) << 10) + (low - 0xdc00));
    character.and_then(char::from_u32).map(|character| (character, 12)).ok_or(Malformed)
}

fn hex(digits: Option<&[u8]>) -> Result<u32, Malformed> {
    digits.ok_or(Malformed)?.iter().try_fold(0, |sum, digit| {
        char::from(*digit).to_digit(16).map(|digit| sum * 16 + digit).ok_or(Malformed)
    })
}
