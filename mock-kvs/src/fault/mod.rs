//! Faults: what can be injected ([`spec`]) and the units it is written in ([`units`]).

mod kind;
mod on_link;
pub mod spec;
pub mod units;
mod validate;

pub use spec::{FaultKind, FaultSpec, Layer, SpecError};
