//! virtio-net under embassy-net.

use core::cell::{Cell, RefCell};
use core::task::Context;

use critical_section::Mutex;
use embassy_net_driver::{Capabilities, Driver, HardwareAddress, LinkState, RxToken, TxToken};
use embassy_sync::waitqueue::AtomicWaker;
use virtio_drivers::device::net::{RxBuffer, VirtIONet};
use virtio_drivers::transport::DeviceType;

use crate::hw;
use crate::virtio::{self, Flat, Slot};

/// Buffers in each direction.
const QUEUE: usize = 8;
/// An Ethernet frame and the virtio header.
const BUFFER: usize = 1536;
/// An Ethernet frame.
const MTU: usize = 1514;

type Device = VirtIONet<Flat, Slot, QUEUE>;

/// Where the device's registers are, and its interrupt; 0 before there is one.
static AT: Mutex<Cell<(usize, u32)>> = Mutex::new(Cell::new((0, 0)));
static WAKER: AtomicWaker = AtomicWaker::new();

/// The network interface.
pub struct Net {
    device: RefCell<Device>,
    /// Its hardware address.
    pub mac: [u8; 6],
}

impl Net {
    /// The machine's interface, ready to receive.
    pub fn find() -> Self {
        let (base, irq, slot) =
            virtio::find(DeviceType::Network).expect("QEMU needs -device virtio-net-device");
        let mut device = Device::new(slot, BUFFER).expect("virtio-net starts");
        device.enable_interrupts();
        critical_section::with(|cs| AT.borrow(cs).set((base, irq)));
        hw::enable_irq(irq);
        Self { mac: device.mac_address(), device: RefCell::new(device) }
    }
}

/// Device interrupt `irq`, if it is the network's.
pub fn on_interrupt(irq: u32) {
    let (base, mine) = critical_section::with(|cs| AT.borrow(cs).get());
    if irq == mine {
        hw::acknowledge_virtio(base);
        WAKER.wake();
    }
}

/// A received frame; its buffer goes back when this ends.
pub struct Received<'n> {
    buffer: Option<RxBuffer>,
    device: &'n RefCell<Device>,
}

impl Drop for Received<'_> {
    fn drop(&mut self) {
        if let Some(buffer) = self.buffer.take() {
            self.device
                .borrow_mut()
                .recycle_rx_buffer(buffer)
                .expect("the queue had this buffer before");
        }
    }
}

impl RxToken for Received<'_> {
    fn consume<R, F: FnOnce(&mut [u8]) -> R>(mut self, read: F) -> R {
        let frame = self.buffer.as_mut().map(RxBuffer::packet_mut).unwrap_or_default();
        read(frame)
    }
}

/// Leave to send one frame.
pub struct Sending<'n>(&'n RefCell<Device>);

impl TxToken for Sending<'_> {
    fn consume<R, F: FnOnce(&mut [u8]) -> R>(self, len: usize, write: F) -> R {
        let mut device = self.0.borrow_mut();
        let mut buffer = device.new_tx_buffer(len);
        let result = write(buffer.packet_mut());
        // A frame that cannot be sent is lost, as on any network.
        let _ = device.send(buffer);
        result
    }
}

impl Driver for Net {
    type RxToken<'a> = Received<'a>;
    type TxToken<'a> = Sending<'a>;

    fn receive(&mut self, cx: &mut Context<'_>) -> Option<(Received<'_>, Sending<'_>)> {
        WAKER.register(cx.waker());
        let buffer = self.device.borrow_mut().receive().ok()?;
        Some((Received { buffer: Some(buffer), device: &self.device }, Sending(&self.device)))
    }

    fn transmit(&mut self, _cx: &mut Context<'_>) -> Option<Sending<'_>> {
        Some(Sending(&self.device))
    }

    fn link_state(&mut self, _cx: &mut Context<'_>) -> LinkState {
        // A pulled cable shows as silence, as behind a switch: the session has to notice by itself.
        LinkState::Up
    }

    fn capabilities(&self) -> Capabilities {
        let mut capabilities = Capabilities::default();
        capabilities.max_transmission_unit = MTU;
        capabilities.max_burst_size = Some(1);
        capabilities
    }

    fn hardware_address(&self) -> HardwareAddress {
        HardwareAddress::Ethernet(self.mac)
    }
}
