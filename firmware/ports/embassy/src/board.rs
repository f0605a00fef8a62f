//! What the parts here ask of the board they run on.

#![expect(unsafe_code, reason = "one board for all, known from the start of the image on")]

use core::cell::Cell;

use critical_section::Mutex;

use crate::kept::Lasting;
use crate::tls::Tickets;

/// A board, as far as TLS and the log need one. The clock is embassy's.
pub trait Board {
    /// Fills with entropy fit for keys.
    fn fill(&self, bytes: &mut [u8]);

    /// Milliseconds of a clock that runs on while the device sleeps: the age of a ticket is counted with it.
    fn lasting_ms(&self) -> u64;

    /// Memory for the tickets of earlier handshakes, best where a reset leaves it alone.
    fn tickets(&self) -> &'static Lasting<Tickets>;

    /// A line of log text.
    fn say(&self, line: &str);
}

static BOARD: Mutex<Cell<Option<Shared>>> = Mutex::new(Cell::new(None));

#[derive(Clone, Copy)]
struct Shared(&'static dyn Board);

// SAFETY: one hart, and never used from an interrupt.
unsafe impl Send for Shared {}

/// Makes `board` the one that everything here runs on.
pub(crate) fn set(board: &'static dyn Board) {
    critical_section::with(|cs| BOARD.borrow(cs).set(Some(Shared(board))));
}

/// The board; none before [`crate::tls::start`].
pub(crate) fn get() -> Option<&'static dyn Board> {
    critical_section::with(|cs| BOARD.borrow(cs).get()).map(|board| board.0)
}

/// Log text on the console, one line.
macro_rules! say {
    ($($words:tt)*) => {
        if let Some(board) = $crate::board::get() {
            board.say(kvs_device::Text::<200>::cut(format_args!($($words)*)).as_str());
        }
    };
}
pub(crate) use say;
