//! Reports: the runner emits [`event::RunEvent`]s, and reporters only read them.

mod diagnose;
pub mod event;
mod folder;
mod github;
mod heartbeat;
mod human;
mod junit;
mod manifest;
mod overview;
mod progress;
mod reporters;
mod summary;
mod wall;

pub use diagnose::diagnose;
pub use folder::{FolderError, RunFolder};
pub use manifest::{About, BoardImage, Manifest, version};
pub use reporters::{Kept, Reporters};
pub use wall::Wall;

#[cfg(test)]
mod tests;
