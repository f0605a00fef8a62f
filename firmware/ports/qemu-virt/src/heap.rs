//! The heap: TLS, virtio queues and little else. It knows its peak; what of it is TLS, `kvs_port_embassy::memory` counts.

#![expect(unsafe_code, reason = "a global allocator cannot be written without")]

use core::alloc::{GlobalAlloc, Layout};
use core::cell::Cell;

use critical_section::Mutex;
use embedded_alloc::LlffHeap;

/// The network's queues, 37 KB, and at worst a link with a record of 16 KB under way and beside it a handshake with another.
pub const SIZE: usize = 112 * 1024;

/// The one heap.
#[global_allocator]
pub static HEAP: Heap = Heap { inner: LlffHeap::empty(), peak: Mutex::new(Cell::new(0)) };

/// An allocator that keeps count.
pub struct Heap {
    inner: LlffHeap,
    peak: Mutex<Cell<usize>>,
}

impl Heap {
    /// Gives the heap its memory. Once, before the first allocation.
    pub fn start(&self) {
        static mut MEMORY: [u8; SIZE] = [0; SIZE];
        // SAFETY: called once; nothing else names this memory.
        unsafe { self.inner.init(&raw mut MEMORY as usize, SIZE) };
    }

    /// Bytes in use.
    pub fn used(&self) -> usize {
        self.inner.used()
    }

    /// Most bytes ever in use.
    pub fn peak(&self) -> usize {
        critical_section::with(|cs| self.peak.borrow(cs).get())
    }
}

// SAFETY: hands everything on to an allocator.
unsafe impl GlobalAlloc for Heap {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // SAFETY: as given to us.
        let memory = unsafe { self.inner.alloc(layout) };
        let used = self.inner.used();
        critical_section::with(|cs| {
            let peak = self.peak.borrow(cs);
            peak.set(peak.get().max(used));
        });
        memory
    }

    unsafe fn dealloc(&self, memory: *mut u8, layout: Layout) {
        // SAFETY: as given to us.
        unsafe { self.inner.dealloc(memory, layout) }
    }
}
