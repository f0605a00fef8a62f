//! How this device dies: panic, trap, stack overflow, watchdog. Each says why on the console and ends QEMU with a
//! code of its own, as a board would reset.

#![expect(unsafe_code, reason = "the trap entry is assembly and the guard is a CPU register")]

use kvs_device::Crash;
use kvs_port_embassy::fault::{Stack, last_words};
use riscv::register::{mcause, mepc, mtval};

use crate::{console, hw};

const CODE_PANIC: u32 = 101;
const CODE_TRAP: u32 = 102;
const CODE_STACK: u32 = 103;
const CODE_WATCHDOG: u32 = 104;
/// Nothing answers there.
const NOWHERE: usize = 0xffff_fff0;

unsafe extern "C" {
    static _kvs_guard_start: u8;
    static _kvs_stack_bottom: u8;
    static _kvs_stack_top: u8;
    static __stext: u8;
    static __erodata: u8;
    static __sdata: u8;
    static __edata: u8;
    static __ebss: u8;
}

/// PMP configuration: locked, naturally aligned power of two, no permission.
const GUARD_LOCKED: usize = 0x98;

/// Exceptions run on a stack of their own: the usual reason for one is that the stack is full.
const EMERGENCY: usize = 4096;
#[repr(align(16))]
struct Emergency(#[expect(dead_code, reason = "only its address is used")] [u8; EMERGENCY]);
static mut EMERGENCY_STACK: Emergency = Emergency([0; EMERGENCY]);

// Swaps to the emergency stack for exceptions, which do not return; interrupts go on as riscv-rt wrote them.
core::arch::global_asm!(
    ".section .trap, \"ax\"",
    ".align 2",
    ".global _kvs_trap",
    "_kvs_trap:",
    "csrrw sp, mscratch, sp",
    "addi sp, sp, -16",
    "sw t0, 0(sp)",
    "csrr t0, mcause",
    "bgez t0, 1f",
    "lw t0, 0(sp)",
    "addi sp, sp, 16",
    "csrrw sp, mscratch, sp",
    "j _start_trap",
    "1:",
    "csrr a0, mscratch",
    "j kvs_exception",
);

unsafe extern "C" {
    fn _kvs_trap();
}

/// Sets traps and the stack guard up, and paints the stack below the caller. Once, first of all.
pub fn arm() {
    // SAFETY: `_kvs_trap` is the entry above; mscratch belongs to it; the guard is a region that nothing lives in.
    unsafe {
        let top = (&raw mut EMERGENCY_STACK as usize) + EMERGENCY;
        core::arch::asm!("csrw mscratch, {}", in(reg) top);
        core::arch::asm!("csrw mtvec, {}", in(reg) _kvs_trap as *const () as usize);
        // A naturally aligned region of 4 KiB without any permission, locked so that it holds in machine mode too.
        let region = ((&raw const _kvs_guard_start as usize) >> 2) | ((4096 >> 3) - 1);
        core::arch::asm!("csrw pmpaddr0, {}", in(reg) region);
        core::arch::asm!("csrw pmpcfg0, {}", in(reg) GUARD_LOCKED);
        stack().paint();
    }
}

/// Bytes in flash (code, constants, initial values) and of static RAM, as the linker laid them out.
pub fn image_sizes() -> (usize, usize) {
    let data = &raw const __edata as usize - &raw const __sdata as usize;
    let constant = &raw const __erodata as usize - &raw const __stext as usize;
    (constant + data, &raw const __ebss as usize - &raw const __sdata as usize)
}

/// The stack that everything runs on.
pub fn stack() -> Stack {
    // Linker symbols: only their addresses mean something.
    let (bottom, top) = (&raw const _kvs_stack_bottom as usize, &raw const _kvs_stack_top as usize);
    Stack { bottom, top }
}

#[unsafe(no_mangle)]
extern "C" fn kvs_exception(sp: usize) -> ! {
    let Stack { bottom, .. } = stack();
    let (pc, value) = (mepc::read(), mtval::read());
    let guard = &raw const _kvs_guard_start as usize;
    if (guard..bottom).contains(&value) || sp < bottom {
        die(CODE_STACK, format_args!("stack overflow at pc {pc:#x}, sp {sp:#x}"));
    }
    let cause = mcause::read().code();
    die(CODE_TRAP, format_args!("trap {cause} at pc {pc:#x}, value {value:#x}"));
}

/// Dies that way, for a test of what is then seen.
pub fn cause(how: Crash) {
    kvs_port_embassy::fault::cause(how, NOWHERE);
}

/// The watchdog bites.
pub fn bite(why: &str) -> ! {
    die(CODE_WATCHDOG, format_args!("watchdog: {why}, at pc {:#x}", mepc::read()));
}

#[panic_handler]
fn panic(info: &core::panic::PanicInfo<'_>) -> ! {
    die(CODE_PANIC, format_args!("{info}"));
}

/// Last words, then the end.
fn die(code: u32, words: core::fmt::Arguments<'_>) -> ! {
    riscv::interrupt::disable();
    last_words(words, console::put);
    hw::exit(code);
}
