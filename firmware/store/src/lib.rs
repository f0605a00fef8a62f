//! Bytes in flash that outlive a power cut at any moment: two slots, of which one always holds what was stored last.
//!
//! A slot is a whole number of sectors: a head of 16 bytes, then the bytes. What is stored goes into the slot that does not
//! hold the newest, the head last of all: until it is whole, the other slot counts. Each slot is erased every second time, and
//! bytes equal to those stored are not written at all.
//!
//! ```
//! # use kvs_store::{Slots, Stored};
//! # fn keep<F: embedded_storage::nor_flash::NorFlash>(flash: F) -> Result<(), kvs_store::StoreError<F::Error>> {
//! // The first 16 KB of a partition at 0x3f0000.
//! let mut slots = Slots::new(flash, 0x3f_0000, 8 * 1024);
//! assert_eq!(slots.store(b"what to keep")?, Stored::Written);
//! assert_eq!(slots.store(b"what to keep")?, Stored::Same);
//! let mut room = [0; 64];
//! assert_eq!(slots.load(&mut room)?, Some(12));
//! # Ok(())
//! # }
//! ```
#![no_std]
#![forbid(unsafe_code)]

mod crc;
mod head;

use core::fmt;

use embedded_storage::nor_flash::NorFlash;

use head::{HEAD, Head};

/// At once from or to flash. A multiple of what flash chips write at once.
const CHUNK: usize = 64;

/// What [`Slots::store`] did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stored {
    /// The bytes are in flash now.
    Written,
    /// They were there already.
    Same,
}

/// Why something was not stored. What was there before is there still.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StoreError<E> {
    /// More bytes than a slot holds.
    TooLarge,
    /// What is read back is not what was written: the sector is worn out.
    Worn,
    /// The flash refuses.
    Flash(E),
}

impl<E> From<E> for StoreError<E> {
    fn from(error: E) -> Self {
        Self::Flash(error)
    }
}

impl<E: fmt::Debug> fmt::Display for StoreError<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooLarge => f.write_str("more bytes than a slot holds"),
            Self::Worn => f.write_str("the flash does not keep what it is given"),
            Self::Flash(error) => write!(f, "flash: {error:?}"),
        }
    }
}

/// Two slots in flash, one behind the other.
pub struct Slots<F> {
    flash: F,
    start: u32,
    slot: u32,
}

/// Which of the two.
#[derive(Clone, Copy)]
enum Slot {
    First,
    Second,
}

impl Slot {
    const fn other(self) -> Self {
        match self {
            Self::First => Self::Second,
            Self::Second => Self::First,
        }
    }
}

impl<F: NorFlash> Slots<F> {
    /// Two slots of `slot_bytes` from `start` on, both multiples of the flash's sector. Whatever is there is not touched.
    pub const fn new(flash: F, start: u32, slot_bytes: u32) -> Self {
        const { assert!(HEAD.is_multiple_of(F::WRITE_SIZE) && CHUNK.is_multiple_of(F::WRITE_SIZE)) };
        Self { flash, start, slot: slot_bytes }
    }

    /// Fills the start of `room` with what was stored last; its length. `None` when there is nothing, or more than `room`.
    ///
    /// # Errors
    /// The flash's.
    pub fn load(&mut self, room: &mut [u8]) -> Result<Option<usize>, F::Error> {
        let Some((slot, head)) = self.newest()? else { return Ok(None) };
        let Some(room) = room.get_mut(..head.len as usize) else { return Ok(None) };
        let mut places = room.chunks_mut(CHUNK);
        self.each_chunk(slot, head.len as usize, |chunk| {
            if let Some(place) = places.next() {
                place.copy_from_slice(chunk);
            }
        })?;
        Ok(Some(head.len as usize))
    }

    /// Stores `bytes`, unless they are what is stored.
    ///
    /// # Errors
    /// [`StoreError`]; the bytes stored before are there still.
    pub fn store(&mut self, bytes: &[u8]) -> Result<Stored, StoreError<F::Error>> {
        // Room for the last chunk to be written whole.
        let room = self.slot as usize - HEAD;
        if bytes.len().next_multiple_of(F::WRITE_SIZE) > room {
            return Err(StoreError::TooLarge);
        }
        let newest = self.newest()?;
        let (slot, sequence) = match newest {
            None => (Slot::First, 0),
            Some((slot, head)) => {
                if head.len as usize == bytes.len() && self.holds(slot, bytes)? {
                    return Ok(Stored::Same);
                }
                (slot.other(), head.sequence.wrapping_add(1))
            }
        };
        self.erase(slot)?;
        let start = self.at(slot);
        let mut at = start + HEAD as u32;
        for chunk in bytes.chunks(CHUNK) {
            let mut padded = [0xff; CHUNK];
            padded.get_mut(..chunk.len()).unwrap_or_default().copy_from_slice(chunk);
            let len = chunk.len().next_multiple_of(F::WRITE_SIZE);
            self.flash.write(at, padded.get(..len).unwrap_or_default())?;
            at += CHUNK as u32;
        }
        // From here on it counts.
        self.flash.write(start, &Head::of(sequence, bytes).bytes())?;
        if self.whole(slot)?.is_some() { Ok(Stored::Written) } else { Err(StoreError::Worn) }
    }

    /// Forgets everything, and erases what it was. The older slot first: a power cut in between must not bring it back.
    ///
    /// # Errors
    /// The flash's.
    pub fn wipe(&mut self) -> Result<(), F::Error> {
        let newest = self.newest()?.map_or(Slot::First, |(slot, _)| slot);
        self.erase(newest.other())?;
        self.erase(newest)
    }

    const fn at(&self, slot: Slot) -> u32 {
        match slot {
            Slot::First => self.start,
            Slot::Second => self.start + self.slot,
        }
    }

    fn erase(&mut self, slot: Slot) -> Result<(), F::Error> {
        let start = self.at(slot);
        self.flash.erase(start, start + self.slot)
    }

    fn newest(&mut self) -> Result<Option<(Slot, Head)>, F::Error> {
        let (first, second) = (self.whole(Slot::First)?, self.whole(Slot::Second)?);
        Ok(match (first, second) {
            (None, None) => None,
            (Some(head), None) => Some((Slot::First, head)),
            (None, Some(head)) => Some((Slot::Second, head)),
            (Some(first), Some(second)) if second.follows(&first) => Some((Slot::Second, second)),
            (Some(first), Some(_)) => Some((Slot::First, first)),
        })
    }

    /// The head of `slot`, if all of it is as it was written.
    fn whole(&mut self, slot: Slot) -> Result<Option<Head>, F::Error> {
        let start = self.at(slot);
        let mut bytes = [0; HEAD];
        self.flash.read(start, &mut bytes)?;
        let Some(head) = Head::read(&bytes) else { return Ok(None) };
        if head.len as usize > self.slot as usize - HEAD {
            return Ok(None);
        }
        let mut crc = head.crc_begun();
        self.each_chunk(slot, head.len as usize, |chunk| crc.add(chunk))?;
        Ok((crc.value() == head.crc).then_some(head))
    }

    /// Whether `slot` has `bytes` after its head.
    fn holds(&mut self, slot: Slot, bytes: &[u8]) -> Result<bool, F::Error> {
        let mut expected = bytes.chunks(CHUNK);
        let mut same = true;
        self.each_chunk(slot, bytes.len(), |chunk| same &= expected.next() == Some(chunk))?;
        Ok(same)
    }

    fn each_chunk(
        &mut self,
        slot: Slot,
        len: usize,
        mut look: impl FnMut(&[u8]),
    ) -> Result<(), F::Error> {
        let start = self.at(slot) as usize + HEAD;
        for at in (0..len).step_by(CHUNK) {
            let mut bytes = [0; CHUNK];
            // Some chips read whole words only.
            let wanted = CHUNK.min((len - at).next_multiple_of(F::READ_SIZE.max(F::WRITE_SIZE)));
            self.flash.read((start + at) as u32, bytes.get_mut(..wanted).unwrap_or_default())?;
            look(bytes.get(..CHUNK.min(len - at)).unwrap_or_default());
        }
        Ok(())
    }
}
