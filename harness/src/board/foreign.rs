//! Other people's firmware on a board of ours: what an ESP-IDF build left to be flashed, and what its console means.
//!
//! Such firmware takes no commands and writes no trace unless it includes `kvs_trace.h`. It is judged by what the
//! service sees of it; its console adds when it booted, and that it crashed.

mod build;
mod console;
mod stock;

pub use build::{AppDescriptor, Build, BuildError, FilePart};
pub use console::{BOOT, CRASH, Patterns, Said};
pub use stock::Stock;
