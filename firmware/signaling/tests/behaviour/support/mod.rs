//! A session wired to a scripted service, on a clock that moves only when a test says so.

mod date;
mod frames;
mod rig;
mod service;
mod told;

pub use rig::{Options, Rig};
pub use service::{Answer, Request, Service};
pub use told::Told;

/// 2026-01-01T00:00:00Z: where the service's clock stands when the device's starts.
pub const EPOCH_MS: u64 = 1_767_225_600_000;
/// The channel's ARN, unless a test says otherwise.
pub const ARN: &str = "arn:aws:kinesisvideo:us-west-2:123456789012:channel/door/1700000000000";
