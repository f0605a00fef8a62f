//! Scenarios: the file format, and what is known about a scenario without running it.

pub mod checks;
pub mod model;
pub mod steps;
pub mod units;
