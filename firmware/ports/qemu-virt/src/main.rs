//! The firmware for QEMU's `virt` machine, riscv32imc as an ESP32-C3: what is in `docs/memory.md` and `docs/qemu-virt.md`.
#![no_std]
#![no_main]
#![deny(unsafe_code)]

extern crate alloc;

mod boot;
mod clock;
mod console;
mod fault;
mod heap;
mod hw;
mod kept;
mod net;
mod port;
mod virtio;

use embassy_executor::{Executor, Spawner};
use embassy_futures::select::{Either, select};
use embassy_net::{Config, Runner};
use embassy_time::{Duration, Timer};
use kvs_device::demo::Demo;
use kvs_device::{Exit, Port as _, run_console};
use kvs_port_embassy::Board as _;
use kvs_port_embassy::network::Resources;
use static_cell::{ConstStaticCell, StaticCell};

use net::Net;
use port::{Machine, VirtPort};
use virtio::Entropy;

/// Time for the last packets before a sleep.
const GOODBYE: Duration = Duration::from_millis(100);

#[riscv_rt::entry]
fn main(_hart: usize, tree: usize, _: usize) -> ! {
    fault::arm();
    heap::HEAP.start();
    let image = boot::argument(tree, "kvs.image=").unwrap_or("unknown");
    let began = kept::start();
    hw::alarm(u64::MAX);
    enable_interrupts();
    console::start();
    static EXECUTOR: StaticCell<Executor> = StaticCell::new();
    EXECUTOR.init(Executor::new()).run(|spawner| start(spawner, image, began))
}

#[expect(unsafe_code, reason = "the handlers below are in place")]
fn enable_interrupts() {
    // SAFETY: every handler only touches what is behind critical sections.
    unsafe {
        riscv::register::mie::set_mtimer();
        riscv::register::mie::set_mext();
        riscv::interrupt::enable();
    }
}

#[riscv_rt::core_interrupt(riscv::interrupt::Interrupt::MachineExternal)]
fn machine_external() {
    let irq = hw::claim_irq();
    match irq {
        0 => return,
        hw::UART_IRQ => console::on_interrupt(),
        other => net::on_interrupt(other),
    }
    hw::complete_irq(irq);
}

/// Messages of 10,240 bytes, or of the C SDK's 14,061.
#[cfg(not(feature = "sdk-messages"))]
type Memory = kvs_device::SmallMemory;
#[cfg(feature = "sdk-messages")]
type Memory = kvs_device::LargeMemory;

fn start(spawner: Spawner, image: &'static str, began: kept::Start) {
    static MACHINE: StaticCell<Machine> = StaticCell::new();
    static RESOURCES: StaticCell<Resources> = StaticCell::new();
    let machine = &*MACHINE.init_with(|| Machine { entropy: Entropy::find() });
    let net = Net::find();
    let mac = net.mac;
    let mut seed = [0; 8];
    machine.fill(&mut seed);
    let config = Config::dhcpv4(embassy_net::DhcpConfig::default());
    let resources = RESOURCES.init_with(Resources::new);
    let (stack, runner) = embassy_net::new(net, config, resources, u64::from_le_bytes(seed));
    let port = VirtPort::new(stack, machine, mac, image, began.as_str());
    spawner.spawn(clock::feed_watchdog().expect("spawned once"));
    spawner.spawn(network(runner).expect("spawned once"));
    spawner.spawn(device(port, began).expect("spawned once"));
}

#[embassy_executor::task]
async fn network(mut runner: Runner<'static, Net>) -> ! {
    runner.run().await
}

#[embassy_executor::task]
async fn device(port: VirtPort, began: kept::Start) {
    // Not built at run time: that would take place on the stack first.
    static MEMORY: ConstStaticCell<Memory> = ConstStaticCell::new(Memory::BLANK);
    static DEMO: StaticCell<Demo<4>> = StaticCell::new();
    let memory = MEMORY.take();
    let mut seed = [0; 32];
    port.fill(&mut seed);
    let demo = DEMO.init_with(|| Demo::new(seed));
    if began == kept::Start::Woken && kept::wake(memory.retained()) {
        memory.retained().wake();
    }
    match select(run_console(&port, demo, memory), port.see_off()).await {
        Either::First(Exit::Command | Exit::ConsoleGone) => hw::exit(0),
        Either::First(Exit::Sleep { for_ms }) => {
            // Links that are left say so, as a peer that will not be there deserves.
            select(Timer::after(GOODBYE), port.see_off()).await;
            kept::sleep(for_ms, memory.retained())
        }
    }
}
