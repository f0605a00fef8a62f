//! Credentials from AWS IoT, for a device's certificate (spec §9): `createLwsIotCredentialProvider`
//! and its variants. Which of the SDK's transports a program asks for makes no difference but in how
//! failures are named.

mod answer;
mod device;

use core::ffi::c_char;
use std::sync::Arc;
use std::time::Duration;

use super::clock::Clock;
use super::kept::Shelf;
use super::{Gives, free, give, hand_out};
use crate::abi::structs::{AwsCredentialProvider, AwsCredentials, CurrentTime};
use crate::abi::{Status, Time, limits, status};
use crate::api::guarded;
use crate::text::{self, BadText};
use device::{Device, Fetched, Flavour};

/// For the connection, unless the program says otherwise.
const CONNECT: Duration = Duration::from_secs(3);
/// For all of a call.
const WHOLE: Duration = Duration::from_secs(5);

/// C sees its first member.
#[repr(C)]
struct IotProvider {
    base: AwsCredentialProvider,
    device: Device,
    clock: Clock,
    shelf: Arc<Shelf>,
}

impl Gives for IotProvider {
    fn credentials(&self) -> Result<*mut AwsCredentials, Status> {
        let mut kept = self.shelf.lock();
        let now = self.clock.now();
        if let Some(good) = kept.good(now) {
            return Ok(good);
        }
        let Fetched { credentials, until } = self.device.fetch(now)?;
        Ok(kept.renew(credentials, until))
    }
}

/// The arguments that all variants have.
struct Texts {
    endpoint: *const c_char,
    certificate_path: *const c_char,
    key_path: *const c_char,
    ca_path: *const c_char,
    role_alias: *const c_char,
    thing_name: *const c_char,
}

/// # Safety
/// Each text is NULL or NUL-terminated; `provider` is NULL or can be written.
unsafe fn create(
    flavour: Flavour,
    texts: &Texts,
    (connect, whole): (Duration, Duration),
    clock: Clock,
    provider: *mut *mut AwsCredentialProvider,
) -> Result<(), Status> {
    if provider.is_null() {
        return Err(status::NULL_ARG);
    }
    let text = |at, max, too_long| {
        // SAFETY: as the caller says.
        let text = unsafe { text::read(at, max) }.map_err(|bad| match bad {
            BadText::TooLong => too_long,
            BadText::NotText => status::INVALID_ARG,
        })?;
        text.ok_or(status::NULL_ARG)
    };
    let path = |at| text(at, limits::PATH, status::PATH_TOO_LONG);
    let device = Device {
        flavour,
        endpoint: text(texts.endpoint, limits::URI, status::IOT_INVALID_URI_LEN)?,
        role_alias: text(
            texts.role_alias,
            limits::ROLE_ALIAS,
            status::MAX_ROLE_ALIAS_LEN_EXCEEDED,
        )?,
        key_path: path(texts.key_path)?,
        ca_path: path(texts.ca_path)?,
        certificate_path: path(texts.certificate_path)?,
        thing_name: text(texts.thing_name, limits::THING_NAME, status::MAX_IOT_THING_NAME_LENGTH)?,
        connect,
        whole,
    };
    // It goes into a header line as it is.
    if !device.thing_name.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err(status::INVALID_ARG);
    }
    let base = AwsCredentialProvider { credentials: Some(give::<IotProvider>) };
    let shelf = Arc::new(Shelf::default());
    let made = Box::new(IotProvider { base, device, clock, shelf: Arc::clone(&shelf) });
    // The SDK calls here too: what is wrong shows at once.
    made.credentials()?;
    // SAFETY: checked above.
    unsafe { *provider = hand_out(made, shelf) };
    Ok(())
}

/// As the SDK: 0 stands for the usual, and a whole shorter than its part makes both usual.
fn durations(connect: Time, whole: Time) -> (Duration, Duration) {
    let of = |units: Time, usual| match units {
        0 => usual,
        units => Duration::from_nanos(units.saturating_mul(100)),
    };
    let (connect, whole) = (of(connect, CONNECT), of(whole, WHOLE));
    if whole < connect { (CONNECT, WHOLE) } else { (connect, whole) }
}

macro_rules! constructor {
    ($(#[$doc:meta])* $name:ident, $flavour:expr, ($($more:ident: $type:ty),*) $times:expr, $clock:expr) => {
        $(#[$doc])*
        ///
        /// # Safety
        /// Each text is NULL or NUL-terminated; `provider` is NULL or can be written.
        #[unsafe(no_mangle)]
        pub unsafe extern "C" fn $name(
            endpoint: *const c_char,
            certificate_path: *const c_char,
            key_path: *const c_char,
            ca_path: *const c_char,
            role_alias: *const c_char,
            thing_name: *const c_char,
            $($more: $type,)*
            provider: *mut *mut AwsCredentialProvider,
        ) -> Status {
            let texts =
                Texts { endpoint, certificate_path, key_path, ca_path, role_alias, thing_name };
            // SAFETY: as the caller says.
            guarded(|| unsafe { create($flavour, &texts, $times, $clock, provider) })
        }
    };
}

constructor! {
    /// `createLwsIotCredentialProvider`: fetches credentials at once, and again before they end.
    createLwsIotCredentialProvider, Flavour::Lws, () (CONNECT, WHOLE), Clock::new(None, 0)
}
constructor! {
    /// `createLwsIotCredentialProviderWithTime`: with the application's clock.
    createLwsIotCredentialProviderWithTime, Flavour::Lws,
    (clock: Option<CurrentTime>, custom_data: u64)
    (CONNECT, WHOLE), Clock::new(clock, custom_data)
}
constructor! {
    /// `createCurlIotCredentialProvider`.
    createCurlIotCredentialProvider, Flavour::Curl, () (CONNECT, WHOLE), Clock::new(None, 0)
}
constructor! {
    /// `createCurlIotCredentialProviderWithTime`: with the application's clock.
    createCurlIotCredentialProviderWithTime, Flavour::Curl,
    (clock: Option<CurrentTime>, custom_data: u64)
    (CONNECT, WHOLE), Clock::new(clock, custom_data)
}
constructor! {
    /// `createCurlIotCredentialProviderWithTimeAndTimeout`: and limits for the connection and for the
    /// whole call, in 100 ns.
    createCurlIotCredentialProviderWithTimeAndTimeout, Flavour::Curl,
    (connect: Time, whole: Time, clock: Option<CurrentTime>, custom_data: u64)
    durations(connect, whole), Clock::new(clock, custom_data)
}

/// `freeIotCredentialProvider`: idempotent.
///
/// # Safety
/// `provider` is NULL or points to NULL or to what one of the functions above gave.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn freeIotCredentialProvider(
    provider: *mut *mut AwsCredentialProvider,
) -> Status {
    // SAFETY: as the caller says.
    guarded(|| unsafe { free::<IotProvider>(provider) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_are_taken_as_the_sdk_takes_them() {
        let s = |seconds| seconds * crate::abi::PER_S;
        assert_eq!(durations(0, 0), (CONNECT, WHOLE));
        assert_eq!(durations(s(1), s(2)), (Duration::from_secs(1), Duration::from_secs(2)));
        assert_eq!(durations(s(9), 0), (CONNECT, WHOLE));
    }
}
