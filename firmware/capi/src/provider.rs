//! The SDK's credential providers (spec §4.2): static, from a file, and for a device's certificate.

mod clock;
mod credentials;
mod file;
mod iot;
mod kept;

use core::ffi::c_char;
use core::ptr;
use std::sync::Arc;

use crate::abi::structs::{AwsCredentialProvider, AwsCredentials};
use crate::abi::{Status, Time, status};
use crate::api::guarded;
use credentials::Owned;
use kept::Shelf;

pub use credentials::{createAwsCredentials, freeAwsCredentials};
pub use file::{
    createFileCredentialProvider, createFileCredentialProviderWithTime, freeFileCredentialProvider,
};
pub use iot::{
    createCurlIotCredentialProvider, createCurlIotCredentialProviderWithTime,
    createCurlIotCredentialProviderWithTimeAndTimeout, createLwsIotCredentialProvider,
    createLwsIotCredentialProviderWithTime, freeIotCredentialProvider,
};

/// The provider that gives what it was made with. C sees its first member.
#[repr(C)]
struct StaticProvider {
    base: AwsCredentialProvider,
    credentials: Owned,
}

/// A provider of ours: its first member is the base that C sees.
trait Gives {
    /// What it gives now; it stays its own.
    fn credentials(&self) -> Result<*mut AwsCredentials, Status>;
}

impl Gives for StaticProvider {
    fn credentials(&self) -> Result<*mut AwsCredentials, Status> {
        Ok(self.credentials.as_ptr())
    }
}

/// `getCredentialsFn` of the providers that are a `P`.
unsafe extern "C" fn give<P: Gives>(
    provider: *mut AwsCredentialProvider,
    credentials: *mut *mut AwsCredentials,
) -> Status {
    guarded(|| {
        if provider.is_null() || credentials.is_null() {
            return Err(status::NULL_ARG);
        }
        // SAFETY: only a `P` is made with this function, and it begins with the struct that C hands
        // back; what changes in it is behind a lock.
        let provider = unsafe { &*provider.cast::<P>() };
        let given = provider.credentials()?;
        // SAFETY: checked above.
        unsafe { *credentials = given };
        Ok(())
    })
}

/// `createStaticCredentialProvider`: lengths of 0 mean up to the NUL.
///
/// # Safety
/// Each text is NULL or has its length or a NUL; `provider` is NULL or can be written.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn createStaticCredentialProvider(
    access_key_id: *const c_char,
    access_key_id_len: u32,
    secret_key: *const c_char,
    secret_key_len: u32,
    session_token: *const c_char,
    session_token_len: u32,
    expiration: Time,
    provider: *mut *mut AwsCredentialProvider,
) -> Status {
    guarded(|| {
        if provider.is_null() {
            return Err(status::NULL_ARG);
        }
        // SAFETY: as the caller says.
        let credentials = unsafe {
            Owned::of_c(
                (access_key_id, access_key_id_len),
                (secret_key, secret_key_len),
                (session_token, session_token_len),
                expiration,
            )
        }?;
        let base = AwsCredentialProvider { credentials: Some(give::<StaticProvider>) };
        let made = Box::into_raw(Box::new(StaticProvider { base, credentials }));
        // SAFETY: checked above.
        unsafe { *provider = made.cast() };
        Ok(())
    })
}

/// `freeStaticCredentialProvider`: idempotent.
///
/// # Safety
/// `provider` is NULL or points to NULL or to what `createStaticCredentialProvider` gave.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn freeStaticCredentialProvider(
    provider: *mut *mut AwsCredentialProvider,
) -> Status {
    // SAFETY: as the caller says.
    guarded(|| unsafe { free::<StaticProvider>(provider) })
}

/// Frees the provider that stands there, if any, and leaves NULL.
///
/// # Safety
/// `at` is NULL or points to NULL or to a boxed `P`, whose first member is the base.
unsafe fn free<P>(at: *mut *mut AwsCredentialProvider) -> Result<(), Status> {
    // SAFETY: as the caller says.
    let made = unsafe { take(at) }?;
    if !made.is_null() {
        kept::take_down(made);
        // SAFETY: boxed as this type, as the caller says, and taken out just now.
        drop(unsafe { Box::from_raw(made.cast::<P>()) });
    }
    Ok(())
}

/// Hands a provider out to C, with the shelf of what it keeps.
fn hand_out<P: Gives>(made: Box<P>, shelf: Arc<Shelf>) -> *mut AwsCredentialProvider {
    let at = Box::into_raw(made).cast();
    kept::put_up(at, shelf);
    at
}

/// What a provider of ours keeps is renewed when it is asked next, though it should be good: the
/// service has refused it, or it ends within the client's grace. Other providers decide for themselves.
pub(crate) fn distrust(provider: *mut AwsCredentialProvider) {
    if let Some(shelf) = kept::shelf(provider) {
        shelf.lock().distrust();
    }
}

/// Takes what stands there, and leaves NULL.
///
/// # Safety
/// `at` is NULL or can be read and written.
unsafe fn take<T>(at: *mut *mut T) -> Result<*mut T, Status> {
    // SAFETY: as the caller says.
    let at = unsafe { at.as_mut() }.ok_or(status::NULL_ARG)?;
    Ok(core::mem::replace(at, ptr::null_mut()))
}
