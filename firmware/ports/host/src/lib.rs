//! The firmware on a host: std, tokio and rustls, as a process (`kvs-port-host`) or inside
//! another program ([`run_device`]).
//!
//! Inside another program everything comes from outside: connections from a [`Connector`], console
//! lines through channels, time from tokio's clock (which may be paused), entropy from a seed.
//! Nothing is spawned, no thread is blocked, and no system clock, file or signal is touched.
#![forbid(unsafe_code)]

mod connect;
mod connection;
#[cfg(feature = "console")]
mod console;
pub mod platform;
#[cfg(feature = "console")]
mod port;
#[cfg(feature = "console")]
mod run;
pub mod tls;

pub use connect::{ConnectError, Connector, Tcp, TcpConnector, close_reason};
pub use connection::Stream;
#[cfg(feature = "console")]
pub use console::Console;
#[cfg(feature = "console")]
pub use kvs_device::Exit;
pub use kvs_device::{App, Target};
#[cfg(feature = "console")]
pub use port::{Cache, Entropy, Wall};
#[cfg(feature = "console")]
pub use run::{Options, Size, run_app, run_device};
