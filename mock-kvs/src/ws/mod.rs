//! The signaling WebSocket of one client: frames in, frames out, lifetimes, close handling.
//!
//! Frames are read and written by hand (with tungstenite's header codec) and not through a
//! WebSocket type, because the mock must be able to leave a ping unanswered, fragment a message,
//! and tell the link to the byte where a message begins and ends.

mod decoder;
mod encode;
mod inbound;
mod late;
mod lifetime;
mod outbox;
mod socket;
mod step;

use std::sync::Arc;

use tokio::sync::mpsc;

use crate::http::{Conn, Identity, Io};
use crate::journal::Event;
use crate::shared::Order;

/// Serves an upgraded connection until it ends.
pub(crate) async fn serve<S: Io>(
    conn: &Arc<Conn>,
    stream: S,
    already_read: &[u8],
    orders: mpsc::UnboundedReceiver<Order>,
    identity: Identity,
) {
    conn.record(Event::WsOpen { role: identity.role.word(), client_id: identity.client_id });
    socket::Socket::new(conn, stream, already_read, orders).run().await;
}
