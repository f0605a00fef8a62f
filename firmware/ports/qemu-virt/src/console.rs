//! The UART as a console: whole lines both ways, none lost.

use core::cell::Cell;

use critical_section::Mutex;
use embassy_sync::blocking_mutex::raw::CriticalSectionRawMutex;
use embassy_sync::pipe::Pipe;

use crate::hw::{self, uart};

/// Two of the longest lines.
const RECEIVED_MAX: usize = 1024;
/// A line waits at most this long for the UART, then it is dropped whole: the hole in `seq` shows it.
const PATIENCE: u64 = 500_000;

static RECEIVED: Pipe<CriticalSectionRawMutex, RECEIVED_MAX> = Pipe::new();
/// The number that the next event line will have, for a line that a dying device adds.
static NEXT_SEQ: Mutex<Cell<u32>> = Mutex::new(Cell::new(0));

/// Bytes come in from here on.
pub fn start() {
    uart::start();
    hw::enable_irq(hw::UART_IRQ);
    // A reset may have cut a line in two: the rest of it ends here.
    put("");
}

/// The UART interrupts: takes what there is room for. What is left stays in QEMU until there is room again.
pub fn on_interrupt() {
    while RECEIVED.free_capacity() > 0 {
        let Some(byte) = uart::receive() else { return };
        // There is room: nobody else writes.
        let _ = RECEIVED.try_write(&[byte]);
    }
    uart::interrupt_on_receive(false);
}

/// The next line without its end; what does not fit into `room` is cut.
pub async fn read_line(room: &mut [u8]) -> usize {
    let mut len = 0;
    loop {
        let mut byte = [0];
        RECEIVED.read(&mut byte).await;
        uart::interrupt_on_receive(true);
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

/// One line of the protocol, or log text.
pub fn put(line: &str) {
    let mut words = line.split(' ');
    if words.next() == Some("@kvs")
        && let Some(seq) = words.next().and_then(|seq| seq.parse::<u32>().ok())
    {
        critical_section::with(|cs| NEXT_SEQ.borrow(cs).set(seq.wrapping_add(1)));
    }
    let patience = hw::ticks().saturating_add(PATIENCE);
    while !uart::has_room() {
        if hw::ticks() > patience {
            return;
        }
    }
    for byte in line.bytes().chain([b'\n']) {
        // Once begun a line is finished: half a line would damage the next one too.
        while !uart::has_room() {}
        uart::send(byte);
    }
}

/// See [`NEXT_SEQ`].
pub fn next_seq() -> u32 {
    critical_section::with(|cs| NEXT_SEQ.borrow(cs).get())
}
