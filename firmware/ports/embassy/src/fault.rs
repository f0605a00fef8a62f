//! How a device dies, as far as that is the same everywhere: its last words, its stack, and ways to die on purpose.

#![expect(unsafe_code, reason = "paints the stack")]

use core::fmt::Write as _;

use embassy_time::Instant;
use kvs_device::Text;
use kvs_trace::{Event, LineBuf};

use crate::console;

/// Longest last words; the line has room for 512 bytes, percent-encoded.
const WORDS_MAX: usize = 160;

/// Hands `put` the last words, in the line protocol. With interrupts off.
pub fn last_words(words: core::fmt::Arguments<'_>, put: impl Fn(&str)) {
    let mut text = Text::<WORDS_MAX>::EMPTY;
    // What does not fit is cut.
    let _ = Cut(&mut text).write_fmt(words);
    let mut line = LineBuf::new();
    let (seq, ms) = (console::next_seq(), Instant::now().as_millis());
    // Whatever was being said is cut off here.
    put("");
    put(Event::Panic { text: text.as_str() }.write(seq, ms, &mut line));
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

/// Where the stack lies, as the linker laid it out: it grows from `top` down to `bottom`.
#[derive(Clone, Copy)]
pub struct Stack {
    /// The lowest address.
    pub bottom: usize,
    /// One past the highest.
    pub top: usize,
}

const PAINT: u32 = 0xdead_beef;

impl Stack {
    /// Paints what lies below the caller, so that [`Self::peak`] sees how far it ever came. Once, first of all.
    ///
    /// # Safety
    /// This is the stack that the caller runs on, and interrupts are off.
    #[inline(never)]
    pub unsafe fn paint(self) {
        let here = core::ptr::from_ref(&self) as usize;
        let mut at = self.bottom;
        // SAFETY: words between the stack's end and a little below the stack pointer belong to nobody yet.
        unsafe {
            while at < here - 128 {
                (at as *mut u32).write_volatile(PAINT);
                at += 4;
            }
        }
    }

    /// Most bytes of it ever used.
    pub fn peak(self) -> usize {
        let mut at = self.bottom;
        // SAFETY: reads inside the stack.
        while at < self.top && unsafe { (at as *const u32).read_volatile() } == PAINT {
            at += 4;
        }
        self.top - at
    }

    /// Bytes there are.
    pub const fn size(self) -> usize {
        self.top - self.bottom
    }
}

/// Dies that way, for a test of what is then seen. `nowhere` is an address at which nothing answers.
#[cfg(feature = "test-console")]
pub fn cause(how: kvs_device::Crash, nowhere: usize) {
    use kvs_device::Crash;
    match how {
        Crash::Panic => panic!("told to"),
        // An access fault.
        // SAFETY: that is what it is for.
        Crash::Trap => unsafe {
            (nowhere as *const u32).read_volatile();
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
#[cfg(feature = "test-console")]
#[expect(unconditional_recursion, reason = "that is what it is for")]
fn deeper(level: u32) -> u32 {
    let room = core::hint::black_box([level; 64]);
    let below = deeper(level + 1);
    // Used after the call, so that it is one.
    core::hint::black_box(room).iter().fold(below, |sum, word| sum ^ word)
}
