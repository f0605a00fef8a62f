//! What the chip is and can: identity, entropy, clocks that run on.

#![expect(
    unsafe_code,
    reason = "memory that no start clears, and a descriptor that the flasher fills in"
)]

use core::cell::RefCell;

use critical_section::Mutex;
use esp_hal::efuse;
use esp_hal::rng::Rng;
use esp_hal::time::Duration;
use kvs_device::Text;
use kvs_port_embassy::Board;
use kvs_port_embassy::kept::{Lasting, Plain};
use kvs_port_embassy::network::mac_text;
use kvs_port_embassy::tls::Tickets;

use crate::console;
use crate::platform::Watch;

/// No task runs for this long in a healthy device: then the watchdog starts the chip anew. A TLS handshake holds the executor
/// for some seconds at most.
pub const HANG: Duration = Duration::from_secs(16);

/// Bytes of [`TICKETS`] and [`MARKS`].
pub const KEPT: usize = size_of::<Tickets>() + size_of::<Marks>();

/// In RTC memory: a reset leaves it alone, and so does a deep sleep.
#[unsafe(link_section = ".rtc_fast.persistent")]
static TICKETS: Lasting<Tickets> = Lasting::new();
#[unsafe(link_section = ".rtc_fast.persistent")]
static MARKS: Lasting<Marks> = Lasting::new();

/// What one start leaves for the next to know.
#[repr(C)]
struct Marks {
    /// [`MAGIC`], or there was no start since power came.
    magic: u32,
    /// [`MAGIC`] after a panic.
    died: u32,
}

// SAFETY: numbers.
unsafe impl Plain for Marks {}

const MAGIC: u32 = 0x6b76_7333;

/// The chip that this runs on.
pub struct Chip {
    /// MAC of its network interface.
    pub mac: Text<17>,
    /// First 16 hex digits of the image's hash.
    pub image: Text<16>,
    /// Why it started, as a word of `hello`.
    pub reset: &'static str,
    watch: Mutex<RefCell<Watch>>,
}

impl Chip {
    /// Finds out. Once.
    pub fn find(watch: Watch) -> Self {
        let start = began();
        Self {
            mac: mac_text(mac()),
            image: image_hash(),
            reset: watch.reset_reason(start),
            watch: Mutex::new(RefCell::new(watch)),
        }
    }

    /// Shows the watchdog that tasks run.
    pub fn feed_watchdog(&self) {
        critical_section::with(|cs| self.watch.borrow_ref_mut(cs).feed());
    }
}

/// The efuses' MAC: the network interface's.
pub fn mac() -> [u8; 6] {
    let mut mac = [0; 6];
    mac.copy_from_slice(efuse::base_mac_address().as_bytes());
    mac
}

impl Board for Chip {
    fn fill(&self, bytes: &mut [u8]) {
        Rng::new().read(bytes);
    }

    fn lasting_ms(&self) -> u64 {
        critical_section::with(|cs| self.watch.borrow_ref(cs).lasting_ms())
    }

    fn tickets(&self) -> &'static Lasting<Tickets> {
        &TICKETS
    }

    fn say(&self, line: &str) {
        console::put(line);
    }
}

/// Leaves word that the reset to come is the end of a panic.
pub fn mark_death() {
    MARKS.with(|marks| marks.died = MAGIC);
}

/// What RTC memory says of this start.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Start {
    /// There was none before it since power came.
    First,
    /// There was.
    Again,
    /// There was, and it ended in a panic.
    Died,
}

/// Finds out; readies what is kept for the next start.
fn began() -> Start {
    let start = MARKS.with(|marks| {
        let start = match (marks.magic == MAGIC, marks.died == MAGIC) {
            (false, _) => Start::First,
            (true, false) => Start::Again,
            (true, true) => Start::Died,
        };
        *marks = Marks { magic: MAGIC, died: 0 };
        start
    });
    if start == Start::First || !Watch::LASTS {
        TICKETS.with(Tickets::clear);
    }
    start
}

/// The hash of the ELF that this image was made of, as the flasher wrote it into the application's descriptor.
fn image_hash() -> Text<16> {
    // SAFETY: a static of this image. Volatile: its value changed after the compiler saw it.
    let descriptor = unsafe { (&raw const crate::ESP_APP_DESC).read_volatile() };
    let mut text = Text::EMPTY;
    for byte in descriptor.app_elf_sha256().iter().take(8) {
        // Sixteen digits fit.
        let _ = core::fmt::Write::write_fmt(&mut text, format_args!("{byte:02x}"));
    }
    text
}
