//! Every check on hand-written histories: it holds, it fails in each way it can, and it says so
//! when it cannot know.

mod dsl;

mod answers;
mod backoff;
mod basics;
mod clock;
mod credentials;
mod delivered_once;
mod go_away;
mod guide;
mod half_open;
mod ice;
mod mutation;
mod phases;
mod reconnect;
mod resources;
mod sockets;
mod sometimes;
mod storm;
mod throttle;
mod wake;
