//! Memory that a reset and a sleep leave alone, as an ESP32's RTC memory; the power's end takes it.

#![expect(unsafe_code, reason = "memory that is not cleared at start")]

use core::cell::RefCell;
use core::mem::MaybeUninit;

use critical_section::Mutex;
use kvs_device::{CACHE_MAX, Retained};
use kvs_trace::crc16;

use crate::hw;

/// Largest ticket with its session: TLS 1.3 tickets of AWS and rustls have 200 to 300 bytes.
const TICKET_MAX: usize = 512;
/// Hosts whose ticket is kept: control plane, data plane, WebSocket.
const TICKETS: usize = 3;

/// Bytes of which damage is noticed.
#[repr(C)]
pub struct Item<const N: usize> {
    len: u32,
    crc: u32,
    bytes: [u8; N],
}

/// A ticket, and whose it is.
#[repr(C)]
pub struct Slot {
    pub key: [u8; 32],
    pub ticket: Item<TICKET_MAX>,
}

/// All of it. Any bytes are a value: what they mean is checked when they are read.
#[repr(C)]
pub struct Kept {
    magic: u32,
    /// A sleep was begun, not a reset.
    asleep: u32,
    /// What the session gave to be stored.
    pub cache: Item<CACHE_MAX>,
    /// What the console had told the device when it went to sleep.
    retained: Item<{ size_of::<Retained>() }>,
    /// Newest first.
    pub tickets: [Slot; TICKETS],
}

const MAGIC: u32 = 0x6b76_7332;

#[unsafe(link_section = ".uninit.kept")]
static KEPT: Mutex<RefCell<MaybeUninit<Kept>>> = Mutex::new(RefCell::new(MaybeUninit::uninit()));

/// Looks at it, or changes it.
pub fn with<T>(act: impl FnOnce(&mut Kept) -> T) -> T {
    critical_section::with(|cs| {
        let mut kept = KEPT.borrow_ref_mut(cs);
        // SAFETY: numbers, of any value.
        act(unsafe { kept.assume_init_mut() })
    })
}

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
    with(|kept| {
        let start = match (kept.magic == MAGIC, kept.asleep == MAGIC) {
            (false, _) => {
                kept.cache.clear();
                kept.retained.clear();
                kept.tickets.iter_mut().for_each(|slot| slot.ticket.clear());
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
    with(|kept| {
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
    with(|kept| {
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

impl<const N: usize> Item<N> {
    /// Shows `look` the bytes, if they are whole.
    pub fn with(&self, look: impl FnOnce(&[u8])) {
        let bytes = self.bytes.get(..self.len as usize).unwrap_or_default();
        if !bytes.is_empty() && u32::from(crc16(bytes)) == self.crc {
            look(bytes);
        }
    }

    /// Keeps `bytes`; nothing, if there is no room for them.
    pub fn put(&mut self, bytes: &[u8]) {
        self.fill(|room| {
            room.get_mut(..bytes.len())?.copy_from_slice(bytes);
            Some(bytes.len())
        });
    }

    /// Keeps what `write` writes.
    pub fn fill(&mut self, write: impl FnOnce(&mut [u8]) -> Option<usize>) {
        let len = write(&mut self.bytes).unwrap_or(0);
        let crc = crc16(self.bytes.get(..len).unwrap_or_default());
        (self.len, self.crc) = (len as u32, crc.into());
    }

    /// Forgets it, and what it was.
    pub fn clear(&mut self) {
        self.bytes.fill(0);
        (self.len, self.crc) = (0, 0);
    }

    /// Fills the start of `room`; the length, 0 for nothing.
    pub fn load(&self, room: &mut [u8]) -> usize {
        let mut len = 0;
        self.with(|bytes| {
            if let Some(room) = room.get_mut(..bytes.len()) {
                room.copy_from_slice(bytes);
                len = bytes.len();
            }
        });
        len
    }
}
