//! The two buffers of a link that hold a record: as large as the record, and only while there is one.
//!
//! Mbed TLS takes 16 KB inwards for as long as a link is open, because a server may send so much, and TLS 1.3 has nothing by
//! which a client could ask for less that AWS or rustls would keep to. So its buffers are replaced: whoever reads asks for room
//! when a record's head has said how long it is, and gives it back when the record has been read.

#![expect(unsafe_code, reason = "moves buffers that the C library's context points into")]

use core::ffi::c_int;

use mbedtls_rs_sys as sys;
use mbedtls_rs_sys::mbedtls_ssl_context;

use super::library::calloc;
use crate::memory::stint;

/// Inwards at rest: sequence number and a record's head.
const RESTING_IN: usize = 32;
/// Outwards at rest: an alert, sealed.
const RESTING_OUT: usize = 128;
/// What sealing adds to a record: head, sequence number, explicit nonce, tag, content type, padding.
const SEAL: usize = 64;

/// No memory for a record.
#[derive(Debug)]
pub struct NoMemory;

/// How large the two buffers are now.
pub struct Records {
    input: usize,
    /// 0 while it is the library's own, of full size: in a handshake.
    output: usize,
}

impl Records {
    /// Runs `setup` (`mbedtls_ssl_setup`, which writes nothing into its buffers) on `ssl` so that the input is at rest from
    /// the start. The output stays as the library has it: handshakes are written as if it had its full size.
    pub fn set_up(
        ssl: &mut mbedtls_ssl_context,
        setup: impl FnOnce(&mut mbedtls_ssl_context) -> c_int,
    ) -> (Self, c_int) {
        let (result, stinted) = stint(RESTING_IN, || setup(ssl));
        // Without 16 KB inwards the library would be another, of which all here might be wrong.
        assert!(result != 0 || stinted, "Mbed TLS has its full input");
        (Self { input: RESTING_IN, output: 0 }, result)
    }

    /// One past the input's end.
    pub fn input_end(&self, ssl: &mbedtls_ssl_context) -> usize {
        ssl.private_in_buf as usize + self.input
    }

    /// Makes room for input up to `end`, which lies beyond [`Self::input_end`].
    pub fn grow_input(
        &mut self,
        ssl: &mut mbedtls_ssl_context,
        end: usize,
    ) -> Result<(), NoMemory> {
        let len = end.saturating_sub(ssl.private_in_buf as usize);
        self.resize_input(ssl, len)
    }

    /// Gives the input back if nothing is in it.
    pub fn rest_input(&mut self, ssl: &mut mbedtls_ssl_context) {
        let empty =
            ssl.private_in_left == 0 && ssl.private_in_hslen == 0 && ssl.private_in_offt.is_null();
        if empty && self.input > RESTING_IN {
            // A smaller buffer is not to be had: then the larger one stays.
            let _ = self.resize_input(ssl, RESTING_IN);
        }
    }

    /// Makes room for a record of `len` bytes outwards; 0 to give it back.
    pub fn fit_output(
        &mut self,
        ssl: &mut mbedtls_ssl_context,
        len: usize,
    ) -> Result<(), NoMemory> {
        let wanted = if len == 0 { RESTING_OUT } else { len + SEAL };
        if ssl.private_out_left > 0 || self.output == wanted {
            return Ok(());
        }
        let memory = calloc(wanted);
        if memory.is_null() {
            return Err(NoMemory);
        }
        let from = ssl.private_out_buf;
        for pointer in [
            &mut ssl.private_out_buf,
            &mut ssl.private_out_ctr,
            &mut ssl.private_out_hdr,
            &mut ssl.private_out_len,
            &mut ssl.private_out_iv,
            &mut ssl.private_out_msg,
        ] {
            *pointer = moved(*pointer, from, memory);
        }
        // The sequence number stands in the context; nothing else of the old buffer is wanted.
        // SAFETY: of the library's allocator; nothing points there any more.
        unsafe { sys::mbedtls_free(from.cast()) };
        self.output = wanted;
        Ok(())
    }

    fn resize_input(&mut self, ssl: &mut mbedtls_ssl_context, to: usize) -> Result<(), NoMemory> {
        let memory = calloc(to);
        if memory.is_null() {
            return Err(NoMemory);
        }
        let from = ssl.private_in_buf;
        let kept = to.min(self.input);
        // SAFETY: both have so many bytes; the old one is not pointed to after this.
        unsafe {
            core::ptr::copy_nonoverlapping(from, memory, kept);
            for pointer in [
                &mut ssl.private_in_buf,
                &mut ssl.private_in_ctr,
                &mut ssl.private_in_hdr,
                &mut ssl.private_in_len,
                &mut ssl.private_in_iv,
                &mut ssl.private_in_msg,
                &mut ssl.private_in_offt,
            ] {
                *pointer = moved(*pointer, from, memory);
            }
            sys::mbedtls_platform_zeroize(from.cast(), self.input);
            sys::mbedtls_free(from.cast());
        }
        self.input = to;
        Ok(())
    }

    /// Frees them; the context is left without. What was in them is wiped.
    pub fn free(&mut self, ssl: &mut mbedtls_ssl_context) {
        // SAFETY: ours, or the library's own of its full size; the context forgets them.
        unsafe {
            sys::mbedtls_platform_zeroize(ssl.private_in_buf.cast(), self.input);
            sys::mbedtls_free(ssl.private_in_buf.cast());
            ssl.private_in_buf = core::ptr::null_mut();
            // At full size the library frees it itself.
            if self.output > 0 {
                sys::mbedtls_platform_zeroize(ssl.private_out_buf.cast(), self.output);
                sys::mbedtls_free(ssl.private_out_buf.cast());
                ssl.private_out_buf = core::ptr::null_mut();
            }
        }
    }
}

/// The place in `to` that `pointer` has in `from`. It may lie beyond a resting buffer's end: the library sets such a pointer anew
/// before it follows it.
fn moved(pointer: *mut u8, from: *mut u8, to: *mut u8) -> *mut u8 {
    if pointer.is_null() {
        return pointer;
    }
    to.wrapping_add((pointer as usize).wrapping_sub(from as usize))
}
