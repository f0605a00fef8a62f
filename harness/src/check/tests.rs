//! Every check on hand-written histories: it holds, it fails in each way it can, and it says so
//! when it cannot know.

mod basics;
mod dsl;
