//! Every check on hand-written histories: it holds, it fails in each way it can, and it says so
//! when it cannot know.

mod dsl;

mod answers;
mod backoff;
mod basics;
mod delivered_once;
mod half_open;
mod reconnect;
mod sockets;
