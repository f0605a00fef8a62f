//! What a device with an AWS IoT certificate is told: where its credentials are to be had, and what
//! it shows there.

use kvs_signaling::config::Iot;

use crate::settings::AUTHORITY_MAX;
use crate::text::{Full, Text};

/// Longest certificate, DER. AWS IoT's own, with RSA-2048 keys, have under 900 bytes.
pub const CERTIFICATE_MAX: usize = 1_536;
/// Longest private key, DER: PKCS #8 with RSA-2048 has about 1,220 bytes, with P-256 138.
pub const PRIVATE_KEY_MAX: usize = 1_536;

/// A certificate and its key, as a port's TLS takes them.
#[derive(Clone, Copy)]
pub struct ClientCertificate<'t> {
    /// DER.
    pub certificate: &'t [u8],
    /// PKCS #8, PKCS #1 or SEC 1, DER. A port whose key lives in a secure element ignores it.
    pub key: &'t [u8],
}

/// Leaves out the key.
impl core::fmt::Debug for ClientCertificate<'_> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "ClientCertificate({} bytes)", self.certificate.len())
    }
}

/// Without an endpoint, credentials come from the application instead.
#[derive(Clone, Copy)]
pub struct IotSettings {
    /// `<id>.credentials.iot.<region>.amazonaws.com`; empty for none.
    pub endpoint: Text<AUTHORITY_MAX>,
    /// The role alias.
    pub role_alias: Text<128>,
    /// The thing that the certificate is attached to.
    pub thing_name: Text<128>,
    certificate: Der<CERTIFICATE_MAX>,
    key: Der<PRIVATE_KEY_MAX>,
}

impl IotSettings {
    /// No provider.
    pub const EMPTY: Self = Self {
        endpoint: Text::EMPTY,
        role_alias: Text::EMPTY,
        thing_name: Text::EMPTY,
        certificate: Der::EMPTY,
        key: Der::EMPTY,
    };

    /// Takes over the certificate, DER.
    ///
    /// # Errors
    /// [`Full`] above [`CERTIFICATE_MAX`] bytes.
    pub fn set_certificate(&mut self, der: &[u8]) -> Result<(), Full> {
        self.certificate.set(der)
    }

    /// Takes over the private key, DER.
    ///
    /// # Errors
    /// [`Full`] above [`PRIVATE_KEY_MAX`] bytes.
    pub fn set_key(&mut self, der: &[u8]) -> Result<(), Full> {
        self.key.set(der)
    }

    /// What the session borrows of it.
    pub(crate) fn config(&self) -> Option<Iot<'_>> {
        Some(Iot {
            endpoint: self.endpoint.given()?,
            role_alias: self.role_alias.as_str(),
            thing_name: self.thing_name.as_str(),
        })
    }

    /// What TLS shows where it is asked for one.
    pub(crate) fn certificate(&self) -> Option<ClientCertificate<'_>> {
        let (certificate, key) = (self.certificate.bytes(), self.key.bytes());
        (!certificate.is_empty()).then_some(ClientCertificate { certificate, key })
    }

    /// Certificate and key, DER; empty for none.
    #[cfg(feature = "test-console")]
    pub(crate) fn ders(&self) -> (&[u8], &[u8]) {
        (self.certificate.bytes(), self.key.bytes())
    }
}

/// Leaves out the key.
impl core::fmt::Debug for IotSettings {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("IotSettings")
            .field("endpoint", &self.endpoint)
            .field("role_alias", &self.role_alias)
            .field("thing_name", &self.thing_name)
            .finish_non_exhaustive()
    }
}

#[derive(Clone, Copy)]
struct Der<const N: usize> {
    bytes: [u8; N],
    len: usize,
}

impl<const N: usize> Der<N> {
    const EMPTY: Self = Self { bytes: [0; N], len: 0 };

    fn set(&mut self, der: &[u8]) -> Result<(), Full> {
        self.bytes.get_mut(..der.len()).ok_or(Full)?.copy_from_slice(der);
        self.len = der.len();
        Ok(())
    }

    fn bytes(&self) -> &[u8] {
        self.bytes.get(..self.len).unwrap_or_default()
    }
}
