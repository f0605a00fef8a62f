//! What the documents promise of the C API, shown: ABI, dialects, linking beside the SDK's own libraries,
//! memory, notices; and clients under load, as C programs through the mock.

#![allow(clippy::print_stdout, reason = "a skipped test says so, a measured one its figures")]

#[path = "../support/mod.rs"]
mod support;

mod abi;
mod load;
mod memory;
mod notices;
mod program;
mod symbols;
