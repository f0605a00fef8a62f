//! The `virt` machine's registers: the only place that knows addresses.
//!
//! Addresses are those of `hw/riscv/virt.c` in QEMU.

#![expect(unsafe_code, reason = "device registers are memory that only this module touches")]

/// Ends QEMU with an exit code ("sifive test").
const TEST: usize = 0x0010_0000;
/// Nanoseconds since 1970 ("goldfish RTC").
const RTC: usize = 0x0010_1000;
const CLINT_MTIMECMP: usize = 0x0200_4000;
const CLINT_MTIME: usize = 0x0200_bff8;
const PLIC: usize = 0x0c00_0000;
/// First context (hart 0, machine mode): enable bits, threshold, claim.
const PLIC_ENABLE: usize = PLIC + 0x2000;
const PLIC_THRESHOLD: usize = PLIC + 0x20_0000;
const PLIC_CLAIM: usize = PLIC + 0x20_0004;
const UART: usize = 0x1000_0000;
/// Interrupt number of the UART at the PLIC.
pub const UART_IRQ: u32 = 10;
/// First of eight virtio slots, 4 KiB apart; slot n interrupts as 1 + n.
pub const VIRTIO: usize = 0x1000_1000;
/// Slots there are.
pub const VIRTIO_SLOTS: usize = 8;
const VIRTIO_INTERRUPT_STATUS: usize = 0x60;
const VIRTIO_INTERRUPT_ACK: usize = 0x64;

fn read(address: usize) -> u32 {
    // SAFETY: every caller gives the address of a register of this machine.
    unsafe { (address as *const u32).read_volatile() }
}

fn write(address: usize, value: u32) {
    // SAFETY: as above.
    unsafe { (address as *mut u32).write_volatile(value) }
}

fn read_byte(address: usize) -> u8 {
    // SAFETY: as above.
    unsafe { (address as *const u8).read_volatile() }
}

fn write_byte(address: usize, value: u8) {
    // SAFETY: as above.
    unsafe { (address as *mut u8).write_volatile(value) }
}

/// Ends QEMU; its exit status is `code`.
pub fn exit(code: u32) -> ! {
    write(TEST, if code == 0 { 0x5555 } else { (code << 16) | 0x3333 });
    loop {
        riscv::asm::wfi();
    }
}

/// Starts the machine anew; its RAM stays as it is.
pub fn reset() -> ! {
    write(TEST, 0x7777);
    loop {
        riscv::asm::wfi();
    }
}

/// Does nothing for so many ticks, whatever wants to be done.
pub fn sleep(ticks_long: u64) {
    riscv::interrupt::disable();
    let until = ticks().saturating_add(ticks_long);
    while ticks() < until {
        // What interrupts ends the wait, whether interrupts are taken or not: only the clock may.
        alarm(until);
        riscv::asm::wfi();
    }
}

/// The wall clock, ms since 1970.
pub fn rtc_ms() -> u64 {
    // Reading the low word latches the high one.
    let low = read(RTC);
    ((u64::from(read(RTC + 4)) << 32) | u64::from(low)) / 1_000_000
}

/// The 10 MHz counter since power-on.
pub fn ticks() -> u64 {
    loop {
        let high = read(CLINT_MTIME + 4);
        let low = read(CLINT_MTIME);
        if read(CLINT_MTIME + 4) == high {
            return (u64::from(high) << 32) | u64::from(low);
        }
    }
}

/// Interrupts when [`ticks`] reaches `at`.
pub fn alarm(at: u64) {
    // No half-written value may be in the past.
    write(CLINT_MTIMECMP + 4, u32::MAX);
    write(CLINT_MTIMECMP, at as u32);
    write(CLINT_MTIMECMP + 4, (at >> 32) as u32);
}

/// Lets device interrupt `irq` through.
pub fn enable_irq(irq: u32) {
    write(PLIC + 4 * irq as usize, 1);
    write(PLIC_ENABLE, read(PLIC_ENABLE) | (1 << irq));
    write(PLIC_THRESHOLD, 0);
}

/// The device interrupt that waits; 0 for none.
pub fn claim_irq() -> u32 {
    read(PLIC_CLAIM)
}

/// Done with what [`claim_irq`] gave.
pub fn complete_irq(irq: u32) {
    write(PLIC_CLAIM, irq);
}

/// Tells the virtio device at `base` that its interrupt was seen.
pub fn acknowledge_virtio(base: usize) {
    write(base + VIRTIO_INTERRUPT_ACK, read(base + VIRTIO_INTERRUPT_STATUS));
}

/// The console's 16550.
pub mod uart {
    use super::{UART, read_byte, write_byte};

    const DATA: usize = UART;
    const INTERRUPT_ENABLE: usize = UART + 1;
    const FIFO: usize = UART + 2;
    const LINE_STATUS: usize = UART + 5;
    const RECEIVED: u8 = 1;
    const ROOM: u8 = 1 << 5;

    /// FIFOs on; a received byte interrupts.
    pub fn start() {
        write_byte(FIFO, 1);
        interrupt_on_receive(true);
    }

    /// Off while nobody has room for more: QEMU then holds bytes back, none is lost.
    pub fn interrupt_on_receive(on: bool) {
        write_byte(INTERRUPT_ENABLE, u8::from(on));
    }

    /// The next received byte.
    pub fn receive() -> Option<u8> {
        (read_byte(LINE_STATUS) & RECEIVED != 0).then(|| read_byte(DATA))
    }

    /// Whether a byte can be sent without waiting.
    pub fn has_room() -> bool {
        read_byte(LINE_STATUS) & ROOM != 0
    }

    /// Sends a byte.
    pub fn send(byte: u8) {
        write_byte(DATA, byte);
    }
}
