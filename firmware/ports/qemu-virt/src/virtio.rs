//! virtio over MMIO: memory for its queues, finding devices, entropy.

#![expect(unsafe_code, reason = "a DMA interface: addresses are handed to a device")]

use core::alloc::Layout;
use core::cell::RefCell;
use core::ptr::NonNull;

use virtio_drivers::device::rng::VirtIORng;
use virtio_drivers::transport::mmio::{MmioTransport, VirtIOHeader};
use virtio_drivers::transport::{DeviceType, Transport};
use virtio_drivers::{BufferDirection, Hal, PAGE_SIZE, PhysAddr};

use crate::hw;

/// One slot of the machine.
pub type Slot = MmioTransport<'static>;

/// Memory without address translation.
pub struct Flat;

// SAFETY: physical and virtual addresses are the same here, and the heap gives memory that nobody else has.
unsafe impl Hal for Flat {
    fn dma_alloc(pages: usize, _direction: BufferDirection) -> (PhysAddr, NonNull<u8>) {
        let layout = pages_layout(pages);
        // SAFETY: the layout is not empty.
        let memory = unsafe { alloc::alloc::alloc_zeroed(layout) };
        let Some(memory) = NonNull::new(memory) else { alloc::alloc::handle_alloc_error(layout) };
        (memory.as_ptr() as usize as PhysAddr, memory)
    }

    unsafe fn dma_dealloc(_physical: PhysAddr, memory: NonNull<u8>, pages: usize) -> i32 {
        // SAFETY: from `dma_alloc`.
        unsafe { alloc::alloc::dealloc(memory.as_ptr(), pages_layout(pages)) };
        0
    }

    unsafe fn mmio_phys_to_virt(physical: PhysAddr, _size: usize) -> NonNull<u8> {
        NonNull::new(physical as usize as *mut u8).expect("no device at address 0")
    }

    unsafe fn share(buffer: NonNull<[u8]>, _direction: BufferDirection) -> PhysAddr {
        buffer.as_ptr().cast::<u8>() as usize as PhysAddr
    }

    unsafe fn unshare(_physical: PhysAddr, _buffer: NonNull<[u8]>, _direction: BufferDirection) {}
}

fn pages_layout(pages: usize) -> Layout {
    Layout::from_size_align(pages * PAGE_SIZE, PAGE_SIZE).expect("a handful of pages")
}

/// The device of that kind: its slot's address and interrupt.
pub fn find(kind: DeviceType) -> Option<(usize, u32, Slot)> {
    (0..hw::VIRTIO_SLOTS).find_map(|slot| {
        let base = hw::VIRTIO + slot * 0x1000;
        let header = NonNull::new(base as *mut VirtIOHeader)?;
        // SAFETY: the machine has its slots there; each is looked at by one caller.
        let transport = unsafe { MmioTransport::new(header, 0x1000) }.ok()?;
        if transport.device_type() == kind {
            return Some((base, 1 + slot as u32, transport));
        }
        // Dropping it would reset a device that is not ours.
        core::mem::forget(transport);
        None
    })
}

/// The host's entropy.
pub struct Entropy(RefCell<VirtIORng<Flat, Slot>>);

impl Entropy {
    /// The machine's source.
    pub fn find() -> Self {
        let (_, _, slot) =
            find(DeviceType::EntropySource).expect("QEMU needs -device virtio-rng-device");
        Self(RefCell::new(VirtIORng::new(slot).expect("virtio-rng starts")))
    }

    /// Fills with entropy fit for keys. Without entropy there is nothing a device could safely do: it stops.
    pub fn fill(&self, bytes: &mut [u8]) {
        let mut left = bytes;
        while !left.is_empty() {
            let got = self.0.borrow_mut().request_entropy(left).expect("virtio-rng answers");
            left = left.get_mut(got..).unwrap_or_default();
        }
    }
}
