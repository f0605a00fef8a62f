//! The link alone, between a client and any TCP service: the same faults for a service that is not
//! ours.

use std::net::SocketAddr;

use tokio::io::copy_bidirectional;
use tokio::net::{TcpStream, ToSocketAddrs};
use tokio::task::JoinSet;

use super::listener::Listener;
use super::stream::LinkStream;
use super::transport::Transport as _;

/// Passes every accepted connection on to `upstream`, until accepting fails. Toward the device
/// means toward the client of the proxy. An end by FIN is passed on in its direction; an end by RST
/// on one side resets the other.
///
/// # Errors
/// What accepting gives. Connections that live then are dropped.
pub async fn proxy(mut listener: Listener, upstream: SocketAddr) -> std::io::Result<()> {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            biased;
            Some(_) = connections.join_next() => {}
            accepted = listener.accept() => {
                let (client, _) = accepted?;
                connections.spawn(async move { relay(client, upstream).await.map(drop) });
            }
        }
    }
}

/// Passes one connection on until both directions have ended.
///
/// # Errors
/// When the upstream refuses, or either side is reset; then both are.
pub(crate) async fn relay(
    mut client: LinkStream<TcpStream>,
    upstream: impl ToSocketAddrs,
) -> std::io::Result<()> {
    let connected = TcpStream::connect(upstream).await;
    let connected = connected.and_then(|service| service.set_nodelay(true).map(|()| service));
    let mut service = match connected {
        Ok(service) => service,
        Err(error) => {
            // The client's own connection was accepted; this is as near as a proxy comes to a
            // refusal.
            client.handle().abort();
            return Err(error);
        }
    };
    let copied = copy_bidirectional(&mut client, &mut service).await;
    if copied.is_err() {
        client.handle().abort();
        service.abort();
    }
    copied.map(drop)
}
