//! A call outside a client's pump, for a provider; each platform has its way to make it.

use std::time::Duration;

use kvs_signaling::event::CertificateTime;

use crate::platform::{Shown, Trusted};

/// One request on a TLS connection of its own.
pub(crate) struct Ask {
    /// Whom to ask; SNI and certificate have this name.
    pub(crate) host: String,
    /// Its port.
    pub(crate) port: u16,
    /// The moment its certificate is checked against.
    pub(crate) time: CertificateTime,
    /// What is trusted.
    pub(crate) trusted: Trusted,
    /// Who asks.
    pub(crate) shown: Shown,
    /// The whole request.
    pub(crate) request: Vec<u8>,
    /// Limit for TCP and TLS.
    pub(crate) connect: Duration,
    /// Limit for all of it.
    pub(crate) whole: Duration,
}
