//! What depends on the operating system: precise timers, and how full a socket's send queue is.
//!
//! Linux has both. Elsewhere timers are tokio's (about 1 ms late), and the send queue is unknown,
//! so that a reset on a peer that reads slowly may overtake the last bytes.

mod parent;
#[cfg(target_os = "linux")]
mod send_queue;
mod sleeper;
#[cfg(target_os = "linux")]
mod timerfd;

pub(crate) use parent::ended;
pub use sleeper::{Sleeper, Timer};

use tokio::net::TcpStream;

/// Bytes written to the socket that the peer's kernel has not acknowledged; None where unknown.
#[cfg(target_os = "linux")]
pub(crate) fn unacknowledged(socket: &TcpStream) -> Option<u64> {
    send_queue::unacknowledged(socket).ok()
}

/// Bytes written to the socket that the peer's kernel has not acknowledged; None where unknown.
#[cfg(not(target_os = "linux"))]
pub(crate) fn unacknowledged(_socket: &TcpStream) -> Option<u64> {
    None
}
