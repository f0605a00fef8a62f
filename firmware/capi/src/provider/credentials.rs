//! `AwsCredentials`: a struct and its texts in one allocation.

use core::alloc::Layout;
use core::ffi::c_char;
use core::ptr;
use std::alloc::{alloc_zeroed, dealloc};

use crate::abi::structs::AwsCredentials;
use crate::abi::{Status, Time, limits, status};
use crate::api::guarded;
use crate::text;

/// A text of C: where, and how long (0: up to its NUL).
pub(super) type Given = (*const c_char, u32);

/// Credentials that are freed when this is dropped.
pub(super) struct Owned(*mut AwsCredentials);

// SAFETY: the memory is this value's own, and nothing of a thread's is in it.
unsafe impl Send for Owned {}

impl Owned {
    /// # Safety
    /// Each text is NULL or has its length or a NUL.
    pub(super) unsafe fn of_c(
        access_key_id: Given,
        secret_key: Given,
        session_token: Given,
        expiration: Time,
    ) -> Result<Self, Status> {
        // SAFETY: as the caller says.
        let text = |given, max| unsafe { text(given, max) };
        let key = text(access_key_id, limits::ACCESS_KEY)?.ok_or(status::NULL_ARG)?;
        let secret = text(secret_key, limits::SECRET_KEY)?.ok_or(status::NULL_ARG)?;
        let token = text(session_token, limits::SESSION_TOKEN)?;
        Self::of(&key, &secret, token.as_deref().unwrap_or_default(), expiration)
    }

    /// One allocation: the struct, then the texts, each with a NUL.
    pub(super) fn of(
        key: &str,
        secret: &str,
        token: &str,
        expiration: Time,
    ) -> Result<Self, Status> {
        let texts = key.len() + secret.len() + token.len() + 3;
        let layout = layout(texts).ok_or(status::NOT_ENOUGH_MEMORY)?;
        // SAFETY: the layout holds at least the struct, so it is not empty.
        let at = unsafe { alloc_zeroed(layout) }.cast::<AwsCredentials>();
        if at.is_null() {
            return Err(status::NOT_ENOUGH_MEMORY);
        }
        // SAFETY: zeros are a valid AwsCredentials: numbers and NULLs.
        let credentials = unsafe { &mut *at };
        // SAFETY: the texts' room begins right behind the struct.
        let mut room = unsafe { at.add(1) }.cast::<c_char>();
        let mut put = |text: &str| {
            let start = room;
            // SAFETY: the layout has room for all three, and the NULs are there already.
            unsafe {
                ptr::copy_nonoverlapping(text.as_ptr().cast(), start, text.len());
                room = start.add(text.len() + 1);
            }
            (start, u32::try_from(text.len()).unwrap_or(0))
        };
        (credentials.access_key_id, credentials.access_key_id_len) = put(key);
        (credentials.secret_key, credentials.secret_key_len) = put(secret);
        let (token_at, token_len) = put(token);
        if token_len > 0 {
            (credentials.session_token, credentials.session_token_len) = (token_at, token_len);
        }
        credentials.expiration = expiration;
        credentials.size = u32::try_from(layout.size()).unwrap_or(0);
        Ok(Self(at))
    }

    pub(super) fn as_ptr(&self) -> *mut AwsCredentials {
        self.0
    }

    fn into_raw(self) -> *mut AwsCredentials {
        let raw = self.0;
        core::mem::forget(self);
        raw
    }
}

impl Drop for Owned {
    fn drop(&mut self) {
        // SAFETY: made in `of` with this very layout, whose size stands in the struct.
        unsafe {
            let size = (*self.0).size as usize;
            if let Some(layout) = layout(size - size_of::<AwsCredentials>()) {
                // A secret does not stay behind in freed memory.
                ptr::write_bytes(self.0.cast::<u8>(), 0, size);
                dealloc(self.0.cast(), layout);
            }
        }
    }
}

fn layout(texts: usize) -> Option<Layout> {
    let size = size_of::<AwsCredentials>().checked_add(texts)?;
    Layout::from_size_align(size, align_of::<AwsCredentials>()).ok()
}

/// # Safety
/// The text is NULL or has its length or a NUL.
unsafe fn text((at, len): Given, max: usize) -> Result<Option<String>, Status> {
    let len = usize::try_from(len).unwrap_or(usize::MAX);
    if at.is_null() {
        return Ok(None);
    }
    if len > max {
        return Err(status::INVALID_ARG);
    }
    if len == 0 {
        // SAFETY: as the caller says.
        return unsafe { text::read(at, max) }.map_err(|_| status::INVALID_ARG);
    }
    // SAFETY: as the caller says.
    let bytes = unsafe { core::slice::from_raw_parts(at.cast::<u8>(), len) };
    String::from_utf8(bytes.to_vec()).map(Some).map_err(|_| status::INVALID_ARG)
}

/// `createAwsCredentials`.
///
/// # Safety
/// Each text is NULL or has its length or a NUL; `credentials` is NULL or can be written.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn createAwsCredentials(
    access_key_id: *const c_char,
    access_key_id_len: u32,
    secret_key: *const c_char,
    secret_key_len: u32,
    session_token: *const c_char,
    session_token_len: u32,
    expiration: Time,
    credentials: *mut *mut AwsCredentials,
) -> Status {
    guarded(|| {
        if credentials.is_null() {
            return Err(status::NULL_ARG);
        }
        // SAFETY: as the caller says.
        let owned = unsafe {
            Owned::of_c(
                (access_key_id, access_key_id_len),
                (secret_key, secret_key_len),
                (session_token, session_token_len),
                expiration,
            )
        }?;
        // SAFETY: checked above.
        unsafe { *credentials = owned.into_raw() };
        Ok(())
    })
}

/// `freeAwsCredentials`: idempotent.
///
/// # Safety
/// `credentials` is NULL or points to NULL or to what `createAwsCredentials` gave.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn freeAwsCredentials(credentials: *mut *mut AwsCredentials) -> Status {
    guarded(|| {
        // SAFETY: as the caller says.
        let made = unsafe { super::take(credentials) }?;
        if !made.is_null() {
            drop(Owned(made));
        }
        Ok(())
    })
}
