//! Scenarios: the file format, and what is known about a scenario without running it.

mod decode;
pub mod describe;
pub mod explain;
pub mod filter;
pub mod library;
mod lint;
pub mod model;
pub mod needs;
mod parse;
pub mod problem;
pub mod schema;
pub mod select;
pub mod steps;
mod tree;
pub mod units;
mod vary;
pub mod words;

pub use parse::{ScenarioFile, Variant, parse};
pub use vary::ONLY as ONLY_VARIANT;
