//! The memory of TLS: from the image's heap, counted apart from the rest of it.

#![expect(unsafe_code, reason = "C's allocator over Rust's")]

use core::alloc::Layout;
use core::cell::Cell;
use core::ffi::c_void;

use critical_section::Mutex;

/// Room before each block for its size: `free` is not told.
const HEAD: usize = 8;

/// What the next large request is to be given, see [`stint`]; 0 for what it asks for.
static STINTED: Mutex<Cell<usize>> = Mutex::new(Cell::new(0));
/// What is large.
const LARGE: usize = 16 * 1024;

/// Bytes that TLS holds now, and at most held.
static TLS: Mutex<Cell<(usize, usize)>> = Mutex::new(Cell::new((0, 0)));

/// Bytes that TLS holds now, and at most held.
pub fn tls_bytes() -> (usize, usize) {
    critical_section::with(|cs| TLS.borrow(cs).get())
}

fn count(taken: usize, given: usize) {
    critical_section::with(|cs| {
        let (held, peak) = TLS.borrow(cs).get();
        let held = (held + taken).saturating_sub(given);
        TLS.borrow(cs).set((held, peak.max(held)));
    });
}

/// Gives the next caller who asks for 16 KB or more only `size` bytes, if that happens while `act` runs: for a buffer that
/// nobody writes to before it is replaced. Whether it happened.
pub(crate) fn stint<T>(size: usize, act: impl FnOnce() -> T) -> (T, bool) {
    critical_section::with(|cs| STINTED.borrow(cs).set(size));
    let result = act();
    (result, critical_section::with(|cs| STINTED.borrow(cs).replace(0)) == 0)
}

fn layout(size: usize) -> Option<Layout> {
    Layout::from_size_align(size, HEAD).ok()
}

/// As C's.
pub(crate) unsafe extern "C" fn calloc(count_of: usize, size: usize) -> *mut c_void {
    let mut wanted = count_of.checked_mul(size);
    if wanted.is_some_and(|wanted| wanted >= LARGE) {
        let stinted = critical_section::with(|cs| STINTED.borrow(cs).replace(0));
        wanted = if stinted > 0 { Some(stinted) } else { wanted };
    }
    let whole = wanted.and_then(|size| size.checked_add(HEAD));
    let Some((whole, layout)) = whole.and_then(|whole| Some((whole, layout(whole)?))) else {
        return core::ptr::null_mut();
    };
    // SAFETY: the layout is not empty; the head is aligned and ours.
    unsafe {
        let block = alloc::alloc::alloc_zeroed(layout);
        if block.is_null() {
            return core::ptr::null_mut();
        }
        count(whole, 0);
        block.cast::<usize>().write(whole);
        block.add(HEAD).cast()
    }
}

/// As C's, for what [`calloc`] gave.
pub(crate) unsafe extern "C" fn free(block: *mut c_void) {
    if block.is_null() {
        return;
    }
    // SAFETY: `block` came from `calloc`, so its size stands before it.
    unsafe {
        let block = block.cast::<u8>().sub(HEAD);
        let size = block.cast::<usize>().read();
        count(0, size);
        if let Some(layout) = layout(size) {
            alloc::alloc::dealloc(block, layout);
        }
    }
}
