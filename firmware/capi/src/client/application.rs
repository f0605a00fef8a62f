//! The application's functions: the only place that calls into C.

use core::ffi::c_char;
use core::ptr;

use kvs_signaling::UnixTime;

use crate::abi::structs::{AwsCredentialProvider, AwsCredentials, Callbacks, ReceivedMessage};
use crate::abi::{PER_MS, Status, limits, status};
use crate::platform;

/// Callbacks and provider. They outlive the client: that is the SDK's contract with the caller.
pub(super) struct Application {
    callbacks: Callbacks,
    provider: *mut AwsCredentialProvider,
}

// SAFETY: the SDK calls these functions from threads of its own, and so may we; the provider is
// only ever handed back to its own function, one call at a time.
unsafe impl Send for Application {}
// SAFETY: as above; nothing in here changes.
unsafe impl Sync for Application {}

/// A copy of what the provider gave.
pub(super) struct Keys {
    pub(super) access_key_id: String,
    pub(super) secret_key: String,
    pub(super) session_token: String,
    /// `None`: they do not expire.
    pub(super) expires: Option<UnixTime>,
}

/// Times this far ahead mean never: the year 2262.
const NEVER_MS: u64 = 9_214_646_400_000;

impl Application {
    pub(super) const fn new(callbacks: Callbacks, provider: *mut AwsCredentialProvider) -> Self {
        Self { callbacks, provider }
    }

    pub(super) fn unix_ms(&self) -> Option<u64> {
        let clock = self.callbacks.current_time?;
        // SAFETY: the application's function with the application's data.
        Some(unsafe { clock(self.callbacks.custom_data) } / PER_MS)
    }

    pub(super) fn state_changed(&self, state: u32) -> Status {
        platform::post_state(self.callbacks.custom_data, state);
        let Some(tell) = self.callbacks.state_changed else { return status::SUCCESS };
        // SAFETY: as in `unix_ms`.
        unsafe { tell(self.callbacks.custom_data, state) }
    }

    pub(super) fn error(&self, code: Status, text: &str) {
        let Some(tell) = self.callbacks.error_report else { return };
        // C gets a buffer of its own: the SDK hands out a writable one.
        let mut text: Vec<u8> = text.bytes().chain([0]).collect();
        let len = u32::try_from(text.len() - 1).unwrap_or(u32::MAX);
        // SAFETY: `text` lives until the call has returned, and is NUL-terminated behind `len`.
        // What the function returns changes nothing: the link stays up (docs/api.md).
        let _ = unsafe {
            tell(self.callbacks.custom_data, code, text.as_mut_ptr().cast::<c_char>(), len)
        };
    }

    pub(super) fn wants_messages(&self) -> bool {
        self.callbacks.message_received.is_some() || platform::posts_messages()
    }

    pub(super) fn message(&self, message: &mut ReceivedMessage) {
        let Some(tell) = self.callbacks.message_received else {
            return platform::post_message(self.callbacks.custom_data, &message.message);
        };
        // SAFETY: `message` is valid and ours until the call has returned.
        let _ = unsafe { tell(self.callbacks.custom_data, message) };
    }

    /// Asks the provider for others than it gave before.
    pub(super) fn other_keys(&self) -> Result<Keys, Status> {
        #[cfg(feature = "credential-providers")]
        crate::provider::distrust(self.provider);
        self.keys()
    }

    /// Asks the provider.
    pub(super) fn keys(&self) -> Result<Keys, Status> {
        let mut given: *mut AwsCredentials = ptr::null_mut();
        // SAFETY: `provider` was checked not to be NULL when the client was created, and the caller
        // keeps it until the client is freed.
        let ask = unsafe { (*self.provider).credentials }.ok_or(status::NULL_ARG)?;
        // SAFETY: the provider's own function.
        let result = unsafe { ask(self.provider, &raw mut given) };
        if result != status::SUCCESS {
            return Err(result);
        }
        if given.is_null() {
            return Err(status::NULL_ARG);
        }
        // SAFETY: the provider says that these are credentials; they stay valid until it is asked
        // again, which only this client does and one call at a time. They are copied at once.
        unsafe { copy(&*given) }
    }
}

/// # Safety
/// Each text is NULL or has its length.
unsafe fn copy(given: &AwsCredentials) -> Result<Keys, Status> {
    // SAFETY: as the caller says.
    let text = |at, len, max| unsafe { text(at, len, max) };
    let ms = given.expiration / PER_MS;
    Ok(Keys {
        access_key_id: text(given.access_key_id, given.access_key_id_len, limits::ACCESS_KEY)?,
        secret_key: text(given.secret_key, given.secret_key_len, limits::SECRET_KEY)?,
        session_token: text(given.session_token, given.session_token_len, limits::SESSION_TOKEN)?,
        expires: (ms < NEVER_MS).then_some(UnixTime(ms)),
    })
}

/// # Safety
/// `at` is NULL or has `len` bytes.
unsafe fn text(at: *const c_char, len: u32, max: usize) -> Result<String, Status> {
    let len = usize::try_from(len).unwrap_or(usize::MAX);
    if at.is_null() || len == 0 {
        return Ok(String::new());
    }
    if len > max {
        return Err(status::INVALID_ARG);
    }
    // SAFETY: as the caller says.
    let bytes = unsafe { core::slice::from_raw_parts(at.cast::<u8>(), len) };
    String::from_utf8(bytes.to_vec()).map_err(|_| status::INVALID_ARG)
}
