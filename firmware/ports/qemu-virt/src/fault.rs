//! How this device dies: panic, trap, stack overflow, watchdog. Each says why on the console and ends QEMU with a
//! code of its own, as a board would reset.

#![expect(unsafe_code, reason = "the trap entry is assembly and the guard is a CPU register")]

use core::fmt::Write as _;

use kvs_device::{Crash, Text};
use kvs_trace::{Event, LineBuf};
use riscv::register::{mcause, mepc, mtval};

use crate::{console, hw};

const CODE_PANIC: u32 = 101;
const CODE_TRAP: u32 = 102;
const CODE_STACK: u32 = 103;
const CODE_WATCHDOG: u32 = 104;
/// Longest last words; the line has room for 512 bytes, percent-encoded.
const WORDS_MAX: usize = 160;

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
    }
    paint();
}

const PAINT: u32 = 0xdead_beef;

#[inline(never)]
fn paint() {
    let here: usize;
    // SAFETY: words between the stack's end and a little below the stack pointer belong to nobody yet.
    unsafe {
        core::arch::asm!("mv {}, sp", out(reg) here);
        let mut at = &raw const _kvs_stack_bottom as usize;
        while at < here - 128 {
            (at as *mut u32).write_volatile(PAINT);
            at += 4;
        }
    }
}

/// Most bytes of stack ever used.
pub fn stack_peak() -> usize {
    let (bottom, top) = stack();
    let mut at = bottom;
    // SAFETY: reads inside the stack.
    while at < top && unsafe { (at as *const u32).read_volatile() } == PAINT {
        at += 4;
    }
    top - at
}

/// Bytes of stack there are.
pub fn stack_size() -> usize {
    let (bottom, top) = stack();
    top - bottom
}

/// Bytes in flash (code, constants, initial values) and of static RAM, as the linker laid them out.
pub fn image_sizes() -> (usize, usize) {
    let data = &raw const __edata as usize - &raw const __sdata as usize;
    let constant = &raw const __erodata as usize - &raw const __stext as usize;
    (constant + data, &raw const __ebss as usize - &raw const __sdata as usize)
}

fn stack() -> (usize, usize) {
    // Linker symbols: only their addresses mean something.
    (&raw const _kvs_stack_bottom as usize, &raw const _kvs_stack_top as usize)
}

#[unsafe(no_mangle)]
extern "C" fn kvs_exception(sp: usize) -> ! {
    let (bottom, _) = stack();
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
    match how {
        Crash::Panic => panic!("told to"),
        // Nothing answers there: an access fault.
        // SAFETY: that is what it is for.
        Crash::Trap => unsafe {
            (0xffff_fff0 as *const u32).read_volatile();
        },
        Crash::Stack => {
            deeper(0);
        }
        Crash::Hang => loop {
            core::hint::spin_loop();
        },
    }
}

/// Until the stack is full.
#[expect(unconditional_recursion, reason = "that is what it is for")]
fn deeper(level: u32) -> u32 {
    let room = core::hint::black_box([level; 64]);
    let below = deeper(level + 1);
    // Used after the call, so that it is one.
    core::hint::black_box(room).iter().fold(below, |sum, word| sum ^ word)
}

/// The watchdog bites.
pub fn bite(why: &str) -> ! {
    die(CODE_WATCHDOG, format_args!("watchdog: {why}, at pc {:#x}", mepc::read()));
}

#[panic_handler]
fn panic(info: &core::panic::PanicInfo<'_>) -> ! {
    die(CODE_PANIC, format_args!("{info}"));
}

/// Last words, in the line protocol, then the end.
fn die(code: u32, words: core::fmt::Arguments<'_>) -> ! {
    riscv::interrupt::disable();
    let mut text = Text::<WORDS_MAX>::EMPTY;
    // What does not fit is cut.
    let _ = Cut(&mut text).write_fmt(words);
    let mut line = LineBuf::new();
    let (seq, ms) = (console::next_seq(), hw::ticks() / 10_000);
    // Whatever was being said is cut off here.
    console::put("");
    console::put(Event::Panic { text: text.as_str() }.write(seq, ms, &mut line));
    hw::exit(code);
}

/// Keeps what fits, byte for byte.
struct Cut<'a, const N: usize>(&'a mut Text<N>);

impl<const N: usize> core::fmt::Write for Cut<'_, N> {
    fn write_str(&mut self, text: &str) -> core::fmt::Result {
        for char in text.chars() {
            let _ = self.0.write_char(char);
        }
        Ok(())
    }
}
