//! [`Port`] on this machine.

use embassy_net::Stack;
use embassy_time::Timer;
use kvs_device::{Crash, Identity, Port, Target, Text};
use kvs_port_embassy::kept::Lasting;
use kvs_port_embassy::network::{Network, mac_text};
use kvs_port_embassy::tls::{Link, Tickets};
use kvs_port_embassy::{Board, memory};
use kvs_signaling::event::CloseReason;
use kvs_signaling::{Instant, UnixTime};

use crate::heap::{self, HEAP};
use crate::virtio::Entropy;
use crate::{console, fault, hw, kept};

/// 2025-01-01T00:00:00Z: no image of this source is older.
const BUILD_UNIX_MS: u64 = 1_735_689_600_000;

/// The machine, for TLS and the log.
pub struct Machine {
    /// The host's entropy.
    pub entropy: Entropy,
}

impl Board for Machine {
    fn fill(&self, bytes: &mut [u8]) {
        self.entropy.fill(bytes);
    }

    fn lasting_ms(&self) -> u64 {
        hw::rtc_ms()
    }

    fn tickets(&self) -> &'static Lasting<Tickets> {
        &kept::TICKETS
    }

    fn say(&self, line: &str) {
        console::put(line);
    }
}

/// The board.
pub struct VirtPort {
    network: Network,
    machine: &'static Machine,
    image: &'static str,
    reset: &'static str,
    mac: Text<17>,
}

impl VirtPort {
    /// The board, over a network that may not be up yet.
    pub fn new(
        stack: Stack<'static>,
        machine: &'static Machine,
        mac: [u8; 6],
        image: &'static str,
        reset: &'static str,
    ) -> Self {
        kvs_port_embassy::tls::start(machine);
        Self { network: Network::new(stack), machine, image, reset, mac: mac_text(mac) }
    }

    /// To be polled beside the device: see [`Network::see_off`].
    pub async fn see_off(&self) -> ! {
        self.network.see_off().await
    }
}

impl Port for VirtPort {
    type Connection<'p> = Link<'p>;

    fn identity(&self) -> Identity<'_> {
        Identity {
            image: self.image,
            board: "qemu-virt",
            reset: self.reset,
            mac: self.mac.as_str(),
            build_date: UnixTime(BUILD_UNIX_MS),
        }
    }

    fn now(&self) -> Instant {
        Instant(hw::ticks() / 10_000)
    }

    fn wall(&self) -> UnixTime {
        UnixTime(hw::rtc_ms())
    }

    async fn sleep_until(&self, at: Instant) {
        Timer::at(embassy_time::Instant::from_millis(at.0)).await;
    }

    fn fill(&self, bytes: &mut [u8]) {
        self.machine.fill(bytes);
    }

    async fn connect(&self, target: &Target<'_>) -> Result<Link<'_>, CloseReason> {
        self.network.connect(target).await
    }

    fn store(&self, cache: &[u8]) {
        kept::KEPT.with(|kept| kept.cache.put(cache));
    }

    fn load(&self, room: &mut [u8]) -> usize {
        kept::KEPT.with(|kept| kept.cache.load(room))
    }

    fn can_sleep(&self) -> bool {
        true
    }

    fn can_crash(&self) -> bool {
        true
    }

    fn crash(&self, how: Crash) {
        fault::cause(how);
    }

    async fn read_line(&self, room: &mut [u8]) -> Option<usize> {
        Some(console::read_line(room).await)
    }

    fn write_line(&self, line: &str) {
        console::put(line);
    }

    fn gauges(&self, report: &mut dyn FnMut(&str, u64)) {
        let (tls, tls_peak) = memory::tls_bytes();
        let (flash, fixed) = fault::image_sizes();
        for (name, value) in [
            ("flash_bytes", flash),
            // The heap is counted apart.
            ("static_bytes", fixed.saturating_sub(heap::SIZE)),
            ("kept_bytes", kept::SIZE),
            ("heap_size_bytes", heap::SIZE),
            ("heap_bytes", HEAP.used()),
            ("heap_peak_bytes", HEAP.peak()),
            ("tls_bytes", tls),
            ("tls_peak_bytes", tls_peak),
            ("stack_size_bytes", fault::stack().size()),
            ("stack_peak_bytes", fault::stack().peak()),
        ] {
            report(name, value as u64);
        }
    }
}
