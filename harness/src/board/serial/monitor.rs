//! A console watched by people: lines with the time since the start, panics decoded, over an unplugged cable.

use std::io::{self, Read as _};
use std::time::Duration;

use tokio::time::Instant;

use super::decode::Decoder;
use super::port::Port;
use crate::board::BoardError;
use crate::board::lines::Lines;

/// A prompt without a line end is shown after so much silence.
const PROMPT: Duration = Duration::from_secs(1);
/// So often a port that went away is looked for.
const LOOK: Duration = Duration::from_millis(100);

/// What is there to see.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Seen {
    /// A line, with what the addresses in it are.
    Line {
        /// As the device printed it.
        text: String,
        /// To be shown below it.
        notes: Vec<String>,
    },
    /// The port went away.
    Gone,
    /// It is there again.
    Back {
        /// How long it was away.
        away: Duration,
    },
}

/// Watches until `over`. `open` opens the port, also when it was away; `tell` gets what is seen, with the time
/// since the start on the monotonic clock.
///
/// # Errors
/// When the port cannot be had at the beginning, or `tell` cannot go on.
pub fn monitor(
    open: &mut dyn FnMut() -> Result<Port, BoardError>,
    decoder: Option<&Decoder>,
    over: &dyn Fn() -> bool,
    tell: &mut dyn FnMut(Duration, Seen) -> io::Result<()>,
) -> Result<io::Result<()>, BoardError> {
    let mut port = open()?;
    let start = Instant::now();
    let mut view = View { lines: Lines::default(), decoder, start, tell };
    let mut silent_since = start;
    let mut bytes = [0; 4096];
    while !over() {
        let seen = match port.read(&mut bytes) {
            Ok(length) if length > 0 => {
                silent_since = Instant::now();
                view.feed(bytes.get(..length).unwrap_or_default())
            }
            Err(error) if is_wait(&error) && silent_since.elapsed() < PROMPT => Ok(()),
            Err(error) if is_wait(&error) => view.rest(),
            // The end of a terminal that hung up is an error on one system and no bytes on another.
            Ok(_) | Err(_) => match view.reopen(open, over) {
                Ok(Some(again)) => {
                    port = again;
                    Ok(())
                }
                Ok(None) => break,
                Err(error) => Err(error),
            },
        };
        if let Err(error) = seen {
            return Ok(Err(error));
        }
    }
    Ok(view.rest())
}

fn is_wait(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::TimedOut | io::ErrorKind::Interrupted)
}

struct View<'a> {
    lines: Lines,
    decoder: Option<&'a Decoder>,
    start: Instant,
    tell: &'a mut dyn FnMut(Duration, Seen) -> io::Result<()>,
}

impl View<'_> {
    fn feed(&mut self, bytes: &[u8]) -> io::Result<()> {
        let mut whole = Vec::new();
        self.lines.feed(bytes, |line| whole.push(line));
        whole.into_iter().try_for_each(|line| self.line(line))
    }

    /// What stands there without a line end.
    fn rest(&mut self) -> io::Result<()> {
        match self.lines.rest() {
            Some(line) => self.line(line),
            None => Ok(()),
        }
    }

    fn line(&mut self, text: String) -> io::Result<()> {
        let notes = self.decoder.map(|decoder| decoder.notes(&text)).unwrap_or_default();
        (self.tell)(self.start.elapsed(), Seen::Line { text, notes })
    }

    /// Waits for the port to come back; nothing when it is `over` before.
    fn reopen(
        &mut self,
        open: &mut dyn FnMut() -> Result<Port, BoardError>,
        over: &dyn Fn() -> bool,
    ) -> io::Result<Option<Port>> {
        self.rest()?;
        let gone = Instant::now();
        (self.tell)(self.start.elapsed(), Seen::Gone)?;
        while !over() {
            std::thread::sleep(LOOK);
            // It may be there and not yet be ours to open.
            if let Ok(port) = open() {
                let away = gone.elapsed();
                (self.tell)(self.start.elapsed(), Seen::Back { away })?;
                return Ok(Some(port));
            }
        }
        Ok(None)
    }
}
