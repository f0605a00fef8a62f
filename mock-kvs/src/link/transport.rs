//! What a link needs of the stream below it.

use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;

use crate::platform;

/// A stream that can end in the two ways that a connection can.
pub trait Transport: AsyncRead + AsyncWrite + Unpin + Send + 'static {
    /// Bytes written and not yet acknowledged by the peer; None where that cannot be known.
    fn unacknowledged(&self) -> Option<u64>;

    /// Ends the connection with RST. What the peer has not received by now, it never will.
    fn abort(self);
}

impl Transport for TcpStream {
    fn unacknowledged(&self) -> Option<u64> {
        platform::unacknowledged(self)
    }

    fn abort(self) {
        // Linger 0 makes the close below send RST in place of FIN. It can only fail on a socket
        // that is dead already, and then there is nobody to be told.
        let _ = socket2::SockRef::from(&self).set_linger(Some(std::time::Duration::ZERO));
    }
}
