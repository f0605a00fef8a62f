//! How a peer reaches the service: over the mock's memory links on `sim`, over TCP and TLS else.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;

use mock_kvs::Mock;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio_rustls::TlsConnector;

/// A byte stream to the service.
pub trait Stream: AsyncRead + AsyncWrite + Unpin + Send {}

impl<T: AsyncRead + AsyncWrite + Unpin + Send> Stream for T {}

/// The way to one listener of the mock.
#[derive(Clone)]
pub enum Dial {
    /// In memory, plaintext: virtual time.
    Memory {
        /// The service.
        mock: Mock,
        /// The listener's name: the actor.
        actor: String,
    },
    /// TCP and TLS on loopback.
    Tls {
        /// The listener's address.
        to: SocketAddr,
        /// Trusts the mock's CA and nothing else.
        config: Arc<rustls::ClientConfig>,
    },
}

impl Dial {
    /// TLS that trusts `ca` (DER) alone.
    ///
    /// # Errors
    /// When the certificate is not one.
    pub fn tls(to: SocketAddr, ca: &[u8]) -> io::Result<Self> {
        let mut roots = rustls::RootCertStore::empty();
        roots.add(ca.to_vec().into()).map_err(io::Error::other)?;
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = rustls::ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(io::Error::other)?
            .with_root_certificates(roots)
            .with_no_client_auth();
        Ok(Self::Tls { to, config: Arc::new(config) })
    }

    /// `host[:port]` as the Host header says it.
    pub fn authority(&self, region: &str) -> String {
        match self {
            Self::Memory { .. } => format!("v-peer.kinesisvideo.{region}.amazonaws.com"),
            Self::Tls { to, .. } => to.to_string(),
        }
    }

    /// Opens a stream.
    ///
    /// # Errors
    /// Whatever the network says: refused, reset, a failed handshake.
    pub async fn connect(&self) -> io::Result<Box<dyn Stream>> {
        match self {
            Self::Memory { mock, actor } => Ok(Box::new(mock.connect_memory(actor).await?)),
            Self::Tls { to, config } => {
                let tcp = tokio::net::TcpStream::connect(to).await?;
                tcp.set_nodelay(true)?;
                let tls = TlsConnector::from(Arc::clone(config));
                Ok(Box::new(tls.connect(to.ip().into(), tcp).await?))
            }
        }
    }
}
