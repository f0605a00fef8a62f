//! The private certificate authority and the leaf every TLS listener shows.

mod constraints;
mod faulty;

use std::fmt;
use std::net::IpAddr;
use std::sync::Arc;

use rcgen::{
    BasicConstraints, CertificateParams, DistinguishedName, DnType, ExtendedKeyUsagePurpose, IsCa,
    Issuer, KeyPair, KeyUsagePurpose, date_time_ymd,
};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};

use crate::iot::{AnyDevice, is_provider};
use crate::partition::Partition;

/// Why certificates could not be made or used.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// rcgen refused.
    #[error("cannot make a certificate: {0}")]
    Certificate(#[from] rcgen::Error),
    /// A file that should hold a certificate does not.
    #[error("not a certificate in PEM: {0}")]
    Pem(String),
    /// rustls refused.
    #[error("cannot use the certificate: {0}")]
    Tls(#[from] rustls::Error),
}

/// A private certificate authority. Cheap to clone: many mocks can share one, and with it the cost
/// of making keys. ECDSA P-256, valid from 2020 so that a device with an old clock can meet it.
#[derive(Clone)]
pub struct Authority {
    inner: Arc<Inner>,
}

struct Inner {
    der: Vec<u8>,
    pem: String,
    issuer: Issuer<'static, KeyPair>,
    leaf_key: KeyPair,
}

impl fmt::Debug for Authority {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Authority").finish_non_exhaustive()
    }
}

impl Authority {
    /// Makes a new authority, and the one key of all its leaves.
    ///
    /// # Errors
    /// When keys cannot be made.
    pub fn new() -> Result<Self, TlsError> {
        let params = authority_params()?;
        let key = KeyPair::generate()?;
        let certificate = params.self_signed(&key)?;
        Self::of(certificate.der().to_vec(), certificate.pem(), params, key)
    }

    /// Makes a new authority that can sign for `names` only, whoever gets hold of its key: the
    /// service's names of `region`, this machine's and private networks' addresses, and `more`.
    ///
    /// # Errors
    /// When keys cannot be made, or one of `more` is neither a DNS name nor an address.
    pub fn constrained(region: &str, more: &[String]) -> Result<Self, TlsError> {
        let mut params = authority_params()?;
        params.custom_extensions.push(constraints::extension(region, more)?);
        let key = KeyPair::generate()?;
        let certificate = params.self_signed(&key)?;
        Self::of(certificate.der().to_vec(), certificate.pem(), params, key)
    }

    /// Whether clients that mind constraints take a certificate of this authority for such names.
    ///
    /// # Errors
    /// When no certificate can be made for them.
    pub fn permits(&self, names: &[String]) -> Result<bool, TlsError> {
        let chain = self.chain(leaf_params(names.to_vec())?)?;
        constraints::accepts(&self.inner.der, &chain, names)
    }

    /// An authority that was made before, from its certificate and its [key](Self::key_pem).
    ///
    /// # Errors
    /// When either is not PEM, or the key is of another kind.
    pub fn from_pem(certificate: &str, key: &str) -> Result<Self, TlsError> {
        let der = CertificateDer::from_pem_slice(certificate.as_bytes())
            .map_err(|error| TlsError::Pem(error.to_string()))?;
        // Subject and key are what a chain is built by, and the subject never changes.
        let key = KeyPair::from_pem(key)?;
        Self::of(der.to_vec(), certificate.to_owned(), authority_params()?, key)
    }

    /// The authority's private key, PEM: to be kept where only its owner reads.
    pub fn key_pem(&self) -> String {
        self.inner.issuer.key().serialize_pem()
    }

    fn of(
        der: Vec<u8>,
        pem: String,
        params: CertificateParams,
        key: KeyPair,
    ) -> Result<Self, TlsError> {
        let leaf_key = KeyPair::generate()?;
        let inner = Inner { der, pem, issuer: Issuer::new(params, key), leaf_key };
        Ok(Self { inner: Arc::new(inner) })
    }

    /// The authority's certificate, DER.
    pub fn der(&self) -> &[u8] {
        &self.inner.der
    }

    /// The authority's certificate, PEM.
    pub fn pem(&self) -> &str {
        &self.inner.pem
    }

    pub(crate) fn issuer(&self) -> &Issuer<'static, KeyPair> {
        &self.inner.issuer
    }

    /// A server configuration whose leaf carries the region's names and the bind address
    /// (decision 11). Offers http/1.1 only: the real endpoints' h2 breaks clients (spec §1.1).
    pub(crate) fn server_config(
        &self,
        region: &str,
        bind: IpAddr,
        more: &[String],
    ) -> Result<ServerConfigs, TlsError> {
        let names = leaf_names(region, bind, more);
        let chain = self.chain(leaf_params(names.clone())?)?;
        let key = self.leaf_key();
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let devices = Arc::new(AnyDevice { provider: provider.clone() });
        let service = unasked(chain.clone(), key.clone_key())?;
        let mut provider = rustls::ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()?
            .with_client_cert_verifier(devices)
            .with_single_cert(chain, key)?;
        provider.alpn_protocols = vec![HTTP_1_1.to_vec()];
        Ok(ServerConfigs {
            region: region.to_owned(),
            authority: self.clone(),
            names,
            service: Arc::new(service),
            provider: Arc::new(provider),
        })
    }

    /// A leaf and the authority's own certificate.
    fn chain(&self, leaf: CertificateParams) -> Result<Vec<CertificateDer<'static>>, TlsError> {
        let leaf = leaf.signed_by(&self.inner.leaf_key, &self.inner.issuer)?;
        Ok(vec![
            CertificateDer::from(leaf.der().to_vec()),
            CertificateDer::from(self.inner.der.clone()),
        ])
    }

    fn leaf_key(&self) -> PrivateKeyDer<'static> {
        PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(self.inner.leaf_key.serialize_der()))
    }
}

const HTTP_1_1: &[u8] = b"http/1.1";

/// What the leaf of a listener is for (decision 11).
pub(crate) fn leaf_names(region: &str, bind: IpAddr, more: &[String]) -> Vec<String> {
    let partition = Partition::of(region);
    let mut names = Vec::new();
    for name in partition.control_planes(region) {
        names.extend([format!("*.{name}"), name]);
    }
    names.push(format!("*.{}", partition.credentials_provider(region)));
    names.extend(["localhost", "127.0.0.1", "::1", "10.0.2.2"].map(str::to_owned));
    for name in more.iter().cloned().chain([bind.to_string()]) {
        if !names.contains(&name) {
            names.push(name);
        }
    }
    names
}

/// A configuration that asks for no client certificate.
fn unasked(
    chain: Vec<CertificateDer<'static>>,
    key: PrivateKeyDer<'static>,
) -> Result<rustls::ServerConfig, TlsError> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut config = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_no_client_auth()
        .with_single_cert(chain, key)?;
    config.alpn_protocols = vec![HTTP_1_1.to_vec()];
    Ok(config)
}

fn leaf_params(names: Vec<String>) -> Result<CertificateParams, TlsError> {
    let mut params = CertificateParams::new(names)?;
    params.distinguished_name = named("mock-kvs");
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    params.use_authority_key_identifier_extension = true;
    (params.not_before, params.not_after) = validity();
    Ok(params)
}

/// How one listener shakes hands, by the name it is called.
#[derive(Clone, Debug)]
pub(crate) struct ServerConfigs {
    region: String,
    authority: Authority,
    /// Of the leaf.
    names: Vec<String>,
    service: Arc<rustls::ServerConfig>,
    provider: Arc<rustls::ServerConfig>,
}

impl ServerConfigs {
    /// Client certificates are asked for on the IoT host name only (decision 10).
    pub fn of(&self, server_name: Option<&str>) -> Arc<rustls::ServerConfig> {
        match server_name {
            Some(name) if is_provider(name, &self.region) => Arc::clone(&self.provider),
            Some(_) | None => Arc::clone(&self.service),
        }
    }
}

fn authority_params() -> Result<CertificateParams, TlsError> {
    let mut params = CertificateParams::new(Vec::new())?;
    params.distinguished_name = named("mock-kvs test CA");
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    (params.not_before, params.not_after) = validity();
    Ok(params)
}

pub(crate) fn named(name: &str) -> DistinguishedName {
    let mut distinguished = DistinguishedName::new();
    distinguished.push(DnType::CommonName, name);
    distinguished
}

pub(crate) fn validity() -> (time::OffsetDateTime, time::OffsetDateTime) {
    (date_time_ymd(2020, 1, 1), date_time_ymd(2050, 1, 1))
}
