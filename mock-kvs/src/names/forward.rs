//! Asking another name service, and messages over TCP.

use std::io;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpStream, UdpSocket};
use tokio::time::timeout;

use super::DATAGRAM;

/// Stub resolvers ask again after 5 s, lwIP's after 1 s: no answer by then is none.
const PATIENCE: Duration = Duration::from_secs(3);

/// What `other` answers; none when it does not, or cannot be reached.
pub(super) async fn over_udp(other: SocketAddr, question: &[u8]) -> Option<Vec<u8>> {
    // A socket of its own, connected: only that name service can answer, and only this question.
    let any = unspecified(other);
    let asked = async {
        let socket = UdpSocket::bind(any).await.ok()?;
        socket.connect(other).await.ok()?;
        socket.send(question).await.ok()?;
        let mut answer = vec![0; DATAGRAM];
        loop {
            let length = socket.recv(&mut answer).await.ok()?;
            if answer.get(..2) == question.get(..2) {
                answer.truncate(length);
                return Some(answer);
            }
        }
    };
    timeout(PATIENCE, asked).await.ok().flatten()
}

/// The same over TCP, where an answer may be longer.
pub(super) async fn over_tcp(other: SocketAddr, question: &[u8]) -> Option<Vec<u8>> {
    let asked = async {
        let mut stream = TcpStream::connect(other).await.ok()?;
        send_framed(&mut stream, question).await.ok()?;
        framed(&mut stream, PATIENCE).await.ok()?
    };
    timeout(PATIENCE, asked).await.ok().flatten()
}

/// One message behind its length of two bytes; none when there is no more.
pub(super) async fn framed(
    stream: &mut TcpStream,
    patience: Duration,
) -> io::Result<Option<Vec<u8>>> {
    let read = async {
        let length = stream.read_u16().await?;
        let mut message = vec![0; usize::from(length)];
        stream.read_exact(&mut message).await?;
        io::Result::Ok(message)
    };
    match timeout(patience, read).await {
        Ok(Ok(message)) => Ok(Some(message)),
        Ok(Err(error)) if error.kind() == io::ErrorKind::UnexpectedEof => Ok(None),
        Ok(Err(error)) => Err(error),
        Err(_) => Ok(None),
    }
}

/// Sends one message behind its length; one that is too long for a length is not sent.
pub(super) async fn send_framed(stream: &mut TcpStream, message: &[u8]) -> io::Result<()> {
    let length = u16::try_from(message.len()).map_err(io::Error::other)?;
    // In one segment: some stub resolvers read the length and the message with one call.
    let framed = [&length.to_be_bytes()[..], message].concat();
    stream.write_all(&framed).await
}

/// Any address of ours that speaks with `other`.
fn unspecified(other: SocketAddr) -> SocketAddr {
    match other {
        SocketAddr::V4(_) => SocketAddr::from((Ipv4Addr::UNSPECIFIED, 0)),
        SocketAddr::V6(_) => SocketAddr::from((Ipv6Addr::UNSPECIFIED, 0)),
    }
}
