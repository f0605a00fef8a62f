//! How this device dies. esp-hal turns traps and a stack that grows too far into panics; a panic says why on the console and
//! resets the chip. A hang is ended by the RTC watchdog.

#![expect(unsafe_code, reason = "linker symbols, and the stack is painted")]

use embassy_time::{Duration, Timer};
use kvs_port_embassy::fault::{Stack, last_words};

use crate::chip::{self, Chip};
use crate::console;

/// How often the executor shows that it lives.
const FEED: Duration = Duration::from_secs(2);

unsafe extern "C" {
    static _stack_start: u8;
    static _stack_end: u8;
}

/// esp-hal watches the word this far above the stack's end, and puts a value there.
const GUARD: usize = 64;

/// Paints the stack. First of all.
pub fn arm() {
    // SAFETY: the stack of `main`, on which interrupts do nothing yet.
    critical_section::with(|_| unsafe { stack().paint() });
}

/// The stack of `main` and of all tasks.
pub fn stack() -> Stack {
    // Linker symbols: only their addresses mean something.
    Stack { bottom: &raw const _stack_end as usize + GUARD, top: &raw const _stack_start as usize }
}

/// Shows the watchdog that tasks run.
#[embassy_executor::task]
pub async fn feed_watchdog(chip: &'static Chip) -> ! {
    loop {
        chip.feed_watchdog();
        Timer::after(FEED).await;
    }
}

#[panic_handler]
fn panic(info: &core::panic::PanicInfo<'_>) -> ! {
    chip::mark_death();
    critical_section::with(|_| last_words(format_args!("{info}"), console::put));
    // The last bytes leave the UART: 128 of them take 11 ms.
    esp_hal::delay::Delay::new().delay_millis(15);
    esp_hal::system::software_reset()
}
