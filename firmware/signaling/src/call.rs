//! One file per AWS call: what it sends, and what its answer says (spec §1.3, §1.4).
//!
//! Answers are parsed in the buffer they were read into: escapes are taken out in place, and the
//! result borrows from there. Whether a call succeeded is decided before: status 200 goes to the
//! call's `parse`, any other to [`error::classify`].

pub mod connect;
pub mod create;
pub mod delete;
pub mod describe;
pub mod endpoint;
pub mod error;
pub mod ice_config;
pub mod iot_credentials;
pub mod join_storage;
pub mod media_storage;
pub mod post;
pub mod time_sync;
