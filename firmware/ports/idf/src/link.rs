//! TCP and TLS.

use std::ffi::{CStr, CString, c_int};
use std::net::SocketAddr;
use std::sync::Arc;

use embedded_io_async::{ErrorType, Read, Write};
use kvs_device::{ClientCertificate, Connection, LinkError, Target};
use kvs_signaling::event::{CertificateTime, CloseReason};

use crate::reactor::Reactor;
use crate::resolve::resolve;
use crate::shim::{Not, Socket, Tls, has_bundle};

/// Time for TCP (decision 4).
const TCP_TIMEOUT_MS: u64 = 10_000;
/// Time for the handshake (decision 4).
const TLS_TIMEOUT_MS: u64 = 20_000;

/// What is trusted.
#[derive(Clone, Debug)]
pub enum Roots {
    /// The CAs of a PEM text.
    Pem(Arc<CStr>),
    /// ESP-IDF's certificate bundle.
    Bundle,
}

impl Roots {
    /// The CAs of a PEM text; `None` when there is no certificate in it. Whether they are CAs is seen
    /// by the first handshake.
    pub fn of_pem(pem: &[u8]) -> Option<Self> {
        const MARK: &[u8] = b"-----BEGIN CERTIFICATE-----";
        pem.windows(MARK.len()).find(|window| *window == MARK)?;
        let text = CString::new(pem).ok()?;
        Some(Self::Pem(text.into()))
    }

    /// The certificate bundle, when the component was configured with it.
    pub fn bundle() -> Option<Self> {
        has_bundle().then_some(Self::Bundle)
    }
}

/// An open link.
pub struct Link<'p> {
    reactor: &'p Reactor,
    tls: Tls,
}

impl<'p> Link<'p> {
    /// TCP, then TLS with ALPN `http/1.1`: the chain ends in `roots`, names the host and is valid at
    /// the target's time. Dates are checked here and not by Mbed TLS, whose clock may be wrong: leave
    /// `CONFIG_MBEDTLS_HAVE_TIME_DATE` off, as it is by default.
    ///
    /// # Errors
    /// Why it failed, as the resolver, TCP or TLS have it.
    pub async fn connect(
        reactor: &'p Reactor,
        target: &Target<'_>,
        roots: &Roots,
    ) -> Result<Self, CloseReason> {
        let socket = match target.address {
            Some(address) => dial(reactor, address).await?,
            None => dial_any(reactor, target.host, target.port).await?,
        };
        let tls = handshake(reactor, socket, target, roots).await?;
        Ok(Self { reactor, tls })
    }

    async fn drive<T>(&self, step: impl FnMut() -> Result<T, Not>) -> Result<T, LinkError> {
        self.reactor.drive(self.tls.number(), step).await.map_err(LinkError)
    }
}

impl Drop for Link<'_> {
    fn drop(&mut self) {
        self.reactor.forget(self.tls.number());
    }
}

/// Every address of the name in turn; the last failure counts.
async fn dial_any(reactor: &Reactor, host: &str, port: u16) -> Result<Socket, CloseReason> {
    let mut failed = CloseReason::Dns;
    for address in resolve(host, port).await? {
        match dial(reactor, address).await {
            Ok(socket) => return Ok(socket),
            Err(why) => failed = why,
        }
    }
    Err(failed)
}

async fn dial(reactor: &Reactor, address: SocketAddr) -> Result<Socket, CloseReason> {
    let numeric = CString::new(address.ip().to_string()).map_err(|_| CloseReason::Dns)?;
    let socket = Socket::dial(&numeric, address.port())?;
    let number = socket.number();
    let _forget = Forget { reactor, number };
    let dialled = reactor.drive(number, || socket.dialled());
    limited(reactor.within(TCP_TIMEOUT_MS, dialled).await)?;
    Ok(socket)
}

async fn handshake(
    reactor: &Reactor,
    socket: Socket,
    target: &Target<'_>,
    roots: &Roots,
) -> Result<Tls, CloseReason> {
    let ca = match roots {
        Roots::Pem(pem) => Some(Arc::clone(pem)),
        Roots::Bundle => None,
    };
    let own = target
        .certificate
        .map(|ClientCertificate { certificate, key }| (certificate.to_vec(), key.to_vec()));
    let tls = Tls::new(socket, target.host, ca, own)?;
    let _forget = Forget { reactor, number: tls.number() };
    let handshake = reactor.drive(tls.number(), || tls.handshake());
    limited(reactor.within(TLS_TIMEOUT_MS, handshake).await)?;
    if let CertificateTime::At(time) = target.time {
        let unix_s = i64::try_from(time.0 / 1_000).unwrap_or(i64::MAX);
        tls.valid_at(unix_s).map_err(|_| CloseReason::Tls)?;
    }
    Ok(tls)
}

fn limited(result: Option<Result<(), CloseReason>>) -> Result<(), CloseReason> {
    result.unwrap_or(Err(CloseReason::Timeout))
}

/// A future that is dropped while it waits for a socket must not leave the wait behind: the number
/// may be another socket's soon.
struct Forget<'p> {
    reactor: &'p Reactor,
    number: c_int,
}

impl Drop for Forget<'_> {
    fn drop(&mut self) {
        self.reactor.forget(self.number);
    }
}

impl Connection for Link<'_> {
    type Error = LinkError;
    type Reader<'c>
        = Half<'c>
    where
        Self: 'c;
    type Writer<'c>
        = Half<'c>
    where
        Self: 'c;

    async fn split(&mut self) -> Result<(Half<'_>, Half<'_>), LinkError> {
        Ok((Half(self), Half(self)))
    }

    async fn close(&mut self) {
        // The peer may be gone already; there is nobody left to tell.
        let _ = self.drive(|| self.tls.goodbye()).await;
    }
}

/// One direction of a link. Both are used by one thread, so they share the TLS state as it is.
pub struct Half<'c>(&'c Link<'c>);

impl ErrorType for Half<'_> {
    type Error = LinkError;
}

impl Read for Half<'_> {
    async fn read(&mut self, bytes: &mut [u8]) -> Result<usize, LinkError> {
        match self.0.drive(|| self.0.tls.read(bytes)).await {
            // An end without close_notify: HTTP and WebSocket frame their own ends.
            Err(LinkError(CloseReason::Fin)) => Ok(0),
            result => result,
        }
    }
}

impl Write for Half<'_> {
    async fn write(&mut self, bytes: &[u8]) -> Result<usize, LinkError> {
        self.0.drive(|| self.0.tls.write(bytes)).await
    }

    async fn flush(&mut self) -> Result<(), LinkError> {
        // What was written is in the socket.
        Ok(())
    }
}
