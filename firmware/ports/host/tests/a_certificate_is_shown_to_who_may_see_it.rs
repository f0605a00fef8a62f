//! The device's own certificate is shown where the target says so and the other side asks for it.

mod support;

use std::net::SocketAddr;
use std::sync::Arc;

use kvs_device::ClientCertificate;
use kvs_port_host::tls::TlsConnector;
use kvs_port_host::{Connector as _, Target, TcpConnector, close_reason};
use kvs_signaling::UnixTime;
use kvs_signaling::event::{CertificateTime, CloseReason};
use rustls::pki_types::CertificateDer;
use rustls::server::WebPkiClientVerifier;
use rustls::{RootCertStore, ServerConfig};
use support::{Ca, HOST, Leaf};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

/// 2026-01-01T00:00:00Z.
const NOW: CertificateTime = CertificateTime::At(UnixTime(1_767_225_600_000));

/// A server that insists on a certificate of `ca`, and says one byte for each it was shown.
async fn serve(ca: &Ca) -> SocketAddr {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from(ca.der())).expect("a CA");
    let devices = WebPkiClientVerifier::builder_with_provider(roots.into(), Arc::clone(&provider));
    let leaf = ca.leaf(HOST, (2020, 2120));
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .expect("versions")
        .with_client_cert_verifier(devices.build().expect("a verifier"))
        .with_single_cert(vec![leaf.certificate], leaf.key)
        .expect("a key that fits");
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    tokio::spawn(async move {
        let (stream, _) = listener.accept().await.expect("a connection");
        // A refused handshake is what one test is about.
        let Ok(mut stream) = TlsAcceptor::from(Arc::new(config)).accept(stream).await else {
            return;
        };
        let shown = stream.get_ref().1.peer_certificates().map_or(0, <[_]>::len);
        stream.write_all(&vec![b'!'; shown]).await.expect("written");
        stream.shutdown().await.expect("a goodbye");
    });
    address
}

async fn read(ca: &Ca, device: Option<&Leaf>) -> std::io::Result<Vec<u8>> {
    let address = Some(serve(ca).await);
    let certificate = device.map(|leaf| ClientCertificate {
        certificate: &leaf.certificate,
        key: leaf.key.secret_der(),
    });
    let ca = ca.der();
    let target = Target { host: HOST, port: 443, address, time: NOW, ca: &ca, certificate };
    let mut stream = TlsConnector(TcpConnector).connect(&target).await?;
    let mut bytes = Vec::new();
    stream.read_to_end(&mut bytes).await?;
    Ok(bytes)
}

#[tokio::test]
async fn with_its_key_it_opens_the_door() {
    let ca = Ca::new("the CA");
    let device = ca.leaf("camera", (2020, 2120));
    assert_eq!(read(&ca, Some(&device)).await.expect("let in"), b"!");
}

#[tokio::test]
async fn without_one_or_with_a_stranger_s_the_end_is_tls() {
    let (ca, other) = (Ca::new("the CA"), Ca::new("another"));
    let stranger = other.leaf("camera", (2020, 2120));
    for device in [None, Some(&stranger)] {
        let error = read(&ca, device).await.expect_err("not let in");
        assert_eq!(close_reason(&error), CloseReason::Tls, "{error}");
    }
}

#[tokio::test]
async fn a_certificate_that_is_none_fails_before_anything_is_sent() {
    let ca = Ca::new("the CA");
    let mut device = ca.leaf("camera", (2020, 2120));
    device.certificate = CertificateDer::from(vec![0; 40]);
    let error = read(&ca, Some(&device)).await.expect_err("unfit");
    assert_eq!(close_reason(&error), CloseReason::Tls, "{error}");
}
