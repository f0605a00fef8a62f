//! Credentials in a text file: `CREDENTIALS <key> <secret>` for ever, or
//! `CREDENTIALS <key> <expiration, ISO 8601 Z> <secret> <token>`.

use core::ffi::c_char;
use std::sync::Arc;

use super::clock::Clock;
use super::credentials::Owned;
use super::kept::Shelf;
use super::{Gives, free, give, hand_out};
use crate::abi::structs::{AwsCredentialProvider, AwsCredentials, CurrentTime};
use crate::abi::{PER_MS, PER_S, Status, Time, limits, status};
use crate::api::guarded;
use crate::text;

/// The file is read again before its credentials end, and at the latest after this.
const LIFE_MAX: Time = 40 * 60 * PER_S;
/// A larger file is none of ours.
const FILE_MAX: usize = 10_000;

/// C sees its first member.
#[repr(C)]
struct FileProvider {
    base: AwsCredentialProvider,
    path: String,
    clock: Clock,
    shelf: Arc<Shelf>,
}

impl Gives for FileProvider {
    fn credentials(&self) -> Result<*mut AwsCredentials, Status> {
        let mut kept = self.shelf.lock();
        let now = self.clock.now();
        if let Some(good) = kept.good(now) {
            return Ok(good);
        }
        let bytes = std::fs::read(&self.path)
            .map_err(|_| status::FILE_CREDENTIAL_PROVIDER_OPEN_FILE_FAILED)?;
        if bytes.is_empty() || bytes.len() > FILE_MAX {
            return Err(status::FILE_CREDENTIAL_PROVIDER_INVALID_FILE_LENGTH);
        }
        let parsed = core::str::from_utf8(&bytes).ok().and_then(parse);
        let parsed = parsed.ok_or(status::FILE_CREDENTIAL_PROVIDER_INVALID_FILE_FORMAT)?;
        let until = parsed.expiration.unwrap_or(Time::MAX).min(now.saturating_add(LIFE_MAX));
        let credentials = Owned::of(parsed.key, parsed.secret, parsed.token, until)?;
        Ok(kept.renew(credentials, until))
    }
}

struct Parsed<'f> {
    key: &'f str,
    secret: &'f str,
    token: &'f str,
    expiration: Option<Time>,
}

fn parse(file: &str) -> Option<Parsed<'_>> {
    let mut words = file.split_whitespace();
    if words.next()? != "CREDENTIALS" {
        return None;
    }
    let (key, second) = (words.next()?, words.next()?);
    let fits = |text: &str, max| text.len() <= max;
    let parsed = match (words.next(), words.next()) {
        (None, _) => Parsed { key, secret: second, token: "", expiration: None },
        (Some(secret), Some(token)) => {
            let expires = kvs_signaling::wire::date::parse_iso8601(second.as_bytes())?;
            Parsed { key, secret, token, expiration: Some(expires.0 * PER_MS) }
        }
        (Some(_), None) => return None,
    };
    let legal = fits(parsed.key, limits::ACCESS_KEY)
        && fits(parsed.secret, limits::SECRET_KEY)
        && fits(parsed.token, limits::SESSION_TOKEN);
    legal.then_some(parsed)
}

/// `createFileCredentialProvider`.
///
/// # Safety
/// `path` is NULL or NUL-terminated; `provider` is NULL or can be written.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn createFileCredentialProvider(
    path: *const c_char,
    provider: *mut *mut AwsCredentialProvider,
) -> Status {
    // SAFETY: as the caller says.
    unsafe { createFileCredentialProviderWithTime(path, None, 0, provider) }
}

/// `createFileCredentialProviderWithTime`: with the application's clock.
///
/// # Safety
/// As [`createFileCredentialProvider`].
#[unsafe(no_mangle)]
pub unsafe extern "C" fn createFileCredentialProviderWithTime(
    path: *const c_char,
    clock: Option<CurrentTime>,
    custom_data: u64,
    provider: *mut *mut AwsCredentialProvider,
) -> Status {
    guarded(|| {
        if provider.is_null() {
            return Err(status::NULL_ARG);
        }
        // SAFETY: as the caller says.
        let path = unsafe { text::read(path, limits::PATH) }.map_err(|_| status::INVALID_ARG)?;
        let path = path.filter(|path| !path.is_empty()).ok_or(status::NULL_ARG)?;
        let base = AwsCredentialProvider { credentials: Some(give::<FileProvider>) };
        let clock = Clock::new(clock, custom_data);
        let shelf = Arc::new(Shelf::default());
        let made = Box::new(FileProvider { base, path, clock, shelf: Arc::clone(&shelf) });
        // The SDK reads it here too: a wrong path shows at once.
        made.credentials()?;
        // SAFETY: checked above.
        unsafe { *provider = hand_out(made, shelf) };
        Ok(())
    })
}

/// `freeFileCredentialProvider`: idempotent.
///
/// # Safety
/// `provider` is NULL or points to NULL or to what `createFileCredentialProvider` gave.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn freeFileCredentialProvider(
    provider: *mut *mut AwsCredentialProvider,
) -> Status {
    // SAFETY: as the caller says.
    guarded(|| unsafe { free::<FileProvider>(provider) })
}
