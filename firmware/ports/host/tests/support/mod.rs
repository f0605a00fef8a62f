//! A TLS server whose certificates are made for the test.
#![allow(dead_code, reason = "each test file uses what it needs")]

use std::net::SocketAddr;
use std::sync::Arc;

use kvs_port_host::{Connector as _, Target, TcpConnector, tls::TlsConnector};
use kvs_signaling::event::CertificateTime;
use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair, date_time_ymd,
};
use rustls::ServerConfig;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

/// The name every test connects to.
pub const HOST: &str = "kinesisvideo.us-west-2.amazonaws.com";

/// Years a leaf is valid from and until.
pub type Years = (i32, i32);

/// A private CA.
pub struct Ca {
    issuer: CertifiedIssuer<'static, KeyPair>,
}

/// A leaf of it, with its key.
pub struct Leaf {
    pub certificate: CertificateDer<'static>,
    pub key: PrivateKeyDer<'static>,
}

impl Ca {
    pub fn new(name: &str) -> Self {
        let mut params = CertificateParams::default();
        params.distinguished_name.push(DnType::CommonName, name);
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.not_before = date_time_ymd(2020, 1, 1);
        params.not_after = date_time_ymd(2120, 1, 1);
        let key = KeyPair::generate().expect("a key");
        Self { issuer: CertifiedIssuer::self_signed(params, key).expect("a CA") }
    }

    pub fn der(&self) -> Vec<u8> {
        self.issuer.der().to_vec()
    }

    pub fn leaf(&self, name: &str, (from, until): Years) -> Leaf {
        let mut params = CertificateParams::new(vec![name.to_owned()]).expect("a name");
        params.not_before = date_time_ymd(from, 1, 1);
        params.not_after = date_time_ymd(until, 1, 1);
        let key = KeyPair::generate().expect("a key");
        let certificate = params.signed_by(&key, &self.issuer).expect("a leaf").der().clone();
        Leaf { certificate, key: PrivatePkcs8KeyDer::from(key.serialize_der()).into() }
    }
}

/// What the server does with its one connection after the handshake.
#[derive(Clone, Copy)]
pub enum Then {
    /// Echoes 5 bytes, then close_notify.
    Echo,
    /// FIN without close_notify.
    Abandon,
}

/// Serves one connection; gives the address.
pub async fn serve(leaf: &Leaf, alpn: &[&[u8]], versions: Versions, then: Then) -> SocketAddr {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut config = ServerConfig::builder_with_provider(provider)
        .with_protocol_versions(versions)
        .expect("versions")
        .with_no_client_auth()
        .with_single_cert(vec![leaf.certificate.clone()], leaf.key.clone_key())
        .expect("a key that fits");
    config.alpn_protocols = alpn.iter().map(|name| name.to_vec()).collect();
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    tokio::spawn(async move {
        let (stream, _) = listener.accept().await.expect("a connection");
        // A refused handshake is what most tests are about.
        let Ok(mut stream) = TlsAcceptor::from(Arc::new(config)).accept(stream).await else {
            return;
        };
        if let Then::Echo = then {
            let mut bytes = [0; 5];
            stream.read_exact(&mut bytes).await.expect("5 bytes");
            stream.write_all(&bytes).await.expect("an echo");
            stream.shutdown().await.expect("a goodbye");
        }
    });
    address
}

pub type Versions = &'static [&'static rustls::SupportedProtocolVersion];

/// TLS 1.2 alone.
pub static ONLY_12: [&rustls::SupportedProtocolVersion; 1] = [&rustls::version::TLS12];
/// TLS 1.3 alone.
pub static ONLY_13: [&rustls::SupportedProtocolVersion; 1] = [&rustls::version::TLS13];
/// Either.
pub static BOTH: Versions = &[&rustls::version::TLS12, &rustls::version::TLS13];

/// Connects as the device does.
pub async fn dial(
    address: SocketAddr,
    ca: &[u8],
    time: CertificateTime,
) -> std::io::Result<<TlsConnector<TcpConnector> as kvs_port_host::Connector>::Stream> {
    let target =
        Target { host: HOST, port: 443, address: Some(address), time, ca, certificate: None };
    TlsConnector(TcpConnector).connect(&target).await
}
