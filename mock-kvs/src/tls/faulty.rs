//! Certificates and configurations with something wrong, made when a fault asks for them.

use std::sync::Arc;

use rcgen::{CertificateParams, CustomExtension};
use rustls::pki_types::CertificateDer;
use time::{Duration, OffsetDateTime};

use super::{Authority, HTTP_1_1, ServerConfigs, TlsError, authority_params, leaf_params, unasked};
use crate::fault::Certificate;

/// An object identifier for the bytes that fill a chain up: of an enterprise for examples (RFC 5612).
const FILLING: [u64; 8] = [1, 3, 6, 1, 4, 1, 32473, 1];

/// The largest certificate in a large chain: below a TLS record, as real ones are.
const FILLER_BYTES: usize = 8 * 1024;

impl ServerConfigs {
    /// With something wrong about the certificate.
    pub fn with(
        &self,
        certificate: Certificate,
        wall_ms: u64,
    ) -> Result<Arc<rustls::ServerConfig>, TlsError> {
        let mut params = leaf_params(self.names.clone())?;
        let mut authority = self.authority.clone();
        let mut more = Vec::new();
        match certificate {
            Certificate::Expired => params.not_after = now(wall_ms) - Duration::DAY,
            Certificate::NotYetValid => params.not_before = now(wall_ms) + Duration::DAY,
            Certificate::WrongName => {
                params = leaf_params(vec!["somebody-else.invalid".to_owned()])?;
            }
            Certificate::UnknownCa => authority = Authority::new()?,
            Certificate::LargeChain { bytes } => more = fillers(bytes)?,
        }
        let mut chain = authority.chain(params)?;
        chain.append(&mut more);
        unasked(chain, authority.leaf_key()).map(Arc::new)
    }

    /// Prefers h2, which nothing behind it speaks.
    pub fn preferring_h2(&self) -> Arc<rustls::ServerConfig> {
        let mut config = rustls::ServerConfig::clone(&self.service);
        config.alpn_protocols = vec![b"h2".to_vec(), HTTP_1_1.to_vec()];
        Arc::new(config)
    }
}

fn now(wall_ms: u64) -> OffsetDateTime {
    let seconds = i64::try_from(wall_ms / 1000).unwrap_or(i64::MAX);
    OffsetDateTime::from_unix_timestamp(seconds).unwrap_or(OffsetDateTime::UNIX_EPOCH)
}

/// Authorities that nothing in the chain needs, of so many bytes in all.
fn fillers(bytes: usize) -> Result<Vec<CertificateDer<'static>>, TlsError> {
    let mut fillers = Vec::new();
    let mut left = bytes;
    while left > 0 {
        let filling = left.min(FILLER_BYTES);
        let mut params: CertificateParams = authority_params()?;
        let extension = CustomExtension::from_oid_content(&FILLING, vec![0x05; filling]);
        params.custom_extensions = vec![extension];
        let key = rcgen::KeyPair::generate()?;
        fillers.push(CertificateDer::from(params.self_signed(&key)?.der().to_vec()));
        left -= filling;
    }
    Ok(fillers)
}
