//! A signaling client core for Amazon Kinesis Video Streams (KVS) WebRTC: sans-IO, `no_std`, no
//! allocation, no clock, no logging.
//!
//! Feed one [`Input`], drain [`Session::poll`] until [`Output::WakeAt`], wait.
#![no_std]
#![forbid(unsafe_code)]

pub mod config;
pub mod error;
pub mod event;
pub mod memory;
pub mod metrics;
mod session;
pub mod state;
pub mod time;

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
