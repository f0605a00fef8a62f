//! Where a value ends. The one place that knows JSON's grammar; reading and walking both use it.

/// The end of the value that starts at `at`; `None` when it is malformed or deeper than `depth`.
pub(super) fn value(doc: &[u8], at: usize, depth: usize) -> Option<usize> {
    match doc.get(at)? {
        b'{' => object(doc, at, depth.checked_sub(1)?),
        b'[' => array(doc, at, depth.checked_sub(1)?),
        b'"' => string(doc, at),
        b't' => literal(doc, at, b"true"),
        b'f' => literal(doc, at, b"false"),
        b'n' => literal(doc, at, b"null"),
        _ => number(doc, at),
    }
}

/// The first position from `at` on that is not white space.
pub(super) fn white_space(doc: &[u8], at: usize) -> usize {
    run(doc, at, |byte| matches!(byte, b' ' | b'\t' | b'\n' | b'\r'))
}

fn object(doc: &[u8], at: usize, depth: usize) -> Option<usize> {
    let mut at = white_space(doc, at + 1);
    if doc.get(at) == Some(&b'}') {
        return Some(at + 1);
    }
    loop {
        at = white_space(doc, string(doc, at)?);
        at = white_space(doc, expect(doc, at, b':')?);
        at = white_space(doc, value(doc, at, depth)?);
        match doc.get(at)? {
            b',' => at = white_space(doc, at + 1),
            b'}' => return Some(at + 1),
            _ => return None,
        }
    }
}

fn array(doc: &[u8], at: usize, depth: usize) -> Option<usize> {
    let mut at = white_space(doc, at + 1);
    if doc.get(at) == Some(&b']') {
        return Some(at + 1);
    }
    loop {
        at = white_space(doc, value(doc, at, depth)?);
        match doc.get(at)? {
            b',' => at = white_space(doc, at + 1),
            b']' => return Some(at + 1),
            _ => return None,
        }
    }
}

fn string(doc: &[u8], at: usize) -> Option<usize> {
    let mut at = expect(doc, at, b'"')?;
    loop {
        at = run(doc, at, |byte| byte >= 0x20 && byte != b'"' && byte != b'\\');
        match doc.get(at)? {
            b'"' => return Some(at + 1),
            b'\\' => at = escape(doc, at)?,
            // A control character must be escaped.
            _ => return None,
        }
    }
}

fn escape(doc: &[u8], at: usize) -> Option<usize> {
    match doc.get(at + 1)? {
        b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't' => Some(at + 2),
        b'u' => {
            let digits = doc.get(at + 2..at + 6)?;
            digits.iter().all(u8::is_ascii_hexdigit).then_some(at + 6)
        }
        _ => None,
    }
}

fn number(doc: &[u8], at: usize) -> Option<usize> {
    let unsigned = if doc.get(at) == Some(&b'-') { at + 1 } else { at };
    let mut at =
        if doc.get(unsigned) == Some(&b'0') { unsigned + 1 } else { digits(doc, unsigned)? };
    if doc.get(at) == Some(&b'.') {
        at = digits(doc, at + 1)?;
    }
    if matches!(doc.get(at), Some(b'e' | b'E')) {
        let sign = usize::from(matches!(doc.get(at + 1), Some(b'+' | b'-')));
        at = digits(doc, at + 1 + sign)?;
    }
    Some(at)
}

fn digits(doc: &[u8], at: usize) -> Option<usize> {
    let end = run(doc, at, |byte| byte.is_ascii_digit());
    (end > at).then_some(end)
}

fn literal(doc: &[u8], at: usize, word: &[u8]) -> Option<usize> {
    doc.get(at..)?.starts_with(word).then_some(at + word.len())
}

fn expect(doc: &[u8], at: usize, byte: u8) -> Option<usize> {
    (doc.get(at) == Some(&byte)).then_some(at + 1)
}

fn run(doc: &[u8], at: usize, member: impl Fn(u8) -> bool) -> usize {
    let rest = doc.get(at..).unwrap_or_default();
    at + rest.iter().position(|byte| !member(*byte)).unwrap_or(rest.len())
}
