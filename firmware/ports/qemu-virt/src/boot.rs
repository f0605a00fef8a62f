//! What was there before this image ran: the kernel command line, and memory that a reset leaves alone.

#![expect(
    unsafe_code,
    reason = "reads a blob that QEMU left in memory, and memory that is not cleared"
)]

use core::mem::MaybeUninit;

use kvs_device::CACHE_MAX;
use kvs_trace::crc16;

/// Longest device tree that is searched.
const TREE_MAX: usize = 64 * 1024;
const TREE_MAGIC: u32 = 0xd00d_feed;

/// The value of `key=` on the kernel command line (`-append`), as QEMU put it into the device tree at `tree`.
pub fn argument(tree: usize, key: &str) -> Option<&'static str> {
    // SAFETY: the boot ROM gives the tree's address; its head says how long it is.
    let tree = unsafe {
        let head = tree as *const u32;
        if head.is_null() || u32::from_be(head.read()) != TREE_MAGIC {
            return None;
        }
        let len = (u32::from_be(head.add(1).read()) as usize).min(TREE_MAX);
        core::slice::from_raw_parts(head.cast::<u8>(), len)
    };
    let at = tree.windows(key.len()).position(|window| window == key.as_bytes())?;
    let value = tree.get(at + key.len()..)?;
    let end = value.iter().position(|byte| !byte.is_ascii_graphic())?;
    core::str::from_utf8(value.get(..end)?).ok()
}

/// Kept over a reset, lost with the power: as an ESP32's RTC memory.
#[repr(C)]
struct Kept {
    magic: u32,
    len: u32,
    crc: u32,
    bytes: [u8; CACHE_MAX],
}

const KEPT_MAGIC: u32 = 0x6b76_7331;

#[unsafe(link_section = ".uninit.kept")]
static mut KEPT: MaybeUninit<Kept> = MaybeUninit::uninit();

fn kept() -> *mut Kept {
    (&raw mut KEPT).cast()
}

/// Whether memory survived: this start is a reset, not a power-on. Marks it for the next time.
pub fn was_reset() -> bool {
    // SAFETY: numbers, of any value; one hart, no interrupt looks here.
    unsafe {
        let survived = (*kept()).magic == KEPT_MAGIC;
        if !survived {
            (*kept()).len = 0;
        }
        (*kept()).magic = KEPT_MAGIC;
        survived
    }
}

/// Keeps `cache`.
pub fn store(cache: &[u8]) {
    // SAFETY: as above.
    let kept = unsafe { &mut *kept() };
    if let Some(room) = kept.bytes.get_mut(..cache.len()) {
        room.copy_from_slice(cache);
        (kept.len, kept.crc) = (cache.len() as u32, crc16(cache).into());
    }
}

/// What was kept, or nothing.
pub fn load(room: &mut [u8]) -> usize {
    // SAFETY: as above.
    let kept = unsafe { &*kept() };
    let Some(cache) = kept.bytes.get(..kept.len as usize) else { return 0 };
    let Some(room) = room.get_mut(..cache.len()) else { return 0 };
    if u32::from(crc16(cache)) != kept.crc {
        return 0;
    }
    room.copy_from_slice(cache);
    cache.len()
}
