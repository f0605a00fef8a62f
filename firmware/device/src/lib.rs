//! A KVS WebRTC signaling device: the pump between a session and a board.
//!
//! `no_std`, no allocation, no executor and no timer crate: a board gives [`Port`], an application
//! is an [`App`], all memory is one [`DeviceMemory`], and [`run`] is one future to be polled by
//! whatever the board has.
//!
//! With the feature `test-console` [`run_console`] is told what to do over the line protocol of
//! `kvs_trace` (see `docs/console.md`); without it none of that is in the image.
#![no_std]
#![forbid(unsafe_code)]

pub mod app;
mod certificate;
#[cfg(feature = "test-console")]
mod console;
mod control;
pub mod demo;
mod engine;
mod keys;
mod link;
mod memory;
mod names;
mod passes;
pub mod port;
mod provision;
mod pump;
mod report;
mod settings;
mod text;

pub use app::App;
pub use certificate::{CERTIFICATE_MAX, ClientCertificate, IotSettings, PRIVATE_KEY_MAX};
#[cfg(feature = "test-console")]
pub use console::{Crash, Exit, run_console};
pub use control::Control;
pub use memory::{
    CACHE_MAX, DeviceMemory, LargeMemory, LentMemory, Retained, SdkMemory, SmallMemory,
};
pub use names::{NAMES_MAX, Names, SUFFIX_MAX};
pub use port::{Connection, Identity, LinkError, Port, Target};
pub use pump::{run, run_controlled, run_lent};
pub use settings::{AUTHORITY_MAX, CA_MAX, REGION_MAX, Settings, USER_AGENT_MAX, WifiSettings};
pub use text::{Full, Text};
