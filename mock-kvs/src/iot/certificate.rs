//! The certificate of one device, from the mock's own authority.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use rcgen::{CertificateParams, ExtendedKeyUsagePurpose, KeyPair, KeyUsagePurpose};
use rustls::RootCertStore;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, UnixTime};
use rustls::server::WebPkiClientVerifier;
use sha2::{Digest as _, Sha256};

use crate::digest::hex;
use crate::tls::{Authority, TlsError, named, validity};

/// A device's certificate and key, as files on the device hold them.
#[derive(Clone, PartialEq, Eq)]
pub struct DeviceCertificate {
    /// The SHA-256 of the certificate in hexadecimal, as AWS IoT forms its certificate ids.
    pub id: String,
    /// The thing it is attached to.
    pub thing: String,
    /// The certificate, PEM.
    pub certificate_pem: String,
    /// Its private key, PKCS #8 in PEM.
    pub private_key_pem: String,
}

/// Leaves out the key.
impl fmt::Debug for DeviceCertificate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DeviceCertificate")
            .field("id", &self.id)
            .field("thing", &self.thing)
            .finish_non_exhaustive()
    }
}

impl Authority {
    /// Signs a certificate for a thing. With a length it ends that long after `wall_ms`, at once
    /// when that is zero.
    pub(crate) fn device(
        &self,
        thing: &str,
        wall_ms: u64,
        valid_for: Option<Duration>,
    ) -> Result<DeviceCertificate, TlsError> {
        let mut params = CertificateParams::new(Vec::new())?;
        params.distinguished_name = named(thing);
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
        params.use_authority_key_identifier_extension = true;
        (params.not_before, params.not_after) = validity();
        if let Some(valid_for) = valid_for {
            let end_s = i64::try_from(wall_ms / 1000).unwrap_or(i64::MAX);
            if let Ok(end) = time::OffsetDateTime::from_unix_timestamp(end_s)
                && let Ok(valid_for) = time::Duration::try_from(valid_for)
                && let Some(end) = end.checked_add(valid_for)
            {
                params.not_after = end;
            }
        }
        let key = KeyPair::generate()?;
        let certificate = params.signed_by(&key, self.issuer())?;
        Ok(DeviceCertificate {
            id: certificate_id(certificate.der()),
            thing: thing.to_owned(),
            certificate_pem: certificate.pem(),
            private_key_pem: key.serialize_pem(),
        })
    }

    /// Whether a device's chain leads here and is valid at a moment of the service's clock.
    pub(crate) fn verify_device(
        &self,
        chain: &[CertificateDer<'_>],
        wall_ms: u64,
    ) -> Result<(), String> {
        let Some((leaf, intermediates)) = chain.split_first() else {
            return Err("The request needs a client certificate.".into());
        };
        let mut roots = RootCertStore::empty();
        roots.add(CertificateDer::from(self.der())).map_err(|error| error.to_string())?;
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider)
            .build()
            .map_err(|error| error.to_string())?;
        let now = UnixTime::since_unix_epoch(Duration::from_millis(wall_ms));
        verifier
            .verify_client_cert(leaf, intermediates, now)
            .map(drop)
            .map_err(|error| format!("The client certificate is not accepted: {error}."))
    }
}

/// The id of a certificate.
pub(crate) fn certificate_id(der: &[u8]) -> String {
    hex(&Sha256::digest(der))
}

/// The id of a certificate in PEM.
pub(crate) fn certificate_id_of_pem(pem: &str) -> Result<String, TlsError> {
    let der = CertificateDer::from_pem_slice(pem.as_bytes())
        .map_err(|error| TlsError::Pem(error.to_string()))?;
    Ok(certificate_id(&der))
}
