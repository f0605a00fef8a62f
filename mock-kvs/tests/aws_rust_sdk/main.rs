//! AWS's own SDK for Rust against the mock: every modelled operation over TLS, signed and parsed by
//! AWS's code, and every error that can be provoked decoded into the model's type.

mod client;
mod control_plane;
mod data_plane;
mod errors;
#[path = "../support/mod.rs"]
mod support;
