//! A signaling client core for Amazon Kinesis Video Streams (KVS) WebRTC: sans-IO, `no_std`, no
//! allocation, no clock, no logging.
//!
//! Feed one [`Input`], drain [`Session::poll`] until [`Output::WakeAt`], wait.
#![no_std]
#![forbid(unsafe_code)]

mod cache;
// What the AWS calls say: public for the same reason as `wire`.
#[doc(hidden)]
pub mod call;
mod clock;
pub mod config;
mod entropy;
pub mod error;
pub mod event;
pub mod memory;
pub mod metrics;
mod retry;
mod session;
pub mod state;
pub mod time;
// Bytes to values and back: public so that fuzz targets and tests reach it, not part of the API.
#[doc(hidden)]
pub mod wire;

pub use config::{Buffers, Channel, Config, Policy, Role};
pub use error::{ConfigError, Error, PeerError, Remedy, ResourceError};
pub use event::{
    Credentials, Event, Input, Link, Message, MessageKind, OnLoss, Output, PeerId, Ticket, Wake,
};
pub use memory::Memory;
pub use metrics::Metrics;
pub use session::{DigestSlot, IceServers, OutboundSlot, PeerSlot, Session};
pub use state::{Cause, State};
pub use time::{Instant, Now, UnixTime, WallTime};
