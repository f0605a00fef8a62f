//! [`Port`] on this chip.

use embassy_net::Stack;
use embassy_time::Timer;
use kvs_device::{Identity, Port, Target};
use kvs_port_embassy::Board as _;
use kvs_port_embassy::memory;
use kvs_port_embassy::network::Network;
use kvs_port_embassy::tls::Link;
use kvs_signaling::event::CloseReason;
use kvs_signaling::{Instant, UnixTime};

use crate::chip::{self, Chip};
use crate::storage::Storage;
use crate::{console, fault};

/// 2025-01-01T00:00:00Z: no image of this source is older.
const BUILD_UNIX_MS: u64 = 1_735_689_600_000;

/// The board.
pub struct ChipPort {
    network: Network,
    chip: &'static Chip,
    storage: Storage,
}

impl ChipPort {
    /// The board, over a network that may not be up yet.
    pub fn new(stack: Stack<'static>, chip: &'static Chip, storage: Storage) -> Self {
        Self { network: Network::new(stack), chip, storage }
    }

    /// To be polled beside the device: see [`Network::see_off`].
    pub async fn see_off(&self) -> ! {
        self.network.see_off().await
    }
}

impl Port for ChipPort {
    type Connection<'p> = Link<'p>;

    fn identity(&self) -> Identity<'_> {
        Identity {
            image: self.chip.image.as_str(),
            board: "esp32c3",
            reset: self.chip.reset,
            mac: self.chip.mac.as_str(),
            build_date: UnixTime(BUILD_UNIX_MS),
        }
    }

    fn now(&self) -> Instant {
        Instant(embassy_time::Instant::now().as_millis())
    }

    /// The chip has no wall clock: the session learns the time from the service (decision 3).
    fn wall(&self) -> UnixTime {
        UnixTime(0)
    }

    async fn sleep_until(&self, at: Instant) {
        Timer::at(embassy_time::Instant::from_millis(at.0)).await;
    }

    fn fill(&self, bytes: &mut [u8]) {
        self.chip.fill(bytes);
    }

    #[cfg(feature = "wifi")]
    fn join(&self, wifi: &kvs_device::WifiSettings) {
        crate::wifi::join(wifi);
    }

    async fn connect(&self, target: &Target<'_>) -> Result<Link<'_>, CloseReason> {
        self.network.connect(target).await
    }

    fn store(&self, cache: &[u8]) {
        self.storage.store(cache);
    }

    fn load(&self, room: &mut [u8]) -> usize {
        self.storage.load(room)
    }

    fn recall(&self, room: &mut [u8]) -> usize {
        self.storage.recall(room)
    }

    #[cfg(feature = "test-console")]
    fn can_keep(&self) -> bool {
        self.storage.is_there()
    }

    #[cfg(feature = "test-console")]
    fn keep(&self, told: &[u8]) -> bool {
        self.storage.keep(told)
    }

    #[cfg(feature = "test-console")]
    fn wipe(&self) -> bool {
        self.storage.wipe()
    }

    #[cfg(feature = "test-console")]
    fn can_crash(&self) -> bool {
        true
    }

    #[cfg(feature = "test-console")]
    fn crash(&self, how: kvs_device::Crash) {
        /// No memory and no device is there.
        const NOWHERE: usize = 0x8000_0000;
        kvs_port_embassy::fault::cause(how, NOWHERE);
    }

    #[cfg(feature = "test-console")]
    async fn read_line(&self, room: &mut [u8]) -> Option<usize> {
        Some(console::read_line(room).await)
    }

    /// Never asked.
    #[cfg(not(feature = "test-console"))]
    async fn read_line(&self, _room: &mut [u8]) -> Option<usize> {
        None
    }

    fn write_line(&self, line: &str) {
        console::put(line);
    }

    fn gauges(&self, report: &mut dyn FnMut(&str, u64)) {
        let (tls, tls_peak) = memory::tls_bytes();
        let heap = esp_alloc::HEAP.stats();
        for (name, value) in [
            ("kept_bytes", chip::KEPT),
            ("heap_size_bytes", heap.size),
            ("heap_bytes", heap.current_usage),
            ("heap_peak_bytes", heap.max_usage),
            ("tls_bytes", tls),
            ("tls_peak_bytes", tls_peak),
            ("stack_size_bytes", fault::stack().size()),
            ("stack_peak_bytes", fault::stack().peak()),
        ] {
            report(name, value as u64);
        }
    }
}
