//! How connections come about, and how their failures are named.

use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use kvs_device::Target;
use kvs_signaling::event::CloseReason;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpStream, lookup_host};
use tokio::time::timeout;

/// Time for TCP (decision 4). The session's own limit covers TCP and TLS together.
pub const TCP_TIMEOUT: Duration = Duration::from_secs(10);

/// Makes connections: TCP with TLS on a host, an in-memory stream on a simulation.
#[expect(async_fn_in_trait, reason = "a device runs on one thread: no future needs to be Send")]
pub trait Connector {
    /// What bytes flow over.
    type Stream: AsyncRead + AsyncWrite + Unpin;

    /// Connects, handshakes included. Dropped when the device gives the attempt up.
    ///
    /// # Errors
    /// An [`io::Error`]; [`close_reason`] says how the device sees it.
    async fn connect(&self, target: &Target<'_>) -> io::Result<Self::Stream>;
}

/// What has no `io::ErrorKind` of its own. Sent as the inner error of an [`io::Error`].
#[derive(Debug, thiserror::Error)]
pub enum ConnectError {
    /// The name has no address.
    #[error("cannot resolve {host}: {source}")]
    Dns {
        /// The name asked for.
        host: String,
        /// What the resolver said.
        source: io::Error,
    },
    /// TLS cannot even begin.
    #[error("TLS to {host}: {what}")]
    Tls {
        /// The other side's name.
        host: String,
        /// What is wrong.
        what: String,
    },
}

/// How the device sees an error of a connection.
#[expect(clippy::wildcard_enum_match_arm, reason = "`io::ErrorKind` is not ours and grows")]
pub fn close_reason(error: &io::Error) -> CloseReason {
    if let Some(inner) = error.get_ref() {
        if inner.is::<rustls::Error>() {
            return CloseReason::Tls;
        }
        match inner.downcast_ref::<ConnectError>() {
            Some(ConnectError::Dns { .. }) => return CloseReason::Dns,
            Some(ConnectError::Tls { .. }) => return CloseReason::Tls,
            None => {}
        }
    }
    match error.kind() {
        // An end without close_notify: HTTP and WebSocket frame their own ends, so that nothing
        // cut short is taken for whole.
        io::ErrorKind::UnexpectedEof => CloseReason::Fin,
        // EPIPE: the peer's reset was seen by an earlier call.
        io::ErrorKind::ConnectionReset
        | io::ErrorKind::ConnectionAborted
        | io::ErrorKind::BrokenPipe
        | io::ErrorKind::NotConnected => CloseReason::Reset,
        io::ErrorKind::ConnectionRefused => CloseReason::Refused,
        io::ErrorKind::TimedOut => CloseReason::Timeout,
        io::ErrorKind::HostUnreachable
        | io::ErrorKind::NetworkUnreachable
        | io::ErrorKind::NetworkDown
        | io::ErrorKind::AddrNotAvailable => CloseReason::Unreachable,
        _ => CloseReason::Other,
    }
}

/// Plain TCP, for what wraps it.
#[derive(Clone, Copy, Debug, Default)]
pub struct TcpConnector;

impl Connector for TcpConnector {
    type Stream = Tcp;

    async fn connect(&self, target: &Target<'_>) -> io::Result<Tcp> {
        let stream = match target.address {
            Some(address) => dial(address).await?,
            None => dial_any(target.host, target.port).await?,
        };
        // Signaling messages are small and wanted at once.
        stream.set_nodelay(true)?;
        Ok(Tcp(stream))
    }
}

/// A TCP connection that never raises SIGPIPE, which ends a C program that does not care for it: std sends with
/// MSG_NOSIGNAL, but there is no such thing for the vectored writes that TLS prefers. So this has none.
#[derive(Debug)]
pub struct Tcp(TcpStream);

impl AsyncRead for Tcp {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        room: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_read(cx, room)
    }
}

impl AsyncWrite for Tcp {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.0).poll_write(cx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_shutdown(cx)
    }
}

/// Every address of the name in turn; the last failure counts.
async fn dial_any(host: &str, port: u16) -> io::Result<TcpStream> {
    let unknown = |source| {
        let host = host.to_owned();
        io::Error::other(ConnectError::Dns { host, source })
    };
    let mut failed = unknown(io::Error::other("no address"));
    for address in lookup_host((host, port)).await.map_err(unknown)? {
        match dial(address).await {
            Ok(stream) => return Ok(stream),
            Err(error) => failed = error,
        }
    }
    Err(failed)
}

async fn dial(address: SocketAddr) -> io::Result<TcpStream> {
    match timeout(TCP_TIMEOUT, TcpStream::connect(address)).await {
        Ok(result) => result,
        Err(_) => Err(io::ErrorKind::TimedOut.into()),
    }
}
