//! The network interface of Espressif's QEMU (`-nic user,model=open_eth`): OpenCores' Ethernet MAC, which no ESP32-C3 has.

#![expect(unsafe_code, reason = "device registers, and frames that the device writes")]

use core::cell::UnsafeCell;
use core::task::Context;

use embassy_net_driver::{Capabilities, Driver, HardwareAddress, LinkState, RxToken, TxToken};
use embassy_sync::waitqueue::AtomicWaker;

const BASE: usize = 0x600c_d000;
const MODE: usize = BASE;
const INTERRUPT: usize = BASE + 0x04;
const INTERRUPT_MASK: usize = BASE + 0x08;
const PACKET_LENGTH: usize = BASE + 0x18;
const SEND_DESCRIPTORS: usize = BASE + 0x20;
const MAC_LOW: usize = BASE + 0x40;
const MAC_HIGH: usize = BASE + 0x44;
/// Two words each: status with the length above, and the frame's address. Those to send come first.
const DESCRIPTORS: usize = BASE + 0x400;

/// Receive, send, full duplex, append a checksum, pad short frames. (Bit 3 would refuse broadcasts, and with them DHCP.)
const RUNNING: u32 = 1 | 1 << 1 | 1 << 10 | 1 << 13 | 1 << 15;
const RESET: u32 = 1 << 11;
/// A frame came; a frame came and found no descriptor.
const RECEIVED: u32 = 1 << 2 | 1 << 4;

/// The device owns the descriptor: to send it, or to fill it.
const OWNED: u32 = 1 << 15;
const INTERRUPTS: u32 = 1 << 14;
/// The last of its kind.
const LAST: u32 = 1 << 13;
const PAD_AND_CHECK: u32 = 1 << 12 | 1 << 11;

/// An Ethernet frame.
const MTU: usize = 1514;
const BUFFER: usize = 1536;
/// The checksum after a received frame.
const CHECK: usize = 4;
/// A burst of what the host's TCP sends at once; with fewer the emulator drops frames.
const RECEIVING: usize = 16;
/// One: the emulator sends while its descriptor is written.
const SENDING: usize = 1;

#[repr(C, align(4))]
struct Frames(UnsafeCell<[[u8; BUFFER]; SENDING + RECEIVING]>);

// SAFETY: used by the one interface, and by the device for the descriptors that it owns.
unsafe impl Sync for Frames {}

static FRAMES: Frames = Frames(UnsafeCell::new([[0; BUFFER]; SENDING + RECEIVING]));
static WAKER: AtomicWaker = AtomicWaker::new();

fn read(register: usize) -> u32 {
    // SAFETY: a register of this device.
    unsafe { (register as *const u32).read_volatile() }
}

fn write(register: usize, value: u32) {
    // SAFETY: as above.
    unsafe { (register as *mut u32).write_volatile(value) }
}

const fn descriptor(index: usize) -> usize {
    DESCRIPTORS + index * 8
}

const fn last(index: usize) -> u32 {
    if index == SENDING - 1 || index == SENDING + RECEIVING - 1 { LAST } else { 0 }
}

fn frame(index: usize) -> *mut u8 {
    FRAMES.0.get().cast::<u8>().wrapping_add(index * BUFFER)
}

/// Whether this runs in the emulator: it says so in the version register of a peripheral.
pub fn is_there() -> bool {
    read(0x6002_63f8) == 0x5145_4d55
}

/// Takes note of what the device did; it may interrupt again from here on.
pub fn poll() {
    let happened = read(INTERRUPT);
    if happened != 0 {
        write(INTERRUPT, happened);
        WAKER.wake();
    }
    write(INTERRUPT_MASK, RECEIVED);
}

/// The interface.
pub struct OpenEth {
    /// The descriptor that is filled next.
    next: usize,
    mac: [u8; 6],
}

impl OpenEth {
    /// Ready to receive. Once.
    pub fn new(mac: [u8; 6]) -> Self {
        write(MODE, RESET);
        write(MODE, 0);
        write(INTERRUPT, u32::MAX);
        write(SEND_DESCRIPTORS, SENDING as u32);
        write(PACKET_LENGTH, (64 << 16) | BUFFER as u32);
        let [a, b, c, d, e, f] = mac;
        write(MAC_LOW, u32::from_be_bytes([c, d, e, f]));
        write(MAC_HIGH, u32::from_be_bytes([0, 0, a, b]));
        for index in 0..SENDING + RECEIVING {
            write(descriptor(index) + 4, frame(index) as u32);
            let status = if index < SENDING { PAD_AND_CHECK } else { OWNED | INTERRUPTS };
            write(descriptor(index), status | last(index));
        }
        write(MODE, RUNNING);
        Self { next: SENDING, mac }
    }
}

/// A received frame; its buffer goes back when it was read.
pub struct Received<'n>(&'n mut OpenEth);

impl RxToken for Received<'_> {
    fn consume<R, F: FnOnce(&mut [u8]) -> R>(self, look: F) -> R {
        let index = self.0.next;
        let len = (read(descriptor(index)) >> 16) as usize;
        let len = len.saturating_sub(CHECK).min(BUFFER);
        // SAFETY: the device gave the descriptor back, and with it the frame.
        let result = look(unsafe { core::slice::from_raw_parts_mut(frame(index), len) });
        write(descriptor(index), OWNED | INTERRUPTS | last(index));
        self.0.next = if last(index) == 0 { index + 1 } else { SENDING };
        result
    }
}

/// Leave to send one frame.
pub struct Sending;

impl TxToken for Sending {
    fn consume<R, F: FnOnce(&mut [u8]) -> R>(self, len: usize, fill: F) -> R {
        let len = len.min(BUFFER);
        // SAFETY: the device is done with it: it sends while its descriptor is written.
        let result = fill(unsafe { core::slice::from_raw_parts_mut(frame(0), len) });
        write(descriptor(0), (len as u32) << 16 | OWNED | LAST | PAD_AND_CHECK);
        while read(descriptor(0)) & OWNED != 0 {}
        result
    }
}

impl Driver for OpenEth {
    type RxToken<'a> = Received<'a>;
    type TxToken<'a> = Sending;

    fn receive(&mut self, cx: &mut Context<'_>) -> Option<(Received<'_>, Sending)> {
        WAKER.register(cx.waker());
        (read(descriptor(self.next)) & OWNED == 0).then_some((Received(self), Sending))
    }

    fn transmit(&mut self, _cx: &mut Context<'_>) -> Option<Sending> {
        Some(Sending)
    }

    fn link_state(&mut self, _cx: &mut Context<'_>) -> LinkState {
        LinkState::Up
    }

    fn capabilities(&self) -> Capabilities {
        let mut capabilities = Capabilities::default();
        capabilities.max_transmission_unit = MTU;
        capabilities
    }

    fn hardware_address(&self) -> HardwareAddress {
        HardwareAddress::Ethernet(self.mac)
    }
}
