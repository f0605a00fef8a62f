//! The UART as a console: whole lines both ways, none lost.

use kvs_port_embassy::console::{Received, note};

use crate::hw::{self, uart};

/// A line waits at most this long for the UART, then it is dropped whole: the hole in `seq` shows it.
const PATIENCE: u64 = 500_000;

static RECEIVED: Received = Received::new();

/// Bytes come in from here on.
pub fn start() {
    uart::start();
    hw::enable_irq(hw::UART_IRQ);
    // A reset may have cut a line in two: the rest of it ends here.
    put("");
}

/// The UART interrupts: takes what there is room for. What is left stays in QEMU until there is room again.
pub fn on_interrupt() {
    while RECEIVED.has_room() {
        let Some(byte) = uart::receive() else { return };
        RECEIVED.take(byte);
    }
    uart::interrupt_on_receive(false);
}

/// The next line without its end; what does not fit into `room` is cut.
pub async fn read_line(room: &mut [u8]) -> usize {
    RECEIVED.read_line(room, || uart::interrupt_on_receive(true)).await
}

/// One line of the protocol, or log text.
pub fn put(line: &str) {
    note(line);
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
