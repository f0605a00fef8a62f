//! The line itself: framing, percent-encoding, checksum.

use core::fmt::{self, Write};

/// Longest line in bytes, without its `\n`: what a small UART driver can hold at once.
pub const LINE_MAX: usize = 512;
/// ` *` and four hex digits.
const TRAILER: usize = 6;

/// Room for one line, and the writer that fills it.
///
/// A value that does not fit is cut and marked with a final `~`; the line stays well formed.
pub struct LineBuf {
    bytes: [u8; LINE_MAX],
    len: usize,
    cut: bool,
}

impl Default for LineBuf {
    fn default() -> Self {
        Self::new()
    }
}

impl LineBuf {
    /// An empty line.
    pub const fn new() -> Self {
        Self { bytes: [0; LINE_MAX], len: 0, cut: false }
    }

    /// Starts over with `head`, the part before the fields.
    pub(crate) fn begin(&mut self, head: fmt::Arguments<'_>) {
        self.len = 0;
        self.cut = false;
        self.raw(head);
    }

    /// Appends ` key=value`, the value percent-encoded.
    pub(crate) fn field(&mut self, key: &str, value: fmt::Arguments<'_>) {
        // A field whose key does not fit is left out whole; the room kept here marks the cut.
        if self.cut || self.len + key.len() + 3 > LINE_MAX - TRAILER {
            self.cut = true;
            return;
        }
        self.raw(format_args!(" {key}="));
        // Encoding into the room that is left cannot fail; what does not fit is dropped.
        let _ = Escape(self).write_fmt(value);
    }

    /// Appends the checksum and gives the line, without `\n`.
    pub(crate) fn finish(&mut self) -> &str {
        let crc = crc16(self.bytes.get(..self.len).unwrap_or_default());
        self.raw_to(LINE_MAX, format_args!(" *{crc:04x}"));
        core::str::from_utf8(self.bytes.get(..self.len).unwrap_or_default()).unwrap_or_default()
    }

    fn raw(&mut self, text: fmt::Arguments<'_>) {
        self.raw_to(LINE_MAX - TRAILER, text);
    }

    fn raw_to(&mut self, limit: usize, text: fmt::Arguments<'_>) {
        // `Push` never fails: it drops what is over the limit.
        let _ = Push { buf: self, limit }.write_fmt(text);
    }
}

struct Push<'a> {
    buf: &'a mut LineBuf,
    limit: usize,
}

impl Write for Push<'_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        for &byte in text.as_bytes() {
            if self.buf.len < self.limit
                && let Some(slot) = self.buf.bytes.get_mut(self.buf.len)
            {
                *slot = byte;
                self.buf.len += 1;
            }
        }
        Ok(())
    }
}

/// Percent-encodes into the line, keeping whole escapes, one byte held back for the cut mark.
struct Escape<'a>(&'a mut LineBuf);

impl Write for Escape<'_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        for &byte in text.as_bytes() {
            let plain = matches!(byte, b'!'..=b'~') && !matches!(byte, b'%' | b'=' | b'*');
            let need = if plain { 1 } else { 3 };
            if self.0.cut {
                return Ok(());
            }
            if self.0.len + need + 1 > LINE_MAX - TRAILER {
                self.0.raw(format_args!("~"));
                self.0.cut = true;
                return Ok(());
            }
            if plain {
                self.0.raw(format_args!("{}", char::from(byte)));
            } else {
                self.0.raw(format_args!("%{byte:02X}"));
            }
        }
        Ok(())
    }
}

/// Which way a line goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// `@kvs`: a device reports.
    Event,
    /// `!kvs`: a device is told.
    Command,
}

/// Why a line that looks like ours is not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Malformed {
    /// It does not start with `@kvs ` or `!kvs `: log text.
    NotOurs,
    /// Longer than [`LINE_MAX`], or not ASCII.
    Oversize,
    /// The checksum is missing or does not match: a damaged line.
    Checksum,
    /// The checksum matches, but the head is not `number [ms] name`.
    Head,
}

impl fmt::Display for Malformed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NotOurs => "not a kvs line",
            Self::Oversize => "longer than 512 bytes or not ASCII",
            Self::Checksum => "checksum missing or wrong",
            Self::Head => "head is not `number [ms] name`",
        })
    }
}

impl core::error::Error for Malformed {}

/// A parsed line; borrows the text it was read from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Line<'a> {
    /// Event or command.
    pub kind: Kind,
    /// `seq` of an event, `id` of a command.
    pub number: u32,
    /// The device's monotonic milliseconds; `None` on a command.
    pub ms: Option<u64>,
    /// Event or command name.
    pub name: &'a str,
    fields: &'a str,
}

impl<'a> Line<'a> {
    /// Reads one line; a trailing `\r` or `\n` is allowed.
    ///
    /// # Errors
    /// [`Malformed`] says why this is not one of ours. Such a line is log text.
    pub fn parse(text: &'a str) -> Result<Self, Malformed> {
        let text = text.trim_end_matches(['\r', '\n']);
        let kind = match text.get(..5) {
            Some("@kvs ") => Kind::Event,
            Some("!kvs ") => Kind::Command,
            _ => return Err(Malformed::NotOurs),
        };
        if text.len() > LINE_MAX || !text.is_ascii() {
            return Err(Malformed::Oversize);
        }
        let (body, crc) = text.rsplit_once(" *").ok_or(Malformed::Checksum)?;
        let crc = u16::from_str_radix(crc, 16).map_err(|_| Malformed::Checksum)?;
        if crc != crc16(body.as_bytes()) {
            return Err(Malformed::Checksum);
        }
        let rest = body.get(5..).ok_or(Malformed::Head)?;
        let (number, rest) = rest.split_once(' ').ok_or(Malformed::Head)?;
        let number = number.parse().map_err(|_| Malformed::Head)?;
        let (ms, rest) = match kind {
            Kind::Command => (None, rest),
            Kind::Event => {
                let (ms, rest) = rest.split_once(' ').ok_or(Malformed::Head)?;
                (Some(ms.parse().map_err(|_| Malformed::Head)?), rest)
            }
        };
        let (name, fields) = rest.split_once(' ').unwrap_or((rest, ""));
        if name.is_empty() {
            return Err(Malformed::Head);
        }
        Ok(Self { kind, number, ms, name, fields })
    }

    /// All fields in order, values still encoded.
    pub fn fields(&self) -> impl Iterator<Item = (&'a str, Value<'a>)> + use<'a> {
        self.fields
            .split(' ')
            .filter_map(|field| field.split_once('='))
            .map(|(key, value)| (key, Value(value)))
    }

    /// The value of `key`, if it is there.
    pub fn value(&self, key: &str) -> Option<Value<'a>> {
        self.fields().find_map(|(k, value)| (k == key).then_some(value))
    }

    /// The value of `key` as an unsigned number.
    pub fn u64(&self, key: &str) -> Option<u64> {
        self.value(key)?.0.parse().ok()
    }

    /// The value of `key` as a signed number.
    pub fn i64(&self, key: &str) -> Option<i64> {
        self.value(key)?.0.parse().ok()
    }
}

/// A value as it stands in the line, percent-encoded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Value<'a>(pub &'a str);

impl<'a> Value<'a> {
    /// The decoded bytes, one by one. A damaged escape gives its own characters.
    pub fn bytes(self) -> impl Iterator<Item = u8> + use<'a> {
        let mut rest = self.0.as_bytes();
        core::iter::from_fn(move || {
            let (&first, tail) = rest.split_first()?;
            if let (b'%', Some((hex, after))) = (first, tail.split_at_checked(2)) {
                let text = core::str::from_utf8(hex).unwrap_or_default();
                if let Ok(byte) = u8::from_str_radix(text, 16) {
                    rest = after;
                    return Some(byte);
                }
            }
            rest = tail;
            Some(first)
        })
    }

    /// Decodes into `room`; `None` when it does not fit or is not UTF-8.
    pub fn decode(self, room: &mut [u8]) -> Option<&str> {
        let mut len = 0;
        for byte in self.bytes() {
            *room.get_mut(len)? = byte;
            len += 1;
        }
        core::str::from_utf8(room.get(..len)?).ok()
    }
}

/// A command on its way to a device.
///
/// ```
/// use kvs_trace::{Command, LineBuf};
///
/// let mut buf = LineBuf::new();
/// let text = Command::new(3, "clock", &mut buf).field("offset_s", -420).finish();
/// assert!(text.starts_with("!kvs 3 clock offset_s=-420 *"));
/// ```
pub struct Command<'b>(&'b mut LineBuf);

impl<'b> Command<'b> {
    /// Starts command `name`; the device answers `ack id=<id>` or `nak id=<id> why=…`.
    pub fn new(id: u32, name: &str, buf: &'b mut LineBuf) -> Self {
        buf.begin(format_args!("!kvs {id} {name}"));
        Self(buf)
    }

    /// Adds one field.
    #[must_use]
    pub fn field(self, key: &str, value: impl fmt::Display) -> Self {
        self.0.field(key, format_args!("{value}"));
        self
    }

    /// The finished line, without `\n`.
    pub fn finish(self) -> &'b str {
        self.0.finish()
    }

    /// The finished line, or `None` when a value had to be cut: send such a value in parts.
    pub fn finish_whole(self) -> Option<&'b str> {
        if self.0.cut { None } else { Some(self.0.finish()) }
    }
}

/// CRC-16/CCITT-FALSE (polynomial 0x1021, initial value 0xFFFF).
pub fn crc16(bytes: &[u8]) -> u16 {
    bytes.iter().fold(0xFFFF, |crc, &byte| {
        (0..8).fold(crc ^ (u16::from(byte) << 8), |crc, _| {
            if crc & 0x8000 == 0 { crc << 1 } else { (crc << 1) ^ 0x1021 }
        })
    })
}
