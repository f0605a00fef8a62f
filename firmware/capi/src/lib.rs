//! The signaling API of the KVS WebRTC C SDK, on this project's core.
//!
//! A program written for the SDK's `signalingClient…` functions compiles against
//! `include/com/amazonaws/kinesis/video/webrtcclient/Include.h` and links `libkvs_capi`; see
//! `docs/api.md` for each function and `docs/moving-from-libwebsockets.md` for the move.
//!
//! # Threads
//!
//! Two per client: one runs the pump ([`kvs_device::run_controlled`]) and calls nothing of the
//! application's but its clock; the other calls the application. A call that waits runs the state
//! and credential callbacks of what it set going on its own thread, as the SDK does. An IoT provider
//! makes its call on a thread that lives as long as the call.
//!
//! # Unsafe code
//!
//! Raw pointers are read and written in `api`, `provider`, `text`, `client::application`, `client::plan`
//! and `client::retry` only; each place says what it relies on. Nothing that C passes in is kept but the callbacks, their data
//! and the provider, as the SDK's contract has it.

pub mod abi;
pub mod api;
#[cfg(feature = "credential-providers")]
mod ask;
mod client;
#[cfg(all(feature = "host", not(feature = "idf")))]
mod host;
#[cfg(feature = "idf")]
mod idf;
#[cfg(feature = "credential-providers")]
pub mod provider;
mod registry;
mod text;

#[cfg(all(feature = "host", not(feature = "idf")))]
use host as platform;
#[cfg(feature = "idf")]
use idf as platform;

#[cfg(not(any(feature = "host", feature = "idf")))]
compile_error!("kvs-capi needs a platform: feature `host` or `idf`");
