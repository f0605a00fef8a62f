//! Espressif's QEMU: a runtime of our own, because esp-rtos and esp-hal's interrupt handlers do not run there, and the network
//! interface that only it has.

mod open_eth;
mod runtime;

use embassy_executor::Spawner;
use esp_hal::efuse;
use esp_hal::peripherals::Peripherals;
use static_cell::StaticCell;

pub use open_eth::OpenEth as Interface;

use crate::chip::Chip;
use crate::console::{RECEIVED, uart};

/// TLS, in the worst case.
const HEAP_SIZE: usize = 64 * 1024;

/// Runs the device in the emulator.
pub fn run(peripherals: Peripherals) -> ! {
    esp_alloc::heap_allocator!(size: HEAP_SIZE);
    static CHIP: StaticCell<Chip> = StaticCell::new();
    runtime::start_clock();
    assert!(open_eth::is_there(), "this image is for Espressif's QEMU alone");
    let chip = &*CHIP.init(Chip::find(peripherals.RTC_TIMER));
    let mut mac = [0; 6];
    mac.copy_from_slice(efuse::base_mac_address().as_bytes());
    runtime::run(|spawner: Spawner| crate::start(spawner, chip, Interface::new(mac)), poll)
}

/// What no interrupt tells.
fn poll() {
    open_eth::poll();
    while RECEIVED.has_room() {
        let Some(byte) = uart::receive() else { return };
        RECEIVED.take(byte);
    }
}
