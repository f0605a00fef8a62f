//! TLS handshakes as faults want them.

use std::io;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio_rustls::StartHandshake;
use tokio_rustls::server::TlsStream;

use super::connection::Conn;
use crate::fault::Handshake;
use crate::journal::By;
use crate::link::LinkStream;
use crate::tls::ServerConfigs;

type Client = LinkStream<TcpStream>;

/// An alert record: fatal, protocol_version (RFC 8446 section 6).
const PROTOCOL_VERSION: [u8; 7] = [21, 3, 3, 0, 2, 2, 70];

/// What AWS's load balancers answer to HTTP/1.1 on a connection that was to be h2 (spec §1.1).
const NOT_H2: &str = "HTTP/1.1 400 Bad Request\r\ncontent-type: text/html\r\n\
                      content-length: 50\r\nconnection: close\r\n\r\n\
                      <html><body><h1>400 Bad Request</h1></body></html>";

/// Goes on from the client's hello, with something wrong.
pub(super) async fn faulty(
    conn: &Conn,
    tls: &ServerConfigs,
    start: StartHandshake<Client>,
    fault: Handshake,
) -> io::Result<TlsStream<Client>> {
    let name = start.client_hello().server_name().map(str::to_owned);
    let config = match fault {
        Handshake::Certificate(certificate) => {
            let wall_ms = conn.shared.clock.now().wall_ms;
            tls.with(certificate, wall_ms).map_err(io::Error::other)?
        }
        Handshake::H2 => tls.preferring_h2(),
        Handshake::Slow(by) => {
            tokio::time::sleep(by).await;
            tls.of(name.as_deref())
        }
        Handshake::Version => {
            let mut stream = start.io;
            stream.write_all(&PROTOCOL_VERSION).await?;
            stream.shutdown().await?;
            conn.ended("tls", By::Fault);
            return Err(io::Error::other("refused by a fault: protocol_version"));
        }
        Handshake::Stall => {
            let mut stream = start.io;
            // Until the client gives up.
            while stream.read(&mut [0; 1024]).await? > 0 {}
            return Err(io::Error::other("stalled by a fault"));
        }
    };
    start.into_stream(config).await
}

/// Whether the client took h2, which only a fault offers.
pub(super) fn is_h2(stream: &TlsStream<Client>) -> bool {
    stream.get_ref().1.alpn_protocol() == Some(b"h2")
}

/// Answers the first bytes of a client that took h2, whatever it speaks, and hangs up.
pub(super) async fn not_h2(conn: &Conn, mut stream: TlsStream<Client>) {
    let answered = async {
        let _ = stream.read(&mut [0; 4096]).await?;
        stream.write_all(NOT_H2.as_bytes()).await?;
        stream.shutdown().await
    };
    match answered.await {
        Ok(()) => conn.ended("fin", By::Fault),
        Err(error) => conn.failed(&error),
    }
}
