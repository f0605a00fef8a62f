//! Reports: the runner emits [`event::RunEvent`]s, and reporters only read them.

pub mod event;
