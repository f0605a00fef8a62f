//! The `scenario` command: runs boards against mock-kvs, injects faults and judges what happened.

pub mod history;
pub mod scenario;
pub mod verdict;
