//! HTTP/1.1 over whatever stream a connection turned out to be.

mod answer;
mod api;
mod auth;
mod call;
mod connection;
mod date;
mod edit;
mod handshake;
mod role_alias;
mod router;
mod tap;
mod upgrade;

pub(crate) use connection::{Conn, Scheme, serve_memory, serve_tcp};
pub(crate) use router::{Routes, routes};
pub(crate) use tap::Io;
pub(crate) use upgrade::Identity;
