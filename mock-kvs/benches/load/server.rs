//! The two servers: the mock, and the least that relays messages over WebSocket and TLS.

use std::collections::BTreeMap;
use std::io::{self, Read as _};
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use futures_util::{SinkExt as _, StreamExt as _};
use mock_kvs::{Config, Mock, Quotas, Tls};
use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use tokio_rustls::TlsAcceptor;
use tokio_tungstenite::accept_hdr_async_with_config;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::handshake::server::{Request, Response};
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;

use crate::SEATS;
use crate::process::{Ready, allow_files};

/// Which server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Mock,
    Plain,
}

impl Kind {
    pub const fn word(self) -> &'static str {
        match self {
            Self::Mock => "serve-mock",
            Self::Plain => "serve-plain",
        }
    }

    pub fn of(word: &str) -> Option<Self> {
        [Self::Mock, Self::Plain].into_iter().find(|kind| kind.word() == word)
    }
}

/// Serves until stdin ends, which it does with whoever started this.
pub fn serve(kind: Kind, channels: usize) -> io::Result<()> {
    allow_files(channels * SEATS + 256)?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let ready = runtime.block_on(async {
        match kind {
            Kind::Mock => mock(channels).await,
            Kind::Plain => plain().await,
        }
    })?;
    println!("{}", serde_json::to_string(&ready).map_err(io::Error::other)?);
    io::stdin().read_to_end(&mut Vec::new())?;
    runtime.shutdown_background();
    Ok(())
}

const LOOPBACK: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 0);

async fn mock(channels: usize) -> io::Result<Ready> {
    // Three connects a second and channel would be what is measured.
    let quotas = Quotas { connects: false, calls: false, sends: false, ..Quotas::default() };
    // What happened is no part of a connection.
    let config = Config { quotas, journal_limit: 1_000, ..Config::default() };
    let mock = Mock::new(config).map_err(io::Error::other)?;
    let port = mock.listen_tcp("device", LOOPBACK, Tls::On).await.map_err(io::Error::other)?.port();
    let arns = (0..channels).map(|n| {
        let made = mock.create_channel(&format!("channel-{n}"), None);
        made.map(|channel| channel.arn).map_err(io::Error::other)
    });
    let arns = arns.collect::<io::Result<_>>()?;
    let keys = mock.issue_credentials(None);
    let ca = STANDARD.encode(mock.ca_der());
    let (access_key_id, secret_key) = (keys.access_key_id, keys.secret_key);
    // It serves as long as one handle of it lives.
    std::mem::forget(mock);
    Ok(Ready { port, ca, access_key_id, secret_key, arns })
}

/// Who is connected, by channel and seat.
type Seats = Arc<Mutex<BTreeMap<(usize, usize), mpsc::UnboundedSender<Message>>>>;

async fn plain() -> io::Result<Ready> {
    let (acceptor, ca) = certificates().map_err(io::Error::other)?;
    let listener = TcpListener::bind(LOOPBACK).await?;
    let port = listener.local_addr()?.port();
    let seats = Seats::default();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(relay(acceptor.clone(), seats.clone(), stream));
        }
    });
    let (access_key_id, secret_key) = (String::new(), String::new());
    Ok(Ready { port, ca: STANDARD.encode(ca), access_key_id, secret_key, arns: Vec::new() })
}

/// What comes from a viewer goes to its channel's master, as it is.
async fn relay(acceptor: TlsAcceptor, seats: Seats, stream: TcpStream) {
    let mut seat = (0, 0);
    #[expect(clippy::result_large_err, reason = "the library's signature")]
    let read_seat = |request: &Request, response: Response| {
        let mut numbers = request.uri().path().split('/').filter_map(|part| part.parse().ok());
        seat = (numbers.next().unwrap_or(0), numbers.next().unwrap_or(0));
        Ok(response)
    };
    if stream.set_nodelay(true).is_err() {
        return;
    }
    let Ok(stream) = acceptor.accept(stream).await else { return };
    // By default it reserves 128 KiB for reading, which would flatter everybody else.
    let small = WebSocketConfig::default().read_buffer_size(4096);
    let accepted = accept_hdr_async_with_config(stream, read_seat, Some(small)).await;
    let Ok(mut socket) = accepted else { return };
    let (sender, mut receiver) = mpsc::unbounded_channel();
    let lock = || seats.lock().unwrap_or_else(PoisonError::into_inner);
    lock().insert(seat, sender);
    loop {
        tokio::select! {
            came = socket.next() => match came {
                Some(Ok(message @ Message::Text(_))) => {
                    if let Some(master) = lock().get(&(seat.0, 0)) {
                        let _ = master.send(message);
                    }
                }
                Some(Ok(_)) => {}
                Some(Err(_)) | None => break,
            },
            Some(message) = receiver.recv() => {
                if socket.send(message).await.is_err() {
                    break;
                }
            }
        }
    }
    lock().remove(&seat);
}

/// A leaf for localhost under an authority, P-256 as the mock's.
fn certificates() -> Result<(TlsAcceptor, Vec<u8>), Box<dyn std::error::Error + Send + Sync>> {
    let mut params = CertificateParams::new(Vec::new())?;
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let key = KeyPair::generate()?;
    let ca = params.self_signed(&key)?;
    let issuer = Issuer::new(params, key);
    let leaf_key = KeyPair::generate()?;
    let leaf = CertificateParams::new(vec!["localhost".into()])?.signed_by(&leaf_key, &issuer)?;
    let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(leaf_key.serialize_der()));
    let chain = vec![leaf.der().clone(), ca.der().clone()];
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_no_client_auth()
        .with_single_cert(chain, key)?;
    Ok((TlsAcceptor::from(Arc::new(config)), ca.der().to_vec()))
}
