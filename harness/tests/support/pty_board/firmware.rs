//! What runs on the board once its flash is booted.

use std::sync::Arc;

use super::{Flash, Shared};

/// Firmware behind the pty. Its methods are called on the board's thread and must not block.
pub trait Firmware: Send {
    /// It starts, from `flash`, and prints to `console` whenever it likes, from any thread.
    fn boot(&mut self, flash: &Flash, console: Console);

    /// A piece of what the host sends, as it comes.
    fn hear(&mut self, bytes: &[u8]);

    /// The chip is reset, loses power or goes into its loader: nothing of it may run on. Also called when nothing runs.
    fn halt(&mut self);
}

/// Firmware that does nothing at all.
pub struct Nothing;

impl Firmware for Nothing {
    fn boot(&mut self, _flash: &Flash, _console: Console) {}

    fn hear(&mut self, _bytes: &[u8]) {}

    fn halt(&mut self) {}
}

/// Where one boot's output goes.
#[derive(Clone)]
pub struct Console {
    pub(super) shared: Arc<Shared>,
    pub(super) boot: u64,
}

impl Console {
    /// To the host; false once the chip was reset or the board is gone: nothing of this boot is heard any more.
    pub fn print(&self, bytes: &[u8]) -> bool {
        let mut state = self.shared.state.lock().expect("no panic while it was held");
        let heard = state.boot == self.boot && !state.over;
        if heard {
            state.outbox.extend(bytes);
            drop(state);
            self.shared.ring();
        }
        heard
    }

    /// A line; as [`Self::print`].
    pub fn line(&self, line: &str) -> bool {
        self.print(format!("{line}\r\n").as_bytes())
    }

    /// The cable is pulled.
    pub fn unplug(&self) {
        self.shared.state.lock().expect("no panic while it was held").over = true;
        self.shared.ring();
    }
}
