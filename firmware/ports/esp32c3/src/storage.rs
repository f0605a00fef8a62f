//! The part of the flash that is this device's: what it was told, and the channel's state. Where it lies and what is written
//! when: `docs/esp32c3.md`.

use core::cell::RefCell;

use esp_bootloader_esp_idf::partitions::{PARTITION_TABLE_MAX_LEN, read_partition_table};
use esp_hal::peripherals::FLASH;
use esp_storage::{FlashStorage, FlashStorageError};
use kvs_device::Text;
use kvs_store::{Slots, StoreError};

use crate::console;

const SECTOR: u32 = FlashStorage::SECTOR_SIZE;
/// Two slots of two sectors, and two of one.
const LEAST: u32 = 6 * SECTOR;
/// The kind of all partitions that hold data.
const DATA: u8 = 1;
/// Of the default table's, which nothing else here uses.
const NVS: u8 = 2;

/// Flash, if there is a place in it.
pub struct Storage(RefCell<Option<Place>>);

struct Place {
    flash: FlashStorage<'static>,
    at: u32,
    len: u32,
}

impl Place {
    fn told(&mut self) -> Slots<&mut FlashStorage<'static>> {
        let sectors = self.len / SECTOR - 2;
        Slots::new(&mut self.flash, self.at, sectors / 2 * SECTOR)
    }

    fn cache(&mut self) -> Slots<&mut FlashStorage<'static>> {
        let end = self.at + self.len / SECTOR * SECTOR;
        Slots::new(&mut self.flash, end - 2 * SECTOR, SECTOR)
    }
}

impl Storage {
    /// Looks for the partition `kvs`, or else for the one called NVS. Once.
    pub fn find(flash: FLASH<'static>) -> Self {
        let mut flash = FlashStorage::new(flash);
        let place = place(&mut flash);
        if place.is_none() {
            console::put("flash: no partition `kvs` or `nvs` of 24 KB: nothing outlives a reset");
        }
        Self(RefCell::new(place.map(|(at, len)| Place { flash, at, len })))
    }

    /// Fills the start of `room` with what the device was told; the length, 0 for nothing.
    pub fn recall(&self, room: &mut [u8]) -> usize {
        self.with(|place| Ok(place.told().load(room)?.unwrap_or(0))).unwrap_or(0)
    }

    /// Fills the start of `room` with the channel's state; the length, 0 for nothing.
    pub fn load(&self, room: &mut [u8]) -> usize {
        self.with(|place| Ok(place.cache().load(room)?.unwrap_or(0))).unwrap_or(0)
    }

    /// Keeps the channel's state.
    pub fn store(&self, cache: &[u8]) {
        // Without it the next start asks the service again.
        let _ = self.with(|place| place.cache().store(cache));
    }

    /// Whether there is a place to keep anything.
    #[cfg(feature = "test-console")]
    pub fn is_there(&self) -> bool {
        self.0.borrow().is_some()
    }

    /// Keeps what the device was told; whether it could.
    #[cfg(feature = "test-console")]
    pub fn keep(&self, told: &[u8]) -> bool {
        self.with(|place| place.told().store(told)).is_some()
    }

    /// Erases all of it, secrets first; whether it could.
    #[cfg(feature = "test-console")]
    pub fn wipe(&self) -> bool {
        self.with(|place| {
            place.told().wipe()?;
            Ok(place.cache().wipe()?)
        })
        .is_some()
    }

    fn with<T>(
        &self,
        act: impl FnOnce(&mut Place) -> Result<T, StoreError<FlashStorageError>>,
    ) -> Option<T> {
        let result = act(self.0.borrow_mut().as_mut()?);
        result.inspect_err(|why| console::put(Text::<80>::cut(format_args!("{why}")).as_str())).ok()
    }
}

/// Start and length of our partition.
fn place(flash: &mut FlashStorage<'static>) -> Option<(u32, u32)> {
    // Too large for the stack, and needed only now.
    let mut table = alloc::vec![0; PARTITION_TABLE_MAX_LEN];
    let table = read_partition_table(flash, &mut table).ok()?;
    let fits = |at: u32, len: u32| at.is_multiple_of(SECTOR) && len >= LEAST;
    let data = || {
        table.iter().filter(|entry| entry.raw_type() == DATA && fits(entry.offset(), entry.len()))
    };
    let found = data().find(|entry| entry.label_as_str() == "kvs");
    let found = found.or_else(|| data().find(|entry| entry.raw_subtype() == NVS))?;
    Some((found.offset(), found.len()))
}
