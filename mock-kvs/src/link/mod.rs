//! The fault-injecting link: a stream under every accepted connection, on which conditions can
//! stand and cuts can fall. It lies below TLS, works over TCP sockets and in memory alike, and
//! never looks at what the bytes mean.
//!
//! [`Links`] belongs to one listener, that is to one actor: what is set there holds for its live
//! connections at once and for those to come. [`Links::accept`] turns an accepted stream into a
//! [`LinkStream`], and its [`LinkHandle`] does things to this one connection. What each condition
//! does, at which level, and what the client sees of it, is told in `docs/links.md`.
//!
//! A connection on which nothing stands costs one uncontended lock per call and nothing else: no
//! task, no buffer, no copy, no allocation.

mod condition;
mod conn;
mod core;
mod courier;
mod cut;
mod handle;
mod inbound;
mod lane;
mod links;
mod listener;
mod memory;
mod outbound;
mod proxy;
mod shape;
mod stream;
mod transport;

pub use condition::{Condition, Direction, Distribution, Latency, Tag, Toward};
pub use cut::{Counts, CutAt, End, Happened, LinkEvent, Then};
pub use handle::LinkHandle;
pub use links::Links;
pub use listener::Listener;
pub use memory::{MemoryStream, memory_pair};
pub use proxy::proxy;
pub(crate) use proxy::relay;
pub use stream::LinkStream;
pub use transport::Transport;

/// The guide's example compiles.
#[cfg(doctest)]
#[doc = include_str!("../../docs/links.md")]
struct Guide;
