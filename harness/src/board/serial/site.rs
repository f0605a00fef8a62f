//! Where a board hangs, and everything that restarts it.

use std::fs::File;
use std::io::{self, Read as _, Seek as _};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use serialport::SerialPort as _;
use tokio::time::Instant;

use super::port::{self, Port};
use super::{PortAt, Reset};
use crate::bench;
use crate::board::BoardError;

/// A power switch answers within this.
const SWITCH_LIMIT: Duration = Duration::from_secs(30);
/// So much of what it complains about is shown.
const SAID_MAX: u64 = 1_000;
/// The reset pin is held low for this, as esptool does for the slowest kind.
const PIN_LOW: Duration = Duration::from_millis(100);

/// A board's place, found once and looked up anew whenever its port is opened.
#[derive(Clone, Debug)]
pub struct Site {
    /// The board's name, for messages.
    pub board: String,
    /// Where it was found.
    pub at: PortAt,
    /// The pattern that its port fits.
    pub pattern: String,
    /// What its port can do to it.
    pub reset: Reset,
    /// The command of its power switch, with `{action}`; empty without one.
    pub power: Vec<String>,
}

impl Site {
    /// Opens the console.
    ///
    /// # Errors
    /// With why the port is not to be had.
    pub fn open(&self) -> Result<Port, BoardError> {
        let mut at = self.at.clone();
        if !at.path.exists() {
            // A port may come back under another number.
            let mut there = bench::matches_of(&self.pattern).unwrap_or_default();
            match there.pop() {
                Some(path) if there.is_empty() => at.path = path,
                Some(_) | None => return Err(self.nowhere()),
            }
        }
        port::open_console(&at).map_err(|error| self.named(&error))
    }

    /// Starts the app anew, by the port's lines or else by the power switch, which takes its time.
    ///
    /// # Errors
    /// When neither is there, or it did not work.
    pub fn restart(&self, port: &mut Port) -> Result<Option<Switching>, BoardError> {
        match self.reset {
            Reset::DtrRts | Reset::Usb => {
                let failed = |error: serialport::Error| {
                    BoardError(format!("board {}: cannot pull its reset line: {error}", self.board))
                };
                // DTR stands for the boot pin, RTS for reset; both are inverted on the way.
                port.write_data_terminal_ready(false).map_err(failed)?;
                port.write_request_to_send(true).map_err(failed)?;
                std::thread::sleep(PIN_LOW);
                port.write_request_to_send(false).map_err(failed)?;
                Ok(None)
            }
            Reset::None => self.switch("cycle").map(Some),
        }
    }

    /// Runs the power command for `action`.
    ///
    /// # Errors
    /// When there is none, or it cannot be started.
    pub fn switch(&self, action: &str) -> Result<Switching, BoardError> {
        let mut words = self.power.iter().map(|word| word.replace("{action}", action));
        let Some(program) = words.next() else {
            return Err(BoardError(format!(
                "board {} cannot be restarted from here: its port has no reset line \
                 (reset.method = \"none\") and it has no power command (reset.power)",
                self.board
            )));
        };
        let mut command = Command::new(&program);
        let failed = |error: io::Error| {
            BoardError(format!("board {}: its power command `{program}`: {error}", self.board))
        };
        // A file, not a pipe: what it leaves running in the background must not hold us up.
        let said = tempfile::tempfile().map_err(failed)?;
        let stderr = said.try_clone().map_err(failed)?;
        command.args(words).stdin(Stdio::null()).stdout(Stdio::null()).stderr(stderr);
        let child = command.spawn().map_err(failed)?;
        Ok(Switching { child, said, program, board: self.board.clone(), since: Instant::now() })
    }

    /// Runs the power command for `action` to its end; for a thread that may wait.
    ///
    /// # Errors
    /// As [`Self::switch`], and when it fails.
    pub fn switched(&self, action: &str) -> Result<(), BoardError> {
        const LOOK_AGAIN: Duration = Duration::from_millis(20);
        let mut switching = self.switch(action)?;
        loop {
            if let Some(ended) = switching.ended() {
                return ended;
            }
            std::thread::sleep(LOOK_AGAIN);
        }
    }

    /// What became of a port that could be read a moment ago.
    pub fn gone(&self, error: &io::Error) -> String {
        let path = self.at.path.display();
        if self.at.path.exists() {
            format!("the port of board {} broke: {path}: {error}", self.board)
        } else {
            format!("the board {} was unplugged: {path} is gone", self.board)
        }
    }

    /// Nothing hangs where the board should.
    pub fn nowhere(&self) -> BoardError {
        BoardError(format!(
            "board {} is not plugged in: nothing is at {}",
            self.board, self.pattern
        ))
    }

    /// With the board's name before what a port said.
    pub fn named(&self, error: &dyn std::fmt::Display) -> BoardError {
        BoardError(format!("board {}: {error}", self.board))
    }
}

/// The power command at work.
pub struct Switching {
    child: Child,
    said: File,
    program: String,
    board: String,
    since: Instant,
}

impl Switching {
    /// How it ended, once it has.
    pub fn ended(&mut self) -> Option<Result<(), BoardError>> {
        let wrong = |how: String| {
            Some(Err(BoardError(format!(
                "board {}: its power command `{}` {how}",
                self.board, self.program
            ))))
        };
        match self.child.try_wait() {
            Ok(Some(status)) if status.success() => Some(Ok(())),
            Ok(Some(status)) => {
                let mut said = String::new();
                // Only for people.
                let _ = self.said.rewind();
                let _ = (&self.said).take(SAID_MAX).read_to_string(&mut said);
                wrong(format!("failed ({status}): {}", said.trim()))
            }
            Ok(None) if self.since.elapsed() < SWITCH_LIMIT => None,
            Ok(None) => {
                let limit = SWITCH_LIMIT.as_secs();
                wrong(format!("did not end within {limit} s"))
            }
            Err(error) => wrong(format!("is lost: {error}")),
        }
    }
}

impl Drop for Switching {
    fn drop(&mut self) {
        // It may have ended long ago.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
