//! Memory that a reset and a sleep leave alone, such as an ESP32's RTC memory; the power's end takes it.

#![expect(unsafe_code, reason = "memory that is not cleared at start")]

use core::cell::UnsafeCell;
use core::mem::MaybeUninit;

use kvs_trace::crc16;

/// A type of which any bytes are a value.
///
/// # Safety
/// Numbers, and arrays and structures (`repr(C)`) of them alone.
pub unsafe trait Plain {}

/// Memory that holds what the last start left there, or anything at all: whoever reads it must be able to tell.
///
/// To be a `static` in a section that the start-up code leaves alone.
#[repr(transparent)]
pub struct Lasting<T>(UnsafeCell<MaybeUninit<T>>);

// SAFETY: only looked at in critical sections.
unsafe impl<T: Send> Sync for Lasting<T> {}

impl<T: Plain> Lasting<T> {
    /// Whatever is there.
    #[expect(clippy::new_without_default, reason = "it has no default value: it has none at all")]
    pub const fn new() -> Self {
        Self(UnsafeCell::new(MaybeUninit::uninit()))
    }

    /// Looks at it, or changes it. Not again from within `act`.
    pub fn with<R>(&self, act: impl FnOnce(&mut T) -> R) -> R {
        // SAFETY: any bytes are a value; nobody else looks meanwhile.
        critical_section::with(|_| act(unsafe { (*self.0.get()).assume_init_mut() }))
    }
}

/// Bytes of which damage is noticed.
#[repr(C)]
pub struct Item<const N: usize> {
    len: u32,
    crc: u32,
    bytes: [u8; N],
}

// SAFETY: numbers.
unsafe impl<const N: usize> Plain for Item<N> {}

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
