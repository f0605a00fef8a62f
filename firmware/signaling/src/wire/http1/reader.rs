//! Reading a response that arrives in any pieces.

use super::head::{self, Framing};
use super::{Response, SKIPPED_MAX};

/// How far a response is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Progress {
    /// Feed more.
    Partial,
    /// [`ResponseReader::response`] has it. Bytes behind it were not consumed.
    Complete,
}

/// Why a response is none. The connection is of no further use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HttpError {
    /// Not HTTP/1.1, or a broken one.
    Malformed,
    /// Its length is given in two ways, or in one we do not know.
    Framing,
    /// The head is larger than the storage.
    HeadTooLarge,
    /// The connection ended inside it.
    Incomplete,
}

/// Reads one response into storage that the caller lends at each call (always the same). Interim
/// responses (1xx but 101) are skipped. A body larger than the storage ends the response early, marked
/// truncated: its status still says what happened, and the connection is not used again.
///
/// The C SDK keeps only the last piece of a body that arrives in several (spec §1.1, §13); here every
/// split gives the same result.
#[derive(Clone, Debug)]
pub struct ResponseReader {
    phase: Phase,
    head_len: usize,
    body_len: usize,
    status: u16,
    persistent: bool,
    truncated: bool,
}

#[derive(Clone, Copy, Debug)]
enum Phase {
    /// In the head; `line` counts the bytes of the current line without its end.
    Head { line: usize },
    /// In a body of known length.
    Length { left: u64 },
    /// In a body that ends with the connection.
    Close,
    /// In the line before a chunk.
    ChunkSize { size: u64, digits: u8, part: SizePart },
    /// In a chunk.
    Chunk { left: u64 },
    /// In the line end behind a chunk.
    ChunkEnd { cr: bool },
    /// In the lines behind the last chunk, which end with an empty one.
    Trailer { line: usize, cr: bool, skipped: u16 },
    /// Done.
    Complete,
}

#[derive(Clone, Copy, Debug)]
enum SizePart {
    Digits,
    Extension { skipped: u16 },
    LineFeed,
}

impl Default for ResponseReader {
    fn default() -> Self {
        Self::new()
    }
}

impl ResponseReader {
    /// Ready for a status line.
    pub const fn new() -> Self {
        Self {
            phase: Phase::Head { line: 0 },
            head_len: 0,
            body_len: 0,
            status: 0,
            persistent: false,
            truncated: false,
        }
    }

    /// Takes bytes as they come, and says how many it took: all of them while partial, and none
    /// behind the response's end (after a 101 those are the first WebSocket frames).
    pub fn feed(
        &mut self,
        storage: &mut [u8],
        bytes: &[u8],
    ) -> Result<(Progress, usize), HttpError> {
        let mut taken = 0;
        while let Some(rest) = bytes.get(taken..).filter(|rest| !rest.is_empty()) {
            let step = match self.phase {
                Phase::Head { line } => self.head_byte(storage, rest, line)?,
                Phase::Length { left } => self.length(storage, rest, left),
                Phase::Close => self.keep(storage, rest),
                Phase::ChunkSize { size, digits, part } => {
                    self.chunk_size(rest, size, digits, part)?
                }
                Phase::Chunk { left } => self.chunk(storage, rest, left),
                Phase::ChunkEnd { cr } => self.chunk_end(rest, cr)?,
                Phase::Trailer { line, cr, skipped } => self.trailer(rest, line, cr, skipped)?,
                Phase::Complete => return Ok((Progress::Complete, taken)),
            };
            taken += step;
        }
        Ok((self.progress(), taken))
    }

    /// The connection ended. That completes a body without a length, and no other.
    pub fn end(&mut self) -> Result<(), HttpError> {
        match self.phase {
            Phase::Complete => Ok(()),
            Phase::Close => {
                self.phase = Phase::Complete;
                Ok(())
            }
            Phase::Head { .. }
            | Phase::Length { .. }
            | Phase::ChunkSize { .. }
            | Phase::Chunk { .. }
            | Phase::ChunkEnd { .. }
            | Phase::Trailer { .. } => Err(HttpError::Incomplete),
        }
    }

    /// The response, once complete; `storage` as lent to [`ResponseReader::feed`].
    pub fn response<'a>(&self, storage: &'a [u8]) -> Option<Response<'a>> {
        (self.progress() == Progress::Complete).then_some(())?;
        let (head, body) = storage.split_at_checked(self.head_len)?;
        Some(Response {
            status: self.status,
            head,
            body: body.get(..self.body_len)?,
            truncated: self.truncated,
            keep_alive: self.persistent && !self.truncated,
        })
    }

    /// The body, to be decoded in place; as much as is there.
    pub fn body_mut<'a>(&self, storage: &'a mut [u8]) -> &'a mut [u8] {
        let end = self.head_len.saturating_add(self.body_len);
        storage.get_mut(self.head_len..end).unwrap_or_default()
    }

    fn progress(&self) -> Progress {
        match self.phase {
            Phase::Complete => Progress::Complete,
            Phase::Head { .. }
            | Phase::Length { .. }
            | Phase::Close
            | Phase::ChunkSize { .. }
            | Phase::Chunk { .. }
            | Phase::ChunkEnd { .. }
            | Phase::Trailer { .. } => Progress::Partial,
        }
    }

    fn head_byte(
        &mut self,
        storage: &mut [u8],
        rest: &[u8],
        line: usize,
    ) -> Result<usize, HttpError> {
        let Some(byte) = rest.first() else { return Ok(0) };
        *storage.get_mut(self.head_len).ok_or(HttpError::HeadTooLarge)? = *byte;
        self.head_len += 1;
        match byte {
            b'\n' if line == 0 => self.begin_body(storage)?,
            b'\n' => self.phase = Phase::Head { line: 0 },
            b'\r' => {}
            _ => self.phase = Phase::Head { line: line + 1 },
        }
        Ok(1)
    }

    fn begin_body(&mut self, storage: &[u8]) -> Result<(), HttpError> {
        let head = head::check(storage.get(..self.head_len).unwrap_or_default())?;
        if matches!(head.status, 100 | 102..=199) {
            *self = Self::new();
            return Ok(());
        }
        self.status = head.status;
        self.persistent = head.persistent;
        self.phase = match head.framing {
            Framing::None | Framing::Length(0) => Phase::Complete,
            Framing::Length(left) => Phase::Length { left },
            Framing::Chunked => Phase::NEXT_CHUNK,
            Framing::Close => Phase::Close,
        };
        Ok(())
    }

    fn length(&mut self, storage: &mut [u8], rest: &[u8], left: u64) -> usize {
        let (kept, left) = self.keep_up_to(storage, rest, left);
        if !self.truncated {
            self.phase = if left == 0 { Phase::Complete } else { Phase::Length { left } };
        }
        kept
    }

    fn chunk(&mut self, storage: &mut [u8], rest: &[u8], left: u64) -> usize {
        let (kept, left) = self.keep_up_to(storage, rest, left);
        if !self.truncated {
            self.phase =
                if left == 0 { Phase::ChunkEnd { cr: false } } else { Phase::Chunk { left } };
        }
        kept
    }

    fn keep_up_to(&mut self, storage: &mut [u8], rest: &[u8], left: u64) -> (usize, u64) {
        let most = usize::try_from(left).unwrap_or(usize::MAX).min(rest.len());
        let kept = self.keep(storage, rest.get(..most).unwrap_or_default());
        (kept, left - kept as u64)
    }

    /// Stores body bytes. When they do not fit, the response ends here, truncated.
    fn keep(&mut self, storage: &mut [u8], bytes: &[u8]) -> usize {
        let used = self.head_len.saturating_add(self.body_len);
        let room = storage.get_mut(used..).unwrap_or_default();
        let kept = room.len().min(bytes.len());
        for (slot, byte) in room.iter_mut().zip(bytes) {
            *slot = *byte;
        }
        self.body_len += kept;
        if kept < bytes.len() {
            self.truncated = true;
            self.phase = Phase::Complete;
        }
        kept
    }

    fn chunk_size(
        &mut self,
        rest: &[u8],
        size: u64,
        digits: u8,
        part: SizePart,
    ) -> Result<usize, HttpError> {
        let Some(byte) = rest.first() else { return Ok(0) };
        let next = |size, digits, part| Ok(Phase::ChunkSize { size, digits, part });
        self.phase = match (part, byte) {
            (SizePart::Digits, b'0'..=b'9' | b'a'..=b'f' | b'A'..=b'F') => {
                let digit = char::from(*byte).to_digit(16).map_or(0, u64::from);
                // Seven digits are 256 MB; a longer size is an attack or an error, not a response.
                let digits = digits.checked_add(1).filter(|digits| *digits <= 7);
                next(size * 16 + digit, digits.ok_or(HttpError::Malformed)?, part)
            }
            (SizePart::Digits, _) if digits == 0 => Err(HttpError::Malformed),
            (SizePart::Digits | SizePart::Extension { .. }, b'\r') => {
                next(size, digits, SizePart::LineFeed)
            }
            (SizePart::Digits, b';' | b' ' | b'\t') => {
                next(size, digits, SizePart::Extension { skipped: 0 })
            }
            (SizePart::Extension { skipped }, b'\t' | 0x20..=0x7e | 0x80..) => {
                next(size, digits, SizePart::Extension { skipped: skip_one(skipped)? })
            }
            (SizePart::LineFeed, b'\n') if size == 0 => {
                Ok(Phase::Trailer { line: 0, cr: false, skipped: 0 })
            }
            (SizePart::LineFeed, b'\n') => Ok(Phase::Chunk { left: size }),
            (SizePart::Digits | SizePart::Extension { .. } | SizePart::LineFeed, _) => {
                Err(HttpError::Malformed)
            }
        }?;
        Ok(1)
    }

    fn chunk_end(&mut self, rest: &[u8], cr: bool) -> Result<usize, HttpError> {
        self.phase = match (cr, rest.first()) {
            (false, Some(b'\r')) => Phase::ChunkEnd { cr: true },
            (true, Some(b'\n')) => Phase::NEXT_CHUNK,
            (true | false, _) => return Err(HttpError::Malformed),
        };
        Ok(1)
    }

    fn trailer(
        &mut self,
        rest: &[u8],
        line: usize,
        cr: bool,
        skipped: u16,
    ) -> Result<usize, HttpError> {
        let skipped = skip_one(skipped)?;
        self.phase = match (cr, rest.first()) {
            (true, Some(b'\n')) if line == 0 => Phase::Complete,
            (true, Some(b'\n')) => Phase::Trailer { line: 0, cr: false, skipped },
            (false, Some(b'\r')) => Phase::Trailer { line, cr: true, skipped },
            (false, Some(byte)) if *byte != b'\n' => {
                Phase::Trailer { line: line + 1, cr: false, skipped }
            }
            (true | false, _) => return Err(HttpError::Malformed),
        };
        Ok(1)
    }
}

impl Phase {
    const NEXT_CHUNK: Self = Self::ChunkSize { size: 0, digits: 0, part: SizePart::Digits };
}

fn skip_one(skipped: u16) -> Result<u16, HttpError> {
    skipped.checked_add(1).filter(|skipped| *skipped <= SKIPPED_MAX).ok_or(HttpError::Malformed)
}
