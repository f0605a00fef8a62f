//! TLS for a device that trusts one CA, at a time it is told.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use kvs_device::{ClientCertificate, Target};
use kvs_signaling::event::CertificateTime;
use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::client::{ClientConfig, Resumption};
use rustls::crypto::{CryptoProvider, ring};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime};
use rustls::{CertificateError, DigitallySignedStruct, RootCertStore, SignatureScheme};
use tokio::time::timeout;
use tokio_rustls::client::TlsStream;

use crate::connect::{ConnectError, Connector};

/// Time for the handshake (decision 4).
pub const TLS_TIMEOUT: Duration = Duration::from_secs(20);

/// TLS 1.2 or 1.3 over another connector's streams.
///
/// The chain must end in the target's CA and name the target's host; dates are checked against the
/// target's time. Without a CA nothing is trusted. Sessions are not resumed: each connection shows
/// that the certificate is good now. The target's own certificate, if it has one, is shown when the
/// other side asks for it.
#[derive(Clone, Copy, Debug, Default)]
pub struct TlsConnector<C>(pub C);

impl<C: Connector> Connector for TlsConnector<C> {
    type Stream = TlsStream<C::Stream>;

    async fn connect(&self, target: &Target<'_>) -> io::Result<Self::Stream> {
        let roots = provisioned(target.ca).map_err(|what| refusal(target, what))?;
        handshake(&self.0, target, roots).await
    }
}

/// The CAs that a program trusts.
pub type Roots = Arc<RootCertStore>;

/// As [`TlsConnector`], with a program's own CAs in place of the target's.
#[derive(Clone, Debug)]
pub struct BundleConnector<C> {
    /// What TLS runs over.
    pub inner: C,
    /// What is trusted.
    pub roots: Roots,
}

impl<C: Connector> Connector for BundleConnector<C> {
    type Stream = TlsStream<C::Stream>;

    async fn connect(&self, target: &Target<'_>) -> io::Result<Self::Stream> {
        handshake(&self.inner, target, Arc::clone(&self.roots)).await
    }
}

/// The CAs in a PEM text; what is no certificate or no CA is passed over. `None`: nothing is left.
pub fn roots(pem: &[u8]) -> Option<Roots> {
    let mut roots = RootCertStore::empty();
    let certificates = CertificateDer::pem_slice_iter(pem).flatten();
    let (added, _) = roots.add_parsable_certificates(certificates);
    (added > 0).then(|| Arc::new(roots))
}

async fn handshake<C: Connector>(
    inner: &C,
    target: &Target<'_>,
    roots: Roots,
) -> io::Result<TlsStream<C::Stream>> {
    let certificate = target.certificate.as_ref();
    let config = config(roots, target.time, certificate).map_err(|what| refusal(target, what))?;
    let name = ServerName::try_from(target.host.to_owned())
        .map_err(|error| refusal(target, error.to_string()))?;
    let stream = inner.connect(target).await?;
    let handshake = tokio_rustls::TlsConnector::from(Arc::new(config)).connect(name, stream);
    timeout(TLS_TIMEOUT, handshake).await.unwrap_or(Err(io::ErrorKind::TimedOut.into()))
}

fn refusal(target: &Target<'_>, what: String) -> io::Error {
    let host = target.host.to_owned();
    io::Error::other(ConnectError::Tls { host, what })
}

fn provisioned(ca: &[u8]) -> Result<Roots, String> {
    if ca.is_empty() {
        return Err("no CA was provisioned, so nothing can be trusted".into());
    }
    let mut roots = RootCertStore::empty();
    roots
        .add(CertificateDer::from(ca.to_vec()))
        .map_err(|error| format!("the provisioned CA is not a certificate: {error}"))?;
    Ok(Arc::new(roots))
}

fn config(
    roots: Roots,
    time: CertificateTime,
    certificate: Option<&ClientCertificate<'_>>,
) -> Result<ClientConfig, String> {
    let provider = Arc::new(ring::default_provider());
    let chain = WebPkiServerVerifier::builder_with_provider(roots, Arc::clone(&provider))
        .build()
        .map_err(|error| error.to_string())?;
    let builder = client(provider)
        .map_err(|error| error.to_string())?
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(Verifier { chain, time }));
    let mut config = match certificate {
        None => builder.with_no_client_auth(),
        Some(ClientCertificate { certificate, key }) => {
            let unfit = |what| format!("the provisioned client certificate: {what}");
            let key = PrivateKeyDer::try_from(key.to_vec()).map_err(|why| unfit(why.to_owned()))?;
            builder
                .with_client_auth_cert(vec![CertificateDer::from(certificate.to_vec())], key)
                .map_err(|error| unfit(error.to_string()))?
        }
    };
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    config.resumption = Resumption::disabled();
    Ok(config)
}

fn client(
    provider: Arc<CryptoProvider>,
) -> Result<rustls::ConfigBuilder<ClientConfig, rustls::WantsVerifier>, rustls::Error> {
    ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions()
}

/// webpki's verdict, at the session's time instead of the system's.
#[derive(Debug)]
struct Verifier {
    chain: Arc<WebPkiServerVerifier>,
    time: CertificateTime,
}

impl ServerCertVerifier for Verifier {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        _system_time: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        let verify = |at| {
            self.chain.verify_server_cert(end_entity, intermediates, server_name, ocsp_response, at)
        };
        match self.time {
            CertificateTime::At(time) => {
                verify(UnixTime::since_unix_epoch(Duration::from_millis(time.0)))
            }
            CertificateTime::Unknown => at_any_time(verify),
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        self.chain.verify_tls12_signature(message, cert, dss)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        self.chain.verify_tls13_signature(message, cert, dss)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.chain.supported_verify_schemes()
    }
}

/// Chain and name without dates: looks for a moment at which every certificate of the chain is
/// valid, moving on to each start that is named on the way. Starts only lie ahead and a chain is
/// short, so this ends; a chain whose certificates were never valid together is refused.
fn at_any_time(
    verify: impl Fn(UnixTime) -> Result<ServerCertVerified, rustls::Error>,
) -> Result<ServerCertVerified, rustls::Error> {
    let mut at = UnixTime::since_unix_epoch(Duration::ZERO);
    loop {
        match verify(at) {
            Err(rustls::Error::InvalidCertificate(CertificateError::NotValidYetContext {
                not_before,
                ..
            })) if not_before > at => at = not_before,
            verdict => return verdict,
        }
    }
}
