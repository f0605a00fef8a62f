//! The channel's ARN and endpoints: what a session looks up once, and a port may keep over a reboot.
//!
//! One lent buffer holds both the working copy and the value to store, laid out as
//!
//! | bytes | what |
//! | --- | --- |
//! | 4 | `KVSC` |
//! | 1 | version |
//! | 2 | length of everything, checksum included |
//! | 16 | whose: hash of channel, region, role and control plane |
//! | 8 | service time of the endpoint answer, Unix ms |
//! | 2 + n, four times | ARN, HTTPS, WSS and WEBRTC endpoint, the last often empty |
//! | 4 | CRC-32 of all before |
//!
//! in little endian. Bytes that are not exactly that are ignored and rewritten: the C SDK goes by
//! the file's lines and trusts what it can split (spec §6.2), and its users met loops of status 0x2
//! and endpoints of another layout (C SDK #925, #1480, Espressif PR 2274).

use sha2::{Digest, Sha256};

use crate::call::endpoint::Endpoints;
use crate::config::{ARN_MAX, Config, ENDPOINT_MAX, Role};
use crate::time::UnixTime;
use crate::wire::span::Span;
use crate::wire::url::{self, Scheme};

const MAGIC: &[u8; 4] = b"KVSC";
/// Counts up with every change of layout or meaning.
const VERSION: u8 = 2;
const KEY: usize = 16;
const HEADER: usize = 4 + 1 + 2 + KEY + 8;
const CHECKSUM: usize = 4;

/// Does not fit, or is empty.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Unfit;

/// ARN and endpoints in the lent buffer.
pub(crate) struct Directory<'buf> {
    buf: &'buf mut [u8],
    key: [u8; KEY],
    given_arn: Option<&'buf str>,
    entry: Entry,
}

#[derive(Clone, Copy, Default)]
struct Entry {
    arn: Span,
    https: Span,
    wss: Span,
    webrtc: Span,
    end: usize,
    fetched: UnixTime,
}

impl<'buf> Directory<'buf> {
    /// Takes over `config.cache` when it is whole and this channel's.
    pub(crate) fn new(config: &Config<'buf>, buf: &'buf mut [u8]) -> Self {
        let (key, given_arn) = (key(config), config.channel.arn);
        let mut directory = Self { buf, key, given_arn, entry: Entry::default() };
        if let Some(entry) = read(config.cache, &directory.key)
            && let Some(room) = directory.buf.get_mut(..config.cache.len())
        {
            room.copy_from_slice(config.cache);
            directory.entry = entry;
        }
        directory
    }

    /// The channel's ARN, given or looked up.
    pub(crate) fn arn(&self) -> Option<&str> {
        self.given_arn.or_else(|| text(self.buf, self.entry.arn))
    }

    /// The endpoint for ICE calls.
    pub(crate) fn https(&self) -> Option<&str> {
        text(self.buf, self.entry.https)
    }

    /// The endpoint for the WebSocket.
    pub(crate) fn wss(&self) -> Option<&str> {
        text(self.buf, self.entry.wss)
    }

    /// The endpoint for storage sessions; only there when it was asked for.
    pub(crate) fn webrtc(&self) -> Option<&str> {
        text(self.buf, self.entry.webrtc)
    }

    /// Remembers the ARN and forgets the endpoints, which belonged to another.
    pub(crate) fn set_arn(&mut self, arn: &str) -> Result<(), Unfit> {
        self.forget();
        let mut end = HEADER;
        let span = append(self.buf, &mut end, arn, ARN_MAX)?;
        self.entry = Entry { arn: span, end, ..Entry::default() };
        Ok(())
    }

    /// Remembers the endpoints and completes the value to store.
    pub(crate) fn set_endpoints(
        &mut self,
        endpoints: &Endpoints<'_>,
        at: UnixTime,
    ) -> Result<(), Unfit> {
        self.forget_endpoints();
        // With a given ARN the value holds an empty one: the key names it.
        let mut end = self.entry.end;
        if self.entry.arn.is_empty() {
            end = HEADER;
            append_none(self.buf, &mut end)?;
        }
        let arn = self.entry.arn;
        let https = append(self.buf, &mut end, endpoints.https, ENDPOINT_MAX)?;
        let wss = append(self.buf, &mut end, endpoints.wss, ENDPOINT_MAX)?;
        let webrtc = match endpoints.webrtc {
            Some(webrtc) => append(self.buf, &mut end, webrtc, ENDPOINT_MAX)?,
            None => append_none(self.buf, &mut end)?,
        };
        let entry = Entry { arn, https, wss, webrtc, end: end + CHECKSUM, fetched: at };
        seal(self.buf, &self.key, &entry).ok_or(Unfit)?;
        self.entry = entry;
        Ok(())
    }

    /// The value to store; empty while it is not complete.
    pub(crate) fn stored(&self) -> &[u8] {
        match self.entry.wss.is_empty() {
            true => &[],
            false => self.buf.get(..self.entry.end).unwrap_or_default(),
        }
    }

    /// Forgets what is older than `period_s`, or claims to come from later than `time`.
    pub(crate) fn expire(&mut self, time: UnixTime, period_s: u32) {
        let from = self.entry.fetched.0;
        let until = from.saturating_add(u64::from(period_s) * 1_000);
        // A little from the future is the error of a clock that was corrected since.
        let future = time.0.saturating_add(60_000) < from;
        if !self.entry.wss.is_empty() && (time.0 > until || future) {
            self.forget();
        }
    }

    /// A 404 said that none of it is true any more.
    pub(crate) fn forget(&mut self) {
        self.entry = Entry::default();
    }

    /// The endpoints do not answer, or the service asked for a move.
    pub(crate) fn forget_endpoints(&mut self) {
        let Entry { arn, .. } = self.entry;
        let end = if arn.is_empty() { HEADER } else { arn.range().end };
        self.entry = Entry { arn, end, ..Entry::default() };
    }
}

/// What a cached value says, for a port that keeps it in a form of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cached<'c> {
    /// Empty when the configuration gives it.
    pub arn: &'c str,
    /// `https://…`
    pub https: &'c str,
    /// `wss://…`
    pub wss: &'c str,
    /// `https://…`; only there when storage sessions were asked for.
    pub webrtc: Option<&'c str>,
    /// When the endpoints were looked up, by the service's clock.
    pub fetched: UnixTime,
}

impl<'c> Cached<'c> {
    /// Reads what [`crate::Output::Store`] gave; `None` when it is not for this configuration.
    pub fn read(value: &'c [u8], config: &Config<'_>) -> Option<Self> {
        let entry = read(value, &key(config))?;
        Some(Self {
            arn: entry.arn.text(value),
            https: entry.https.text(value),
            wss: entry.wss.text(value),
            webrtc: text(value, entry.webrtc),
            fetched: entry.fetched,
        })
    }

    /// Writes a value for [`Config::cache`] into `room`, which has [`crate::config::CHANNEL_STATE_MAX`]
    /// bytes, and returns its length; `None` when a part is missing or too long.
    pub fn write(&self, config: &Config<'_>, room: &mut [u8]) -> Option<usize> {
        let bare = Config { cache: &[], ..*config };
        let mut directory = Directory::new(&bare, room);
        if bare.channel.arn.is_none() {
            directory.set_arn(self.arn).ok()?;
        }
        let Self { https, wss, webrtc, .. } = *self;
        directory.set_endpoints(&Endpoints { https, wss, webrtc }, self.fetched).ok()?;
        Some(directory.stored().len())
    }
}

fn text(buf: &[u8], span: Span) -> Option<&str> {
    Some(span.text(buf)).filter(|text| !text.is_empty())
}

/// Length-prefixed, so that `ab` + `c` and `a` + `bc` differ.
fn key(config: &Config<'_>) -> [u8; KEY] {
    let role = match config.role {
        Role::Master => "master",
        Role::Viewer(_) => "viewer",
    };
    let channel = &config.channel;
    let arn = channel.arn.unwrap_or_default();
    let control_plane = config.control_plane.unwrap_or_default();
    let mut hash = Sha256::new();
    for part in [channel.name, arn, channel.region, role, control_plane] {
        hash.update((part.len() as u64).to_le_bytes());
        hash.update(part);
    }
    let full: [u8; 32] = hash.finalize().into();
    core::array::from_fn(|at| full.get(at).copied().unwrap_or_default())
}

fn append(buf: &mut [u8], end: &mut usize, value: &str, max: usize) -> Result<Span, Unfit> {
    let fits = !value.is_empty() && value.len() <= max;
    let length = u16::try_from(value.len()).ok().filter(|_| fits).ok_or(Unfit)?;
    let (from, to) = (*end + 2, *end + 2 + value.len());
    buf.get_mut(*end..from).ok_or(Unfit)?.copy_from_slice(&length.to_le_bytes());
    buf.get_mut(from..to).ok_or(Unfit)?.copy_from_slice(value.as_bytes());
    *end = to;
    Ok(Span::new(from, to))
}

/// An empty text.
fn append_none(buf: &mut [u8], end: &mut usize) -> Result<Span, Unfit> {
    buf.get_mut(*end..*end + 2).ok_or(Unfit)?.fill(0);
    *end += 2;
    Ok(Span::EMPTY)
}

/// Writes header and checksum around the texts.
fn seal(buf: &mut [u8], key: &[u8; KEY], entry: &Entry) -> Option<()> {
    let length = u16::try_from(entry.end).ok()?;
    let whole = buf.get_mut(..entry.end)?;
    let (header, _) = whole.split_at_mut_checked(HEADER)?;
    let parts: [&[u8]; 5] =
        [MAGIC, &[VERSION], &length.to_le_bytes(), key, &entry.fetched.0.to_le_bytes()];
    for (to, from) in header.iter_mut().zip(parts.iter().copied().flatten()) {
        *to = *from;
    }
    let (body, checksum) = whole.split_at_mut_checked(whole.len().checked_sub(CHECKSUM)?)?;
    checksum.copy_from_slice(&crc32(body).to_le_bytes());
    Some(())
}

/// `None` for anything that is not a whole value of this version for this key.
fn read(bytes: &[u8], key: &[u8; KEY]) -> Option<Entry> {
    let (body, checksum) = bytes.split_last_chunk::<CHECKSUM>().map(|(b, c)| (b, *c))?;
    let mut fields = Fields { bytes: body, at: 0 };
    let genuine = fields.take(4)? == MAGIC
        && fields.take(1)? == [VERSION]
        && usize::from(fields.number()?) == bytes.len()
        && fields.take(KEY)? == key
        && crc32(body).to_le_bytes() == checksum;
    if !genuine {
        return None;
    }
    let fetched = UnixTime(u64::from_le_bytes(fields.take(8)?.try_into().ok()?));
    let (arn, https) = (fields.span()?, fields.span()?);
    let (wss, webrtc) = (fields.span()?, fields.span()?);
    let endpoints_parse = is_url(https.text(bytes), Scheme::Https)
        && is_url(wss.text(bytes), Scheme::Wss)
        && (webrtc.is_empty() || is_url(webrtc.text(bytes), Scheme::Https));
    let complete = fields.at == body.len() && endpoints_parse;
    complete.then_some(Entry { arn, https, wss, webrtc, end: bytes.len(), fetched })
}

fn is_url(text: &str, scheme: Scheme) -> bool {
    url::parse(text).is_some_and(|url| url.scheme == scheme)
}

struct Fields<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Fields<'a> {
    fn take(&mut self, n: usize) -> Option<&'a [u8]> {
        let end = self.at.checked_add(n)?;
        let field = self.bytes.get(self.at..end)?;
        self.at = end;
        Some(field)
    }

    fn number(&mut self) -> Option<u16> {
        self.take(2)?.try_into().ok().map(u16::from_le_bytes)
    }

    fn span(&mut self) -> Option<Span> {
        let length = usize::from(self.number()?);
        let from = self.at;
        self.take(length)?;
        Some(Span::new(from, self.at))
    }
}

/// CRC-32 of zlib and Ethernet, bit by bit: a kilobyte at boot needs no table in flash.
fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(u32::MAX, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| {
            if crc & 1 == 1 { (crc >> 1) ^ 0xEDB8_8320 } else { crc >> 1 }
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn checksum_is_the_common_crc_32() {
        assert_eq!(crc32(b"123456789"), 0xCBF4_3926);
    }

    #[test]
    fn the_documented_buffer_holds_the_largest_entry() {
        let overhead = HEADER + 4 * 2 + CHECKSUM;
        assert_eq!(overhead + ARN_MAX + 3 * ENDPOINT_MAX, crate::config::CHANNEL_STATE_MAX);
    }
}
