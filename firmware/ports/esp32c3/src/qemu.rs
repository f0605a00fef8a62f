//! Espressif's QEMU: a runtime of our own, because esp-rtos and esp-hal's interrupt handlers do not run there, and the network
//! interface that only it has.

mod open_eth;
mod runtime;

use embassy_executor::Spawner;
use embassy_time::Instant;
use esp_hal::peripherals::{Peripherals, TIMG1};
use esp_hal::timer::timg::{MwdtStage, TimerGroup, Wdt};
use static_cell::StaticCell;

pub use open_eth::OpenEth as Interface;

use crate::chip::{self, Chip, HANG, Start};
use crate::console::{RECEIVED, uart};
use crate::storage::Storage;

/// TLS, in the worst case.
const HEAP_SIZE: usize = 64 * 1024;

/// Locally administered.
const LOCAL_MAC: [u8; 6] = [0x02, 0, 0, 0, 0, 0x01];

/// Runs the device in the emulator.
pub fn run(peripherals: Peripherals) -> ! {
    // First of all: who waits before that waits for ever.
    runtime::start_clock();
    esp_alloc::heap_allocator!(size: HEAP_SIZE);
    assert!(open_eth::is_there(), "this image is for Espressif's QEMU alone");
    static CHIP: StaticCell<Chip> = StaticCell::new();
    let chip = &*CHIP.init(Chip::find(Watch::start(TimerGroup::new(peripherals.TIMG1).wdt)));
    let mac = match chip::mac() {
        // Started without a file for the efuses.
        [0, 0, 0, 0, 0, 0] => LOCAL_MAC,
        mac => mac,
    };
    let storage = Storage::find(peripherals.FLASH);
    runtime::run(|spawner: Spawner| crate::start(spawner, chip, storage, Interface::new(mac)), poll)
}

/// What the emulator has of what goes on whatever the CPU does. Its RTC has neither watchdog nor clock nor the reason of a reset
/// (nor a calibration, by which esp-hal would divide); a timer group has a watchdog.
pub struct Watch(Wdt<TIMG1<'static>>);

impl Watch {
    /// Its clock begins anew with each start.
    pub const LASTS: bool = false;

    fn start(mut watchdog: Wdt<TIMG1<'static>>) -> Self {
        watchdog.set_timeout(MwdtStage::Stage0, HANG);
        watchdog.enable();
        Self(watchdog)
    }

    /// Shows the watchdog that tasks run.
    pub fn feed(&mut self) {
        self.0.feed();
    }

    /// Since the start.
    pub fn lasting_ms(&self) -> u64 {
        Instant::now().as_millis()
    }

    /// The word in `hello`. What the watchdog did looks like what the image did itself.
    pub fn reset_reason(&self, start: Start) -> &'static str {
        match start {
            Start::First => "power",
            Start::Again => "software",
            Start::Died => "panic",
        }
    }
}

/// What no interrupt tells.
fn poll() {
    open_eth::poll();
    while RECEIVED.has_room() {
        let Some(byte) = uart::receive() else { return };
        RECEIVED.take(byte);
    }
}
