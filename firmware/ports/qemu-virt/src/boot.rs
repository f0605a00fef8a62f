//! What was there before this image ran: the kernel command line.

#![expect(unsafe_code, reason = "reads a blob that QEMU left in memory")]

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
