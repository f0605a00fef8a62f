//! Mbed TLS as a library: its clocks, its randomness, and its structures as owned values.

#![expect(
    unsafe_code,
    reason = "a C library, and the hooks through which it asks for time and randomness"
)]

use core::cell::Cell;
use core::ffi::{c_int, c_uchar, c_void};
use core::ops::{Deref, DerefMut};
use core::ptr::NonNull;

use critical_section::Mutex;
use embassy_time::Instant;
use mbedtls_rs_sys as sys;
use mbedtls_rs_sys::hook::timer::{MbedtlsTimer, hook_timer};
use mbedtls_rs_sys::hook::wall_clock::{MbedtlsWallClock, hook_wall_clock};

use crate::board::{self, Board};
use crate::date::{Civil, civil};
use crate::memory;

/// What certificates' dates are held against: ms since 1970 less ms since power-on. Until a time is believed it stands at
/// 1970, and what that makes of the dates is not held against a certificate: without any time the library gives up.
static CERTIFICATE_TIME: Mutex<Cell<u64>> = Mutex::new(Cell::new(0));

struct Clocks;

impl MbedtlsTimer for Clocks {
    /// The clock that runs on while the device sleeps: the age of a ticket is counted with it.
    fn now(&self) -> i64 {
        board::get().map_or(0, |board| i64::try_from(board.lasting_ms()).unwrap_or(i64::MAX))
    }
}

impl MbedtlsWallClock for Clocks {
    fn instant(&self) -> Option<sys::tm> {
        let start = critical_section::with(|cs| CERTIFICATE_TIME.borrow(cs).get());
        let Civil { year, month, day, hour, minute, second } =
            civil((start + Instant::now().as_millis()) / 1_000);
        // SAFETY: a C structure of numbers.
        let mut tm: sys::tm = unsafe { core::mem::zeroed() };
        (tm.tm_year, tm.tm_mon, tm.tm_mday) = (year - 1900, month - 1, day);
        (tm.tm_hour, tm.tm_min, tm.tm_sec) = (hour, minute, second);
        Some(tm)
    }
}

/// Readies the library, to run on `board`. Once, before anything else here, with a heap in place.
///
/// # Panics
/// When the library does not start: there is nothing a device could safely do without it.
pub fn start(board: &'static dyn Board) {
    board::set(board);
    // SAFETY: before any other use of the library; `Clocks` has no state.
    let status = unsafe {
        sys::mbedtls_platform_set_calloc_free(Some(memory::calloc), Some(memory::free));
        hook_timer(Some(&Clocks));
        hook_wall_clock(Some(&Clocks));
        sys::psa_crypto_init()
    };
    assert!(status == 0, "Mbed TLS does not start: {status}");
}

/// From now on certificates' dates are held against `unix_ms`.
pub fn believe(unix_ms: u64) {
    let start = unix_ms.saturating_sub(Instant::now().as_millis());
    critical_section::with(|cs| CERTIFICATE_TIME.borrow(cs).set(start));
}

fn fill(bytes: &mut [u8]) -> bool {
    board::get().inspect(|board| board.fill(bytes)).is_some()
}

/// Randomness for a handshake.
pub unsafe extern "C" fn random(_: *mut c_void, bytes: *mut c_uchar, len: usize) -> c_int {
    // SAFETY: the library has `len` bytes there.
    let filled = len == 0 || fill(unsafe { core::slice::from_raw_parts_mut(bytes, len) });
    if filled { 0 } else { sys::MBEDTLS_ERR_CTR_DRBG_ENTROPY_SOURCE_FAILED }
}

/// Randomness for the library's cryptography.
#[unsafe(no_mangle)]
unsafe extern "C" fn mbedtls_psa_external_get_random(
    _: *mut c_void,
    bytes: *mut c_uchar,
    room: usize,
    len: *mut usize,
) -> c_int {
    /// `PSA_ERROR_INSUFFICIENT_ENTROPY`; the bindings have no `PSA_…`.
    const NONE: c_int = -148;
    // SAFETY: the library has `room` bytes there, and a place for how many were filled.
    unsafe {
        *len = room;
        if random(core::ptr::null_mut(), bytes, room) == 0 { 0 } else { NONE }
    }
}

/// A structure of the library that is made empty and freed whole.
pub trait Structure {
    const INIT: unsafe extern "C" fn(*mut Self);
    const FREE: unsafe extern "C" fn(*mut Self);
}

macro_rules! structures {
    ($( $name:ident: $init:ident, $free:ident; )*) => { $(
        impl Structure for sys::$name {
            const INIT: unsafe extern "C" fn(*mut Self) = sys::$init;
            const FREE: unsafe extern "C" fn(*mut Self) = sys::$free;
        }
    )* };
}

structures! {
    mbedtls_ssl_context: mbedtls_ssl_init, mbedtls_ssl_free;
    mbedtls_ssl_config: mbedtls_ssl_config_init, mbedtls_ssl_config_free;
    mbedtls_ssl_session: mbedtls_ssl_session_init, mbedtls_ssl_session_free;
    mbedtls_x509_crt: mbedtls_x509_crt_init, mbedtls_x509_crt_free;
    mbedtls_pk_context: mbedtls_pk_init, mbedtls_pk_free;
}

/// Owns one of them, in memory that is counted as TLS's.
pub struct Owned<T: Structure>(NonNull<T>);

impl<T: Structure> Owned<T> {
    /// An empty one; `None` without memory.
    pub fn new() -> Option<Self> {
        let memory = NonNull::new(calloc(size_of::<T>()).cast::<T>())?;
        // SAFETY: zeroed memory of that size, of which the library makes an empty structure.
        unsafe { T::INIT(memory.as_ptr()) };
        Some(Self(memory))
    }

    /// For the library. It does not move.
    pub fn raw(&mut self) -> *mut T {
        self.0.as_ptr()
    }
}

impl<T: Structure> Deref for Owned<T> {
    type Target = T;

    fn deref(&self) -> &T {
        // SAFETY: made in `new`, and freed only in `drop`.
        unsafe { self.0.as_ref() }
    }
}

impl<T: Structure> DerefMut for Owned<T> {
    fn deref_mut(&mut self) -> &mut T {
        // SAFETY: as above.
        unsafe { self.0.as_mut() }
    }
}

impl<T: Structure> Drop for Owned<T> {
    fn drop(&mut self) {
        // SAFETY: made in `new`; nothing uses it after this.
        unsafe {
            T::FREE(self.0.as_ptr());
            sys::mbedtls_free(self.0.as_ptr().cast());
        }
    }
}

/// Zeroed memory, counted as TLS's; null without any.
pub fn calloc(len: usize) -> *mut u8 {
    // SAFETY: gives memory or null.
    unsafe { sys::mbedtls_calloc(1, len) }.cast()
}
