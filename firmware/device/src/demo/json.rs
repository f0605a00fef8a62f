//! One string out of a JSON object, without a copy: session descriptions are the largest thing a
//! device receives, and only their lines are wanted.

/// The unescaped bytes of the string `key` in the outermost object; `None` when `json` is no
/// object, or has no such string. Characters beyond ASCII that are escaped come out as `?`.
pub(super) fn string<'j>(json: &'j [u8], key: &str) -> Option<impl Iterator<Item = u8> + use<'j>> {
    let mut scan = Scan { rest: json };
    scan.expect(b'{')?;
    loop {
        let name = scan.string()?;
        scan.expect(b':')?;
        if name == key.as_bytes() {
            return Some(Unescape { rest: scan.string()? });
        }
        scan.value()?;
        scan.expect(b',')?;
    }
}

struct Scan<'j> {
    rest: &'j [u8],
}

impl<'j> Scan<'j> {
    fn peek(&mut self) -> Option<u8> {
        self.rest = self.rest.trim_ascii_start();
        self.rest.first().copied()
    }

    fn expect(&mut self, byte: u8) -> Option<()> {
        let found = self.peek()?;
        self.rest = self.rest.get(1..)?;
        (found == byte).then_some(())
    }

    /// A string's raw content.
    fn string(&mut self) -> Option<&'j [u8]> {
        self.expect(b'"')?;
        let mut escaped = false;
        let len = self.rest.iter().position(|&byte| {
            let end = byte == b'"' && !escaped;
            escaped = byte == b'\\' && !escaped;
            end
        })?;
        let (content, rest) = self.rest.split_at_checked(len)?;
        self.rest = rest.get(1..)?;
        Some(content)
    }

    /// Skips a value of any kind.
    fn value(&mut self) -> Option<()> {
        let mut depth = 0_u32;
        loop {
            match self.peek()? {
                b'"' => {
                    self.string()?;
                }
                b'{' | b'[' => {
                    depth += 1;
                    self.rest = self.rest.get(1..)?;
                }
                b'}' | b']' => {
                    depth = depth.checked_sub(1)?;
                    self.rest = self.rest.get(1..)?;
                }
                b',' | b':' if depth > 0 => self.rest = self.rest.get(1..)?,
                b',' | b':' => return None,
                _ => self.scalar()?,
            }
            if depth == 0 {
                return Some(());
            }
        }
    }

    fn scalar(&mut self) -> Option<()> {
        let end = |byte: &u8| b",:{}[]\" \t\r\n".contains(byte);
        let len = self.rest.iter().position(end)?;
        self.rest = self.rest.get(len..)?;
        Some(())
    }
}

struct Unescape<'j> {
    rest: &'j [u8],
}

impl Iterator for Unescape<'_> {
    type Item = u8;

    fn next(&mut self) -> Option<u8> {
        let (&first, rest) = self.rest.split_first()?;
        self.rest = rest;
        if first != b'\\' {
            return Some(first);
        }
        let (&escape, rest) = rest.split_first()?;
        self.rest = rest;
        Some(match escape {
            b'n' => b'\n',
            b'r' => b'\r',
            b't' => b'\t',
            b'b' => 8,
            b'f' => 12,
            b'u' => self.code_unit()?,
            other => other,
        })
    }
}

impl Unescape<'_> {
    fn code_unit(&mut self) -> Option<u8> {
        let (digits, rest) = self.rest.split_at_checked(4)?;
        self.rest = rest;
        let unit = u16::from_str_radix(core::str::from_utf8(digits).ok()?, 16).ok()?;
        Some(u8::try_from(unit).ok().filter(u8::is_ascii).unwrap_or(b'?'))
    }
}
