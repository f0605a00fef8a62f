//! The exported functions. Each checks its pointers, stops panics, and calls the client.

use core::ffi::{CStr, c_char};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use crate::abi::stats::Metrics;
use crate::abi::structs::{
    AwsCredentialProvider, Callbacks, ChannelInfo, ClientInfo, IceConfig, Message,
};
use crate::abi::{Handle, Status, state, status};
use crate::client::{Client, Given, complete_retry};
use crate::registry;

/// A panic is a defect of ours; the caller's program goes on.
pub(crate) fn guarded(call: impl FnOnce() -> Result<(), Status>) -> Status {
    match catch_unwind(AssertUnwindSafe(call)) {
        Ok(Ok(())) => status::SUCCESS,
        Ok(Err(failed)) => failed,
        Err(_) => status::INTERNAL_ERROR,
    }
}

/// Calls the client of a handle; NULL_ARG for one that is none (any more).
fn on(handle: Handle, call: impl FnOnce(&Client) -> Result<(), Status>) -> Status {
    guarded(|| {
        let client: Arc<Client> = registry::find(handle).ok_or(status::NULL_ARG)?;
        call(&client)
    })
}

/// `createSignalingClientSync`: spec §4.1. Blocks for at most 15 s an attempt.
///
/// # Safety
/// Each pointer is NULL or points to its struct, whose texts are NULL or NUL-terminated; callbacks
/// and provider stay good until the client is freed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn createSignalingClientSync(
    info: *mut ClientInfo,
    channel: *mut ChannelInfo,
    callbacks: *mut Callbacks,
    provider: *mut AwsCredentialProvider,
    handle: *mut Handle,
) -> Status {
    guarded(|| {
        // SAFETY: as the caller says.
        let parts =
            unsafe { (info.as_mut(), channel.as_mut(), callbacks.as_ref(), handle.as_mut()) };
        let (Some(info), Some(channel), Some(callbacks), Some(handle)) = parts else {
            return Err(status::NULL_ARG);
        };
        if provider.is_null() {
            return Err(status::NULL_ARG);
        }
        complete_retry(&mut info.retry);
        let given = Given { client: info, channel };
        let mut retries = 0;
        // SAFETY: as the caller says.
        let created = unsafe { Client::create(&given, *callbacks, provider, &mut retries) };
        info.retry_count_read_only = retries;
        let client = created?;
        if channel.message_ttl == 0 {
            // The SDK leaves its default there.
            channel.message_ttl = 60 * crate::abi::PER_S;
        }
        *handle = registry::insert(client);
        Ok(())
    })
}

/// `freeSignalingClient`: waits for every call and callback of this client to end.
///
/// # Safety
/// `handle` is NULL or points to a handle.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn freeSignalingClient(handle: *mut Handle) -> Status {
    guarded(|| {
        // SAFETY: as the caller says.
        let handle = unsafe { handle.as_mut() }.ok_or(status::NULL_ARG)?;
        if let Some(client) = registry::find(*handle) {
            if !client.may_be_freed_here() {
                return Err(status::INVALID_OPERATION);
            }
            // Whoever takes it out frees it; another free at the same time has nothing to do.
            if let Some(client) = registry::remove(*handle) {
                client.end_life();
            }
        }
        *handle = 0;
        Ok(())
    })
}

/// `signalingClientFetchSync`: to READY; 15 s an attempt.
#[unsafe(no_mangle)]
pub extern "C" fn signalingClientFetchSync(handle: Handle) -> Status {
    on(handle, Client::fetch)
}

/// `signalingClientConnectSync`: to CONNECTED within 15 s.
#[unsafe(no_mangle)]
pub extern "C" fn signalingClientConnectSync(handle: Handle) -> Status {
    on(handle, Client::connect)
}

/// `signalingClientDisconnectSync`: back to READY within 15 s.
#[unsafe(no_mangle)]
pub extern "C" fn signalingClientDisconnectSync(handle: Handle) -> Status {
    on(handle, Client::disconnect)
}

/// `signalingClientDeleteSync`: deletes the channel in AWS within 5 s.
#[unsafe(no_mangle)]
pub extern "C" fn signalingClientDeleteSync(handle: Handle) -> Status {
    on(handle, Client::delete)
}

/// `signalingClientSendMessageSync`: returns once the message is written to the connection.
///
/// # Safety
/// `message` is NULL or points to a message.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn signalingClientSendMessageSync(
    handle: Handle,
    message: *mut Message,
) -> Status {
    on(handle, |client| {
        // SAFETY: as the caller says.
        let message = unsafe { message.as_ref() };
        let message = message.ok_or(status::NULL_ARG).inspect_err(|_| client.count_error())?;
        client.send(message)
    })
}

/// `signalingClientGetIceConfigInfoCount`: refreshes the list first if it is needed, within 20 s.
///
/// # Safety
/// `count` is NULL or can be written.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn signalingClientGetIceConfigInfoCount(
    handle: Handle,
    count: *mut u32,
) -> Status {
    on(handle, |client| {
        // SAFETY: as the caller says.
        let count = unsafe { count.as_mut() };
        let count = count.ok_or(status::NULL_ARG).inspect_err(|_| client.count_error())?;
        *count = client.ice_count()?;
        Ok(())
    })
}

/// `signalingClientGetIceConfigInfo`: a pointer into the client, good until the second refresh from
/// now or until the client is freed.
///
/// # Safety
/// `config` is NULL or can be written.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn signalingClientGetIceConfigInfo(
    handle: Handle,
    index: u32,
    config: *mut *mut IceConfig,
) -> Status {
    on(handle, |client| {
        // SAFETY: as the caller says.
        let config = unsafe { config.as_mut() };
        let config = config.ok_or(status::NULL_ARG).inspect_err(|_| client.count_error())?;
        *config = client.ice_config(index)?;
        Ok(())
    })
}

/// `signalingClientGetCurrentState`: UNKNOWN when it fails.
///
/// # Safety
/// `current` is NULL or can be written.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn signalingClientGetCurrentState(
    handle: Handle,
    current: *mut u32,
) -> Status {
    guarded(|| {
        // SAFETY: as the caller says.
        let current = unsafe { current.as_mut() };
        let client = registry::find(handle);
        let Some(current) = current else {
            if let Some(client) = client {
                client.count_error();
            }
            return Err(status::NULL_ARG);
        };
        *current = state::UNKNOWN;
        *current = client.ok_or(status::NULL_ARG)?.state();
        Ok(())
    })
}

/// `signalingClientGetStateString`: read-only and for ever.
///
/// # Safety
/// `text` is NULL or can be written.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn signalingClientGetStateString(
    state: u32,
    text: *mut *mut c_char,
) -> Status {
    guarded(|| {
        // SAFETY: as the caller says.
        let text = unsafe { text.as_mut() }.ok_or(status::NULL_ARG)?;
        let known = state::ALL.iter().find(|(number, _)| *number == state);
        let found: &CStr = known.map_or(c"Unknown", |(_, text)| text);
        *text = found.as_ptr().cast_mut();
        Ok(())
    })
}

/// `signalingClientGetMetrics`: set `version` first.
///
/// # Safety
/// `metrics` is NULL or points to metrics.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn signalingClientGetMetrics(
    handle: Handle,
    metrics: *mut Metrics,
) -> Status {
    on(handle, |client| {
        // SAFETY: as the caller says.
        let metrics = unsafe { metrics.as_mut() };
        let metrics = metrics.ok_or(status::NULL_ARG).inspect_err(|_| client.count_error())?;
        client.metrics(metrics)
    })
}

/// `initKvsWebRtc`: nothing is needed here.
#[cfg(feature = "global-init")]
#[unsafe(no_mangle)]
pub extern "C" fn initKvsWebRtc() -> Status {
    status::SUCCESS
}

/// `deinitKvsWebRtc`: nothing is needed here.
#[cfg(feature = "global-init")]
#[unsafe(no_mangle)]
pub extern "C" fn deinitKvsWebRtc() -> Status {
    status::SUCCESS
}
