//! The `scenario` command: runs boards against mock-kvs, injects faults and judges what happened.

pub mod baseline;
pub mod bench;
pub mod board;
pub mod check;
pub mod cli;
pub mod commands;
pub mod evidence;
mod glob;
pub mod history;
pub mod peer;
pub mod probe;
pub mod redact;
pub mod report;
pub mod runner;
pub mod scenario;
pub mod snapshot;
pub mod verdict;
