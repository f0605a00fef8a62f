//! The console: UART0 at 115,200 baud and, on a board, also the chip's own USB serial port. Lines come from either and go to
//! both.

#![expect(unsafe_code, reason = "device registers: a dying device writes without a driver")]

use kvs_port_embassy::console::{Received, note};

/// What came in.
pub static RECEIVED: Received = Received::new();

/// The next line without its end; what does not fit into `room` is cut.
#[cfg(feature = "test-console")]
pub async fn read_line(room: &mut [u8]) -> usize {
    RECEIVED.read_line(room, || {}).await
}

/// One line of the protocol, or log text. Waits for the UART, which takes 87 µs a byte: a line that is begun is finished, and
/// none is lost.
pub fn put(line: &str) {
    note(line);
    for byte in line.bytes().chain([b'\n']) {
        while !uart::has_room() {}
        uart::send(byte);
    }
    #[cfg(feature = "wifi")]
    usb::put(line);
}

/// UART0 (ESP32-C3 Technical Reference Manual, chapter 26).
pub mod uart {
    const DATA: usize = 0x6000_0000;
    const STATUS: usize = 0x6000_001c;
    /// Of 128 bytes; one less, so that nothing depends on what a full one says.
    const FIFO: u32 = 127;

    fn status() -> u32 {
        // SAFETY: a register that can be read at any time.
        unsafe { (STATUS as *const u32).read_volatile() }
    }

    /// Whether a byte can be sent without waiting.
    pub fn has_room() -> bool {
        (status() >> 16) & 0x3ff < FIFO
    }

    /// Sends a byte.
    pub fn send(byte: u8) {
        // SAFETY: only this writes there.
        unsafe { (DATA as *mut u32).write_volatile(byte.into()) };
    }

    /// The next received byte.
    #[cfg(feature = "qemu")]
    pub fn receive() -> Option<u8> {
        // SAFETY: only the polling loop reads there.
        (status() & 0x3ff > 0).then(|| unsafe { (DATA as *const u32).read_volatile() } as u8)
    }
}

/// USB-Serial-JTAG (same manual, chapter 30): bytes gather until the host fetches them. A host that is not there fetches none.
#[cfg(feature = "wifi")]
mod usb {
    use esp_hal::time::{Duration, Instant};

    const DATA: usize = 0x6004_3000;
    const CONTROL: usize = 0x6004_3004;
    const SEND: u32 = 1;
    const HAS_ROOM: u32 = 1 << 1;
    /// A host that listens fetches within a frame of 1 ms.
    const PATIENCE: Duration = Duration::from_millis(10);

    fn has_room() -> bool {
        // SAFETY: a register that can be read at any time.
        unsafe { (CONTROL as *const u32).read_volatile() & HAS_ROOM != 0 }
    }

    /// Sends a line; drops it, or the rest of it, when nobody fetches.
    pub fn put(line: &str) {
        if !has_room() {
            return;
        }
        for byte in line.bytes().chain([b'\n']) {
            let began = Instant::now();
            while !has_room() {
                if began.elapsed() > PATIENCE {
                    return;
                }
            }
            // SAFETY: only this writes there.
            unsafe { (DATA as *mut u32).write_volatile(byte.into()) };
        }
        // SAFETY: as above.
        unsafe { (CONTROL as *mut u32).write_volatile(SEND) };
    }
}
