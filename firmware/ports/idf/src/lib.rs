//! The firmware on ESP-IDF: std for threads and locks, ESP-IDF's own parts for the rest.
//!
//! TLS is esp_tls, time esp_timer, entropy `esp_fill_random`, the cache an NVS blob or a file. Nothing
//! here knows a struct of ESP-IDF's: everything goes through the plain functions of
//! `firmware/esp-idf/kvs_webrtc/private_include/kvs_idf.h`, which that component implements in C.
//!
//! One thread runs one future: [`Reactor::block_on`] polls it, and waits in `poll()` for the sockets and
//! the deadline that the future asked for while it was polled, and for its waker.

mod cache;
mod link;
mod port;
mod reactor;
mod resolve;
mod shim;

pub use cache::{read as read_cache, replace as replace_cache};
pub use link::{Link, Roots};
pub use port::{IdfPort, Owner};
pub use reactor::Reactor;
pub use shim::{
    Thread, cache_path, fill, log, now_us, post_message, post_state, posts_messages, spawn,
};

/// Milliseconds since 1970 by the system's clock; 0 when that is set to before.
#[expect(clippy::disallowed_methods, reason = "the one place where this port reads a wall clock")]
pub fn unix_ms() -> u64 {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    since.map_or(0, |since| u64::try_from(since.as_millis()).unwrap_or(u64::MAX))
}
