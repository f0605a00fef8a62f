//! What the bare-metal ports share: TCP and TLS under embassy-net, the console's lines, and how a device dies.
//!
//! A port gives the executor, the time driver, the network's driver and a [`Board`]; see `docs/embassy.md`.
#![no_std]
#![deny(unsafe_code)]

extern crate alloc;

pub mod board;
pub mod console;
mod date;
pub mod fault;
pub mod kept;
#[cfg(feature = "libc")]
mod libc;
pub mod memory;
pub mod network;
mod tcp;
pub mod tls;

pub use board::Board;
pub use network::Network;
