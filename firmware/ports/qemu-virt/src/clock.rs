//! Time: embassy's driver on the CLINT, and the watchdog that shares its interrupt.

use core::cell::RefCell;
use core::task::Waker;

use critical_section::Mutex;
use embassy_time::{Duration, Timer};
use embassy_time_queue_utils::Queue;

use crate::{fault, hw};

/// 10 MHz, as QEMU's `virt` counts.
const TICKS_PER_S: u64 = 10_000_000;
/// The interrupt comes at least this often, so that a hang is noticed when no timer is set.
const BEAT: u64 = 2 * TICKS_PER_S;
/// No task runs for this long in a healthy device; a TLS handshake holds the executor for less than half a second.
const HANG: u64 = 8 * TICKS_PER_S;
/// How often the executor shows that it lives.
const FEED: Duration = Duration::from_secs(2);

struct Clint {
    queue: Mutex<RefCell<Queue>>,
}

embassy_time_driver::time_driver_impl!(static CLINT: Clint = Clint { queue: Mutex::new(RefCell::new(Queue::new())) });

/// When the executor last showed that it lives; 0 before it started.
static FED: Mutex<core::cell::Cell<u64>> = Mutex::new(core::cell::Cell::new(0));

impl Clint {
    fn arm(&self, queue: &mut Queue) {
        loop {
            let now = hw::ticks();
            let at = queue.next_expiration(now).min(now.saturating_add(BEAT));
            hw::alarm(at);
            if at > hw::ticks() {
                return;
            }
        }
    }
}

impl embassy_time_driver::Driver for Clint {
    fn now(&self) -> u64 {
        hw::ticks()
    }

    fn schedule_wake(&self, at: u64, waker: &Waker) {
        critical_section::with(|cs| {
            let mut queue = self.queue.borrow_ref_mut(cs);
            if queue.schedule_wake(at, waker) {
                self.arm(&mut queue);
            }
        });
    }
}

#[riscv_rt::core_interrupt(riscv::interrupt::Interrupt::MachineTimer)]
fn machine_timer() {
    let fed = critical_section::with(|cs| {
        CLINT.arm(&mut CLINT.queue.borrow_ref_mut(cs));
        FED.borrow(cs).get()
    });
    if fed != 0 && hw::ticks().saturating_sub(fed) > HANG {
        fault::bite("no task ran for 8 s");
    }
}

/// Shows the watchdog that tasks run. The last words of a hang are `panic text=watchdog…`.
#[embassy_executor::task]
pub async fn feed_watchdog() -> ! {
    loop {
        critical_section::with(|cs| FED.borrow(cs).set(hw::ticks()));
        Timer::after(FEED).await;
    }
}
