//! Accepting connections, and refusing them as a closed port does.

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::sync::watch;
use tokio::time::Instant;

use super::condition::Tag;
use super::cut::Happened;
use super::links::Links;
use super::memory::{MemoryStream, memory_pair};
use super::stream::LinkStream;
use super::transport::Transport as _;

/// Connections waiting to be accepted; a fleet that reconnects at once must not be refused by
/// accident.
const BACKLOG: u32 = 1024;

/// How often a port that another process took is tried again.
const RETRY: Duration = Duration::from_millis(100);

/// A TCP listener whose accepted streams have links under them.
///
/// While [`Condition::Refuse`](super::Condition::Refuse) stands, the port is bound but does not
/// listen: the kernel answers with RST, and a client sees ECONNREFUSED, also one that waits in the
/// backlog. A connection that the kernel completed just before the port closed is reset. The system
/// gives a bound port to nobody else; should another process take it all the same, in the instant
/// between closing and binding again, it is reported as [`Happened::PortLost`] and tried again
/// until it is free.
#[derive(Debug)]
pub struct Listener {
    links: Links,
    refusing: watch::Receiver<bool>,
    addr: SocketAddr,
    port: Port,
    /// The rule that last refused.
    rule: Option<Tag>,
}

#[derive(Debug)]
enum Port {
    Listening(TcpListener),
    /// Bound, and refusing.
    Closed(TcpSocket),
    /// Taken by another process.
    Lost,
}

impl Listener {
    /// Listens on the address; port 0 takes a free one, which is then kept.
    ///
    /// # Errors
    /// When the address cannot be bound.
    pub fn bind(addr: SocketAddr, links: Links) -> io::Result<Self> {
        let listener = bound(addr)?.listen(BACKLOG)?;
        let addr = listener.local_addr()?;
        let refusing = links.refusing();
        links.port_is(Some(false));
        Ok(Self { links, refusing, addr, port: Port::Listening(listener), rule: None })
    }

    /// The address listened on.
    #[must_use]
    pub const fn local_addr(&self) -> SocketAddr {
        self.addr
    }

    /// The next connection. Refusals happen while this is awaited. Cancel-safe.
    ///
    /// # Errors
    /// What accepting gives, such as too many open files; the listener stays usable.
    pub async fn accept(&mut self) -> io::Result<(LinkStream<TcpStream>, SocketAddr)> {
        loop {
            let closed = self.open_or_close();
            self.links.port_is(Some(closed));
            let accepted = tokio::select! {
                biased;
                // The sender lives in `links`, so this cannot fail.
                _ = self.refusing.changed() => continue,
                accepted = next(&self.port) => accepted,
            };
            let Some((stream, peer)) = accepted? else { continue };
            if self.links.is_refusing() {
                stream.abort();
                if let Some(rule) = self.links.refused_by() {
                    self.links.report(rule, Happened::Refused);
                }
                continue;
            }
            // Without it, the kernel holds back small segments, and a slice or a cut would not be
            // seen as such.
            stream.set_nodelay(true)?;
            return Ok((self.links.accept(stream), peer));
        }
    }

    /// Whether the port should be closed now; a lost one is so in any case.
    fn open_or_close(&mut self) -> bool {
        let refuses = *self.refusing.borrow_and_update();
        self.rule = self.links.refused_by().or(self.rule);
        let port = std::mem::replace(&mut self.port, Port::Lost);
        let wanted = match port {
            Port::Listening(listener) if !refuses => {
                self.port = Port::Listening(listener);
                return refuses;
            }
            Port::Closed(socket) if refuses => {
                self.port = Port::Closed(socket);
                return refuses;
            }
            Port::Listening(listener) => {
                // Closing it resets whoever waits in the backlog.
                drop(listener);
                bound(self.addr).map(Port::Closed)
            }
            Port::Closed(socket) => socket.listen(BACKLOG).map(Port::Listening),
            Port::Lost => bound(self.addr).and_then(|socket| {
                Ok(if refuses {
                    Port::Closed(socket)
                } else {
                    Port::Listening(socket.listen(BACKLOG)?)
                })
            }),
        };
        self.port = wanted.unwrap_or_else(|error| {
            tracing::warn!(addr = %self.addr, %error, "the port was taken while it refused");
            if let Some(rule) = self.rule {
                self.links.report(rule, Happened::PortLost(error.kind()));
            }
            Port::Lost
        });
        refuses
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        self.links.port_is(None);
    }
}

impl Links {
    /// A client connects in memory: its end, and the service's with a link under it. As on TCP, it
    /// succeeds at once whatever stands on the bytes, because it is the kernel that answers a SYN.
    ///
    /// # Errors
    /// `ConnectionRefused` while [`Condition::Refuse`](super::Condition::Refuse) stands.
    pub fn connect_memory(&self) -> io::Result<(MemoryStream, LinkStream<MemoryStream>)> {
        if let Some(rule) = self.refused_by() {
            self.report(rule, Happened::Refused);
            return Err(io::ErrorKind::ConnectionRefused.into());
        }
        let (client, service) = memory_pair();
        Ok((client, self.accept(service)))
    }
}

/// The next connection; None when it is time to try the port again.
async fn next(port: &Port) -> io::Result<Option<(TcpStream, SocketAddr)>> {
    match port {
        Port::Listening(listener) => listener.accept().await.map(Some),
        Port::Closed(_) => std::future::pending().await,
        Port::Lost => {
            tokio::time::sleep_until(Instant::now() + RETRY).await;
            Ok(None)
        }
    }
}

fn bound(addr: SocketAddr) -> io::Result<TcpSocket> {
    let socket = if addr.is_ipv4() { TcpSocket::new_v4()? } else { TcpSocket::new_v6()? };
    // On Windows the option would let others take the port.
    #[cfg(unix)]
    socket.set_reuseaddr(true)?;
    socket.bind(addr)?;
    Ok(socket)
}
