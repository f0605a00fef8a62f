//! The firmware on a host: std, tokio and rustls, as a process (`kvs-port-host`) or inside
//! another program ([`run_device`]).
//!
//! Inside another program everything comes from outside: connections from a [`Connector`], console
//! lines through channels, time from tokio's clock (which may be paused), entropy from a seed.
//! Nothing is spawned, no thread is blocked, and no system clock, file or signal is touched.
#![forbid(unsafe_code)]

mod connect;
mod connection;
mod console;
pub mod platform;
mod port;
mod run;
pub mod tls;

pub use connect::{ConnectError, Connector, TcpConnector, close_reason};
pub use console::Console;
pub use kvs_device::{App, Exit, Target};
pub use port::{Cache, Entropy, Wall};
pub use run::{Options, Size, run_app, run_device};
