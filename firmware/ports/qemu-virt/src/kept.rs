//! Memory that a reset and a sleep leave alone, as an ESP32's RTC memory; the power's end takes it.

#![expect(unsafe_code, reason = "memory that is not cleared at start")]

use kvs_device::{CACHE_MAX, Retained};
use kvs_port_embassy::kept::{Item, Lasting, Plain};
use kvs_port_embassy::tls::Tickets;

use crate::hw;

/// All of it but the tickets. What the bytes mean is checked when they are read.
#[repr(C)]
pub struct Kept {
    magic: u32,
    /// A sleep was begun, not a reset.
    asleep: u32,
    /// What the session gave to be stored.
    pub cache: Item<CACHE_MAX>,
    /// What the console had told the device when it went to sleep.
    retained: Item<{ size_of::<Retained>() }>,
}

// SAFETY: numbers.
unsafe impl Plain for Kept {}

const MAGIC: u32 = 0x6b76_7332;

/// All of it but the tickets.
#[unsafe(link_section = ".uninit.kept")]
pub static KEPT: Lasting<Kept> = Lasting::new();
/// The tickets.
#[unsafe(link_section = ".uninit.kept")]
pub static TICKETS: Lasting<Tickets> = Lasting::new();
/// Bytes of both.
pub const SIZE: usize = size_of::<Kept>() + size_of::<Tickets>();

/// Why this start was made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Start {
    /// Power came; nothing was kept.
    Power,
    /// A reset.
    Reset,
    /// The end of a sleep.
    Woken,
}

impl Start {
    /// The word in `hello`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Power => "power",
            Self::Reset => "software",
            Self::Woken => "deep_sleep",
        }
    }
}

/// Finds out which; readies the memory for the next. Once, before anything else of it.
pub fn start() -> Start {
    KEPT.with(|kept| {
        let start = match (kept.magic == MAGIC, kept.asleep == MAGIC) {
            (false, _) => {
                kept.cache.clear();
                kept.retained.clear();
                TICKETS.with(Tickets::clear);
                Start::Power
            }
            (true, false) => Start::Reset,
            (true, true) => Start::Woken,
        };
        (kept.magic, kept.asleep) = (MAGIC, 0);
        start
    })
}

/// Sleeps: everything else is off, and then there is a start as after a reset.
pub fn sleep(for_ms: u64, retained: &Retained) -> ! {
    KEPT.with(|kept| {
        // SAFETY: the bytes of a value; some may be padding, which says nothing and is copied as it is.
        let bytes = unsafe {
            core::slice::from_raw_parts((&raw const *retained).cast::<u8>(), size_of::<Retained>())
        };
        kept.retained.put(bytes);
        kept.asleep = MAGIC;
    });
    hw::sleep(for_ms.saturating_mul(10_000));
    hw::reset()
}

/// Gives back what [`sleep`] was given; `false` when it is damaged.
pub fn wake(retained: &mut Retained) -> bool {
    KEPT.with(|kept| {
        let mut whole = false;
        kept.retained.with(|bytes| {
            whole = bytes.len() == size_of::<Retained>();
            if whole {
                // SAFETY: this image wrote them of such a value (a reset changes no image), and the checksum says that
                // they are what it wrote.
                unsafe {
                    let to = (&raw mut *retained).cast::<u8>();
                    core::ptr::copy_nonoverlapping(bytes.as_ptr(), to, bytes.len());
                }
            }
        });
        whole
    })
}
