//! TLS 1.2 and 1.3 by Mbed TLS: chain, name and dates are verified before the first byte of ours is sent.

#![expect(unsafe_code, reason = "Mbed TLS takes its clocks through global hooks")]

use alloc::boxed::Box;
use core::cell::Cell;
use core::ffi::CStr;
use core::future::{Future, poll_fn};
use core::pin::{Pin, pin};
use core::task::{Context, Poll};

use critical_section::Mutex;
use embedded_io_async::{ErrorKind, ErrorType, Read, Write};
use kvs_device::{ClientCertificate, Connection, Target};
use kvs_signaling::event::{CertificateTime, CloseReason};
use mbedtls_rs::sys::hook::timer::{MbedtlsTimer, hook_timer};
use mbedtls_rs::sys::hook::wall_clock::{MbedtlsWallClock, hook_wall_clock};
use mbedtls_rs::sys::{MBEDTLS_X509_BADCERT_EXPIRED, MBEDTLS_X509_BADCERT_FUTURE, tm};
use mbedtls_rs::{
    AuthMode, Certificate, ClientSessionConfig, Credentials, PrivateKey, Session, SessionConfig,
    SessionError, SessionRead, SessionWrite, Tls, X509,
};

use crate::date::{Civil, civil};
use crate::tcp::{End, Tcp};
use crate::virtio::Entropy;
use crate::{hw, say};

/// A DNS name and its zero.
const NAME_MAX: usize = 256;

/// What certificates' dates are held against: ms since 1970 less ms since power-on. Until a time is believed it stands at
/// 1970, and what that makes of the dates is not held against a certificate: without any time the library gives up.
static CERTIFICATE_TIME: Mutex<Cell<u64>> = Mutex::new(Cell::new(0));

struct Clocks;

impl MbedtlsTimer for Clocks {
    fn now(&self) -> i64 {
        i64::try_from(hw::ticks() / 10_000).unwrap_or(i64::MAX)
    }
}

impl MbedtlsWallClock for Clocks {
    fn instant(&self) -> Option<tm> {
        let start = critical_section::with(|cs| CERTIFICATE_TIME.borrow(cs).get());
        let Civil { year, month, day, hour, minute, second } =
            civil((start + hw::ticks() / 10_000) / 1_000);
        // SAFETY: a C structure of numbers.
        let mut tm: tm = unsafe { core::mem::zeroed() };
        (tm.tm_year, tm.tm_mon, tm.tm_mday) = (year - 1900, month - 1, day);
        (tm.tm_hour, tm.tm_min, tm.tm_sec) = (hour, minute, second);
        Some(tm)
    }
}

/// Mbed TLS's source of randomness.
struct Random(&'static Entropy);

// SAFETY: one hart, and never used from an interrupt.
unsafe impl Send for Random {}

impl rand_core::TryRng for Random {
    type Error = core::convert::Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Self::Error> {
        let mut bytes = [0; 4];
        self.0.fill(&mut bytes);
        Ok(u32::from_le_bytes(bytes))
    }

    fn try_next_u64(&mut self) -> Result<u64, Self::Error> {
        let mut bytes = [0; 8];
        self.0.fill(&mut bytes);
        Ok(u64::from_le_bytes(bytes))
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Self::Error> {
        self.0.fill(bytes);
        Ok(())
    }
}

impl rand_core::TryCryptoRng for Random {}

/// The library, with its clocks and its randomness. Once.
pub fn start(entropy: &'static Entropy) -> Tls<'static> {
    // SAFETY: before any other use of the library; `Clocks` has no state.
    unsafe {
        hook_timer(Some(&Clocks));
        hook_wall_clock(Some(&Clocks));
    }
    let random = Box::leak(Box::new(Random(entropy)));
    Tls::new(random).expect("called once")
}

/// A handshake over `tcp`. The caller bounds its time; dropping it drops the connection whole.
///
/// # Errors
/// [`CloseReason::Tls`] for anything that is wrong with the other side's certificate.
pub async fn handshake<'p>(
    tls: &'p Tls<'static>,
    tcp: Tcp<'p>,
    target: &Target<'_>,
) -> Result<Link<'p>, CloseReason> {
    if target.ca.is_empty() {
        say!("tls {}: no CA was provisioned, so nothing can be trusted", target.host);
        return Err(CloseReason::Tls);
    }
    let refuse = |what: &dyn core::fmt::Debug| {
        say!("tls {}: {what:?}", target.host);
        CloseReason::Tls
    };
    let mut room = [0; NAME_MAX];
    let name = name(target.host, &mut room).ok_or(CloseReason::Tls)?;
    let mut config = ClientSessionConfig::new();
    config.ca_chain = Some(Certificate::new(X509::DER(target.ca)).map_err(|error| refuse(&error))?);
    if let Some(ClientCertificate { certificate, key }) = &target.certificate {
        config.creds = Some(Credentials {
            certificate: Certificate::new(X509::DER(certificate))
                .map_err(|error| refuse(&error))?,
            private_key: PrivateKey::new(X509::DER(key), None).map_err(|error| refuse(&error))?,
        });
    }
    config.alpn_protocols = Some(&[c"http/1.1"]);
    let dates_count = match target.time {
        CertificateTime::At(time) => {
            let start = time.0.saturating_sub(hw::ticks() / 10_000);
            critical_section::with(|cs| CERTIFICATE_TIME.borrow(cs).set(start));
            true
        }
        CertificateTime::Unknown => {
            // The handshake then goes on whatever is found, and `judge` forgives nothing but dates.
            config.auth_mode = AuthMode::Optional;
            false
        }
    };
    let end = tcp.end();
    let config = SessionConfig::Client(config);
    let mut session =
        Session::new(tls.reference(), tcp, &config).map_err(|error| refuse(&error))?;
    // Not in `config`: the library copies the name here, and ours does not live as long as the session.
    session.set_server_name(name).map_err(|error| refuse(&error))?;
    if let Err(error) = session.connect().await {
        let flags = session.tls_verification_details();
        say!("tls {}: {error:?}, verification {flags:#x}", target.host);
        return Err(reason(error, &end));
    }
    judge(session.tls_verification_details(), dates_count, target.host)?;
    Ok(Link { session, end })
}

/// Nothing of ours was sent yet.
fn judge(flags: u32, dates_count: bool, host: &str) -> Result<(), CloseReason> {
    let dates = MBEDTLS_X509_BADCERT_EXPIRED | MBEDTLS_X509_BADCERT_FUTURE;
    let wrong = if dates_count { flags } else { flags & !dates };
    if wrong == 0 {
        return Ok(());
    }
    say!("tls {host}: verification {wrong:#x}");
    Err(CloseReason::Tls)
}

fn name<'r>(host: &str, room: &'r mut [u8; NAME_MAX]) -> Option<&'r CStr> {
    room.get_mut(..host.len())?.copy_from_slice(host.as_bytes());
    let with_zero = room.get(..=host.len())?;
    CStr::from_bytes_with_nul(with_zero).ok()
}

/// What TCP saw explains more than what TLS made of it.
fn reason(error: SessionError, end: &End) -> CloseReason {
    end.get().unwrap_or(match error {
        SessionError::MbedTls(_) => CloseReason::Tls,
        SessionError::Io(_) => CloseReason::Reset,
    })
}

/// An open link.
pub struct Link<'p> {
    session: Session<'p, Tcp<'p>>,
    end: End,
}

impl Connection for Link<'_> {
    type Error = LinkError;
    type Reader<'c>
        = Reader<'c>
    where
        Self: 'c;
    type Writer<'c>
        = Writer<'c>
    where
        Self: 'c;

    async fn split(&mut self) -> Result<(Reader<'_>, Writer<'_>), LinkError> {
        let end = self.end.clone();
        let halves = self.session.split().await;
        let (reader, writer) = halves.map_err(|error| LinkError(reason(error, &end)))?;
        let reader = Reader { half: Box::new(reader), end: end.clone() };
        Ok((reader, Writer { half: Box::new(writer), end }))
    }

    async fn close(&mut self) {
        // The peer may be gone already; there is nobody left to tell.
        let _ = self.session.close().await;
        let socket = self.session.stream().socket();
        socket.close();
        let _ = socket.flush().await;
    }
}

/// What ended a link.
#[derive(Clone, Copy, Debug)]
pub struct LinkError(CloseReason);

impl core::fmt::Display for LinkError {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(self.0.as_str())
    }
}

impl core::error::Error for LinkError {}

impl embedded_io_async::Error for LinkError {
    fn kind(&self) -> ErrorKind {
        ErrorKind::Other
    }
}

impl From<LinkError> for CloseReason {
    fn from(error: LinkError) -> Self {
        error.0
    }
}

/// The halves' own types cannot be named, so they are boxed. Reading is cancel-safe after a split (all that is half
/// read stays in the half), so each poll asks afresh; writing is not, so its future lives until it is done.
trait PollRead {
    fn poll_read(
        &mut self,
        cx: &mut Context<'_>,
        bytes: &mut [u8],
    ) -> Poll<Result<usize, SessionError>>;
}

impl<T: Read> PollRead for SessionRead<'_, T> {
    fn poll_read(
        &mut self,
        cx: &mut Context<'_>,
        bytes: &mut [u8],
    ) -> Poll<Result<usize, SessionError>> {
        pin!(self.read(bytes)).poll(cx)
    }
}

type Writes<'a, T> = Pin<Box<dyn Future<Output = Result<T, SessionError>> + 'a>>;

trait BoxWrite {
    fn write<'a>(&'a mut self, bytes: &'a [u8]) -> Writes<'a, usize>;
    fn flush(&mut self) -> Writes<'_, ()>;
}

impl<T: Write> BoxWrite for SessionWrite<'_, T> {
    fn write<'a>(&'a mut self, bytes: &'a [u8]) -> Writes<'a, usize> {
        Box::pin(SessionWrite::write(self, bytes))
    }

    fn flush(&mut self) -> Writes<'_, ()> {
        Box::pin(SessionWrite::flush(self))
    }
}

/// The receiving half.
pub struct Reader<'c> {
    half: Box<dyn PollRead + 'c>,
    end: End,
}

impl ErrorType for Reader<'_> {
    type Error = LinkError;
}

impl Read for Reader<'_> {
    async fn read(&mut self, bytes: &mut [u8]) -> Result<usize, LinkError> {
        let read = poll_fn(|cx| self.half.poll_read(cx, bytes)).await;
        match read.map_err(|error| reason(error, &self.end)) {
            Ok(len) => Ok(len),
            // An end without close_notify: HTTP and WebSocket frame their own ends.
            Err(CloseReason::Fin) => Ok(0),
            Err(why) => Err(LinkError(why)),
        }
    }
}

/// The sending half.
pub struct Writer<'c> {
    half: Box<dyn BoxWrite + 'c>,
    end: End,
}

impl ErrorType for Writer<'_> {
    type Error = LinkError;
}

impl Write for Writer<'_> {
    async fn write(&mut self, bytes: &[u8]) -> Result<usize, LinkError> {
        self.half.write(bytes).await.map_err(|error| LinkError(reason(error, &self.end)))
    }

    async fn flush(&mut self) -> Result<(), LinkError> {
        self.half.flush().await.map_err(|error| LinkError(reason(error, &self.end)))
    }
}
