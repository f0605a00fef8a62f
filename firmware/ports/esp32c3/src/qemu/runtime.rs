//! An embassy runtime that takes no interrupts but to wake up: it looks at devices and timers itself, once a millisecond.
//!
//! Espressif's QEMU lacks the registers by which esp-hal finds out which interrupt came (`CORE_0_INTR_STATUS`).

#![expect(unsafe_code, reason = "an executor's hooks, timer registers and an interrupt's entry")]

use core::cell::{Cell, RefCell};
use core::task::Waker;

use critical_section::Mutex;
use embassy_executor::Spawner;
use embassy_executor::raw::Executor;
use embassy_time_queue_utils::Queue;
use esp_hal::interrupt::{DirectBindableCpuInterrupt, Priority, enable_direct};
use esp_hal::peripherals::Interrupt;
use static_cell::StaticCell;

/// The systimer: 16 MHz.
const SYSTIMER: usize = 0x6002_3000;
const CONFIG: usize = SYSTIMER;
const TARGET_CONFIG: usize = SYSTIMER + 0x34;
const TARGET_LOAD: usize = SYSTIMER + 0x50;
const INTERRUPT_ENABLE: usize = SYSTIMER + 0x64;
/// Comparator 0 works; unit 0 works (on silicon it does after a reset, in the emulator it does not).
const TARGET_WORKS: u32 = 1 << 24;
const UNIT_WORKS: u32 = 1 << 30;
/// Again and again, every millisecond.
const EVERY_MS: u32 = 1 << 30 | 16_000;

struct Clock {
    queue: Mutex<RefCell<Queue>>,
}

embassy_time_driver::time_driver_impl!(static CLOCK: Clock = Clock { queue: Mutex::new(RefCell::new(Queue::new())) });

impl embassy_time_driver::Driver for Clock {
    fn now(&self) -> u64 {
        esp_hal::time::Instant::now().duration_since_epoch().as_micros()
    }

    fn schedule_wake(&self, at: u64, waker: &Waker) {
        // Looked at after each turn anyhow.
        critical_section::with(|cs| self.queue.borrow_ref_mut(cs).schedule_wake(at, waker));
    }
}

/// Something wants to be polled.
static WOKEN: Mutex<Cell<bool>> = Mutex::new(Cell::new(false));

#[unsafe(export_name = "__pender")]
fn pender(_: *mut ()) {
    critical_section::with(|cs| WOKEN.borrow(cs).set(true));
}

/// Starts the counter that is the clock, before anything asks for the time.
pub fn start_clock() {
    modify(CONFIG, UNIT_WORKS);
}

/// Spawns what `init` says and runs it for ever; `poll` looks at devices.
pub fn run(init: impl FnOnce(Spawner), poll: impl Fn()) -> ! {
    static EXECUTOR: StaticCell<Executor> = StaticCell::new();
    let executor: &'static Executor = EXECUTOR.init(Executor::new(core::ptr::null_mut()));
    start_tick();
    init(executor.spawner());
    loop {
        poll();
        critical_section::with(|cs| {
            use embassy_time_driver::Driver as _;
            CLOCK.queue.borrow_ref_mut(cs).next_expiration(CLOCK.now());
        });
        // SAFETY: only here, and not from within a task.
        unsafe { executor.poll() };
        // What wakes between these two lines waits for the next tick.
        if !critical_section::with(|cs| WOKEN.borrow(cs).replace(false)) {
            esp_hal::riscv::asm::wfi();
        }
    }
}

/// A tick a millisecond. It also makes QEMU's main loop turn, in which its user-mode network looks at the host's sockets.
fn start_tick() {
    for interrupt in [
        (Interrupt::SYSTIMER_TARGET0, DirectBindableCpuInterrupt::Interrupt0),
        // Where the emulator has its network interface.
        (Interrupt::WIFI_MAC, DirectBindableCpuInterrupt::Interrupt1),
    ] {
        enable_direct(interrupt.0, Priority::Priority1, interrupt.1, wake_up);
    }
    write(TARGET_CONFIG, EVERY_MS);
    write(TARGET_LOAD, 1);
    write(INTERRUPT_ENABLE, 1);
    modify(CONFIG, TARGET_WORKS);
}

fn write(register: usize, value: u32) {
    // SAFETY: a register of the systimer, which nothing else here uses.
    unsafe { (register as *mut u32).write_volatile(value) }
}

fn modify(register: usize, set: u32) {
    // SAFETY: as above.
    let value = unsafe { (register as *const u32).read_volatile() };
    write(register, value | set);
}

/// Ends the wait and nothing else. One for both interrupts, and it silences both: the emulator looks at its lines only when
/// they change, so that one left high while the other is served would never wake the core again.
#[unsafe(naked)]
#[unsafe(link_section = ".rwtext")]
unsafe extern "C" fn wake_up() {
    core::arch::naked_asm!(
        "addi sp, sp, -8",
        "sw t0, 0(sp)",
        "sw t1, 4(sp)",
        // open_eth's mask; its `poll` unmasks again.
        "li t0, 0x600CD008",
        "sw zero, 0(t0)",
        // The systimer's INT_CLR.
        "li t0, 0x6002306c",
        "li t1, 1",
        "sw t1, 0(t0)",
        "lw t0, 0(sp)",
        "lw t1, 4(sp)",
        "addi sp, sp, 8",
        "mret"
    )
}
