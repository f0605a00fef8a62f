//! The firmware for an ESP32-C3: see `docs/esp32c3.md`.
#![no_std]
#![no_main]
#![deny(unsafe_code)]

extern crate alloc;

#[cfg(all(feature = "wifi", feature = "qemu"))]
compile_error!("an image is for a board (`wifi`) or for Espressif's QEMU (`qemu`), not for both");
#[cfg(not(any(feature = "wifi", feature = "qemu")))]
compile_error!("say for what: the feature `wifi` or `qemu`");

mod chip;
mod console;
mod fault;
mod port;
#[cfg(feature = "qemu")]
mod qemu;
mod storage;
#[cfg(feature = "wifi")]
mod wifi;

#[cfg(feature = "qemu")]
use qemu as platform;
#[cfg(feature = "wifi")]
use wifi as platform;

use embassy_executor::Spawner;
use embassy_futures::select::select;
use embassy_net::{Config, Runner};
use esp_hal::clock::CpuClock;
use kvs_device::demo::Demo;
use kvs_device::{Port as _, SmallMemory};
use kvs_port_embassy::network::Resources;
use kvs_port_embassy::{Board as _, tls};
use static_cell::{ConstStaticCell, StaticCell};

use chip::Chip;
use port::ChipPort;
use storage::Storage;

esp_bootloader_esp_idf::esp_app_desc!();

#[esp_hal::main]
fn main() -> ! {
    let peripherals = esp_hal::init(esp_hal::Config::default().with_cpu_clock(CpuClock::max()));
    fault::arm();
    platform::run(peripherals)
}

/// Starts what runs on every image, over the interface of this one.
fn start(spawner: Spawner, chip: &'static Chip, storage: Storage, interface: platform::Interface) {
    static RESOURCES: StaticCell<Resources> = StaticCell::new();
    tls::start(chip);
    let mut seed = [0; 8];
    chip.fill(&mut seed);
    let config = Config::dhcpv4(embassy_net::DhcpConfig::default());
    let resources = RESOURCES.init_with(Resources::new);
    let (stack, runner) = embassy_net::new(interface, config, resources, u64::from_le_bytes(seed));
    spawner.spawn(fault::feed_watchdog(chip).expect("spawned once"));
    spawner.spawn(network(runner).expect("spawned once"));
    spawner.spawn(device(ChipPort::new(stack, chip, storage)).expect("spawned once"));
}

#[embassy_executor::task]
async fn network(mut runner: Runner<'static, platform::Interface>) -> ! {
    runner.run().await
}

#[embassy_executor::task]
async fn device(port: ChipPort) {
    // Not built at run time: that would take place on the stack first.
    static MEMORY: ConstStaticCell<SmallMemory> = ConstStaticCell::new(SmallMemory::BLANK);
    static DEMO: StaticCell<Demo<4>> = StaticCell::new();
    let memory = MEMORY.take();
    let mut seed = [0; 32];
    port.fill(&mut seed);
    let demo = DEMO.init_with(|| Demo::new(seed));
    select(run(&port, demo, memory), port.see_off()).await;
    esp_hal::system::software_reset();
}

/// Until the console says `exit`.
#[cfg(feature = "test-console")]
async fn run(port: &ChipPort, demo: &mut Demo<4>, memory: &mut SmallMemory) {
    kvs_device::run_console(port, demo, memory).await;
}

/// For ever, as it was provisioned.
#[cfg(not(feature = "test-console"))]
async fn run(port: &ChipPort, demo: &mut Demo<4>, memory: &mut SmallMemory) {
    let Err(error) = kvs_device::run(port, demo, memory).await;
    port.write_line(kvs_device::Text::<80>::cut(format_args!("not provisioned: {error}")).as_str());
    core::future::pending().await
}
