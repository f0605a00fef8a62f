//! The link alone, between a client and any TCP service: the same faults for a service that is not
//! ours.

use std::net::SocketAddr;

use tokio::io::copy_bidirectional;
use tokio::net::TcpStream;
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
                connections.spawn(relay(client, upstream));
            }
        }
    }
}

async fn relay(mut client: LinkStream<TcpStream>, upstream: SocketAddr) {
    let Ok(mut service) = TcpStream::connect(upstream).await else {
        // The client's own connection was accepted; this is as near as a proxy comes to a refusal.
        return client.handle().abort();
    };
    if service.set_nodelay(true).is_err()
        || copy_bidirectional(&mut client, &mut service).await.is_err()
    {
        client.handle().abort();
        service.abort();
    }
}
