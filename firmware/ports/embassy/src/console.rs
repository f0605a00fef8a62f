//! A serial line as a console: whole lines both ways.

use core::cell::Cell;

use critical_section::Mutex;
use embassy_sync::blocking_mutex::raw::CriticalSectionRawMutex;
use embassy_sync::pipe::Pipe;

/// Two of the longest lines.
const RECEIVED_MAX: usize = 1024;

/// The number that the next event line will have, for a line that a dying device adds.
static NEXT_SEQ: Mutex<Cell<u32>> = Mutex::new(Cell::new(0));

/// What came in and was not read yet. Whoever receives bytes asks for room first: none is lost here.
pub struct Received(Pipe<CriticalSectionRawMutex, RECEIVED_MAX>);

impl Received {
    /// Nothing.
    #[expect(clippy::new_without_default, reason = "for a static")]
    pub const fn new() -> Self {
        Self(Pipe::new())
    }

    /// Whether one more byte can be taken.
    pub fn has_room(&self) -> bool {
        self.0.free_capacity() > 0
    }

    /// Takes a byte, if there is room.
    pub fn take(&self, byte: u8) {
        // Whoever cares has asked.
        let _ = self.0.try_write(&[byte]);
    }

    /// Takes a byte as soon as there is room.
    pub async fn wait_and_take(&self, byte: u8) {
        self.0.write_all(&[byte]).await;
    }

    /// The next line without its end; what does not fit into `room` is cut. `taken` is called when there is room again.
    pub async fn read_line(&self, room: &mut [u8], taken: impl Fn()) -> usize {
        let mut len = 0;
        loop {
            let mut byte = [0];
            self.0.read(&mut byte).await;
            taken();
            let [byte] = byte;
            if byte == b'\n' {
                return len;
            }
            if let Some(slot) = room.get_mut(len) {
                *slot = byte;
                len += 1;
            }
        }
    }
}

/// Notes that `line` goes out.
pub fn note(line: &str) {
    let mut words = line.split(' ');
    if words.next() == Some("@kvs")
        && let Some(seq) = words.next().and_then(|seq| seq.parse::<u32>().ok())
    {
        critical_section::with(|cs| NEXT_SEQ.borrow(cs).set(seq.wrapping_add(1)));
    }
}

/// The number of the event line after the last one that was [noted](note).
pub fn next_seq() -> u32 {
    critical_section::with(|cs| NEXT_SEQ.borrow(cs).get())
}
