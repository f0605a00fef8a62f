//! Where a board hangs, and everything that restarts it.

use std::fs::File;
use std::io::{self, Read as _, Seek as _};
use std::process::{Child, Command, Stdio};
#[cfg(unix)]
use std::sync::Arc;
use std::time::Duration;

use serialport::{ClearBuffer, SerialPort as _};
use tokio::time::Instant;

use super::flash::{self, Flashable, Flashed};
use super::port::{self, Port};
#[cfg(unix)]
use super::remote::{Pull, Remote};
use super::{Identity, Mac, PortAt, Reset};
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
    /// The way to a port of another machine, kept open: its modem lines are pulled there.
    #[cfg(unix)]
    pub remote: Option<Arc<Remote>>,
}

/// What the modem lines are wired to, over an inverter each.
#[derive(Clone, Copy)]
enum Pin {
    /// DTR.
    Boot,
    /// RTS.
    Reset,
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
                self.pull(Some(port), Pin::Boot, false)?;
                self.pull(Some(port), Pin::Reset, true)?;
                std::thread::sleep(PIN_LOW);
                // What came before is of the life that ends here.
                port.clear(ClearBuffer::Input).map_err(|error| self.named(&error))?;
                self.pull(Some(port), Pin::Reset, false)?;
                Ok(None)
            }
            Reset::None => self.switch("cycle").map(Some),
        }
    }

    /// Asks the chip who it is.
    ///
    /// # Errors
    /// When nobody answers.
    pub fn identify(&self) -> Result<Identity, BoardError> {
        let reset = self.enter_loader()?;
        flash::identify(&self.at, reset).map_err(|error| self.named(&error))
    }

    /// Writes `what` and has it read back; `erase` first clears all of the flash.
    ///
    /// # Errors
    /// When another board is there, or it cannot be written.
    pub fn flash(&self, what: &Flashable, mac: Mac, erase: bool) -> Result<Flashed, BoardError> {
        let reset = self.enter_loader()?;
        let flashed = flash::flash(&self.at, reset, what, Some(mac), erase, &mut |_| {});
        flashed.map_err(|error| self.named(&error))
    }

    /// How the loader is entered from here. The lines of another machine's port are pulled now, since
    /// whoever speaks to the loader sees only a pty.
    ///
    /// # Errors
    /// When those lines cannot be pulled.
    pub fn enter_loader(&self) -> Result<Reset, BoardError> {
        if !self.is_remote() || self.reset == Reset::None {
            return Ok(self.reset);
        }
        // esptool's order: in reset, then out of it with the boot pin low.
        self.pull(None, Pin::Boot, false)?;
        self.pull(None, Pin::Reset, true)?;
        std::thread::sleep(PIN_LOW);
        self.pull(None, Pin::Boot, true)?;
        self.pull(None, Pin::Reset, false)?;
        std::thread::sleep(PIN_LOW);
        self.pull(None, Pin::Boot, false)?;
        Ok(Reset::None)
    }

    fn pull(&self, port: Option<&mut Port>, pin: Pin, low: bool) -> Result<(), BoardError> {
        #[cfg(unix)]
        if let Some(remote) = &self.remote {
            let pull = match pin {
                Pin::Boot => Pull::Dtr(low),
                Pin::Reset => Pull::Rts(low),
            };
            return remote.pull(pull).map_err(|error| self.named(&error));
        }
        let Some(port) = port else { return Ok(()) };
        let pulled = match pin {
            Pin::Boot => port.write_data_terminal_ready(low),
            Pin::Reset => port.write_request_to_send(low),
        };
        pulled.map_err(|error| self.named(&format!("cannot pull its lines: {error}")))
    }

    #[cfg(unix)]
    fn is_remote(&self) -> bool {
        self.remote.is_some()
    }

    #[cfg(not(unix))]
    fn is_remote(&self) -> bool {
        false
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

    /// What became of a port that could be read a moment ago.
    pub fn gone(&self, error: &io::Error) -> String {
        let path = self.at.path.display();
        if self.is_remote() {
            format!("the way to board {} is gone: {}: {error}", self.board, self.pattern)
        } else if self.at.path.exists() {
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
