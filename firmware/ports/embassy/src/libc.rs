//! The few C library functions that Mbed TLS calls. Text functions do as little as is allowed: nothing of what they
//! would write is ever read.

#![expect(unsafe_code, reason = "C functions over raw memory, as the C standard words them")]

use core::ffi::{c_char, c_int, c_void};

use crate::memory;

#[unsafe(no_mangle)]
unsafe extern "C" fn calloc(count: usize, size: usize) -> *mut c_void {
    // SAFETY: C's own contract.
    unsafe { memory::calloc(count, size) }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn free(block: *mut c_void) {
    // SAFETY: as above.
    unsafe { memory::free(block) }
}

#[unsafe(no_mangle)]
extern "C" fn printf(_format: *const c_char) -> c_int {
    0
}

#[unsafe(no_mangle)]
extern "C" fn puts(_text: *const c_char) -> c_int {
    0
}

#[unsafe(no_mangle)]
extern "C" fn putchar(byte: c_int) -> c_int {
    byte
}

#[unsafe(no_mangle)]
unsafe extern "C" fn snprintf(to: *mut c_char, room: usize, _format: *const c_char) -> c_int {
    // SAFETY: the caller has `room` bytes.
    unsafe { empty(to, room) }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn vsnprintf(
    to: *mut c_char,
    room: usize,
    _format: *const c_char,
    _values: *mut c_void,
) -> c_int {
    // SAFETY: as above.
    unsafe { empty(to, room) }
}

unsafe fn empty(to: *mut c_char, room: usize) -> c_int {
    if room > 0 {
        // SAFETY: the caller has `room` bytes.
        unsafe { to.write(0) };
    }
    0
}

#[unsafe(no_mangle)]
unsafe extern "C" fn memchr(from: *const u8, byte: c_int, len: usize) -> *const u8 {
    // SAFETY: `len` bytes can be read.
    unsafe { (0..len).map(|at| from.add(at)).find(|at| **at == byte as u8) }
        .unwrap_or(core::ptr::null())
}

#[unsafe(no_mangle)]
unsafe extern "C" fn strcmp(a: *const u8, b: *const u8) -> c_int {
    // SAFETY: both end in a zero.
    unsafe { strncmp(a, b, usize::MAX) }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn strncmp(a: *const u8, b: *const u8, len: usize) -> c_int {
    for at in 0..len {
        // SAFETY: neither had its zero before `at`.
        let (x, y) = unsafe { (*a.add(at), *b.add(at)) };
        if x != y || x == 0 {
            return c_int::from(x) - c_int::from(y);
        }
    }
    0
}

#[unsafe(no_mangle)]
unsafe extern "C" fn strchr(text: *const u8, byte: c_int) -> *const u8 {
    let mut at = text;
    loop {
        // SAFETY: no zero before `at`.
        let here = unsafe { *at };
        if here == byte as u8 {
            return at;
        }
        if here == 0 {
            return core::ptr::null();
        }
        // SAFETY: the zero is still ahead.
        at = unsafe { at.add(1) };
    }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn strncpy(to: *mut u8, from: *const u8, len: usize) -> *mut u8 {
    let mut ended = false;
    for at in 0..len {
        // SAFETY: `to` has `len` bytes; `from` is not read past its zero.
        unsafe {
            let byte = if ended { 0 } else { *from.add(at) };
            to.add(at).write(byte);
            ended |= byte == 0;
        }
    }
    to
}

#[unsafe(no_mangle)]
unsafe extern "C" fn strstr(text: *const u8, part: *const u8) -> *const u8 {
    // SAFETY: both end in a zero, and nothing is read past it.
    unsafe {
        let mut len = 0;
        while *part.add(len) != 0 {
            len += 1;
        }
        let mut at = text;
        loop {
            if strncmp(at, part, len) == 0 {
                return at;
            }
            if *at == 0 {
                return core::ptr::null();
            }
            at = at.add(1);
        }
    }
}
