//! What a board must offer: clocks, entropy, connections, storage and a console.
//!
//! `docs/porting.md` walks through a new port.

use core::fmt;
use core::net::SocketAddr;

use embedded_io_async::{ErrorKind, Read, Write};
use kvs_signaling::event::{CertificateTime, CloseReason};
use kvs_signaling::{Instant, UnixTime};

use crate::certificate::ClientCertificate;
use crate::settings::WifiSettings;

/// Who a device is, for its `hello`.
#[derive(Clone, Copy, Debug)]
pub struct Identity<'p> {
    /// First 16 hex digits of the image's SHA-256, or `unknown`.
    pub image: &'p str,
    /// `sim`, `host`, `qemu-virt`, `esp32c3`, …
    pub board: &'p str,
    /// Reset reason: `power`, `software`, `watchdog`, `panic`, `brownout`, `deep_sleep`.
    pub reset: &'p str,
    /// Hardware address, or `none`.
    pub mac: &'p str,
    /// When the image was built: a wall clock before this is not believed (decision 3).
    pub build_date: UnixTime,
}

/// Where to connect, and what to demand of the other side.
#[derive(Clone, Copy, Debug)]
pub struct Target<'t> {
    /// Name for SNI and the certificate.
    pub host: &'t str,
    /// TCP port of the service; not used when `address` is given.
    pub port: u16,
    /// Where the name points by [`crate::Names`]; `None`: resolve it.
    pub address: Option<SocketAddr>,
    /// The moment certificates are checked against.
    pub time: CertificateTime,
    /// The one CA to trust, DER; empty when none was provisioned, and then nothing is trusted that
    /// the port does not itself hold as a root.
    pub ca: &'t [u8],
    /// Shown when the other side asks for one; none for all of KVS.
    pub certificate: Option<ClientCertificate<'t>>,
}

/// A board.
///
/// All methods take `&self`: the pump has several futures under way at once, all in one task. No
/// future is polled from two places, and none is dropped but with the whole link or at the end.
#[expect(async_fn_in_trait, reason = "one task on one thread: no future needs to be Send")]
pub trait Port {
    /// An open link.
    type Connection<'p>: Connection
    where
        Self: 'p;

    /// Who this is.
    fn identity(&self) -> Identity<'_>;

    /// The monotonic clock, from any fixed start.
    fn now(&self) -> Instant;

    /// The wall clock as it stands; may be wrong, may start at 1970.
    fn wall(&self) -> UnixTime;

    /// Returns at `at`, not before. Dropped and asked again whenever the deadline changes.
    async fn sleep_until(&self, at: Instant);

    /// Fills with entropy fit for keys.
    fn fill(&self, bytes: &mut [u8]);

    /// The network that the device is to be in from now on; told whenever a session is built, also if
    /// nothing changed. A board that is in its network by itself does nothing.
    fn join(&self, wifi: &WifiSettings) {
        let _ = wifi;
    }

    /// TCP, then TLS with ALPN `http/1.1`. Dropped when the session gives the attempt up; the port
    /// may have limits of its own and then answers [`CloseReason::Timeout`].
    ///
    /// # Errors
    /// Why it failed, as exactly as the port can tell: the back-off and the operator go by it.
    async fn connect(&self, target: &Target<'_>) -> Result<Self::Connection<'_>, CloseReason>;

    /// Keeps `cache` over a reset. May be called often with equal bytes: compare before wearing
    /// out flash.
    fn store(&self, cache: &[u8]);

    /// What [`Self::store`] kept last: fills the start of `room` and gives its length, 0 for none.
    fn load(&self, room: &mut [u8]) -> usize;

    /// What [`Self::keep`] was given last, also by another image: fills the start of `room` and gives its length, 0 for none. A
    /// board that keeps nothing has none.
    fn recall(&self, room: &mut [u8]) -> usize {
        let _ = room;
        0
    }

    /// Whether this board keeps what it was told over a loss of power.
    #[cfg(feature = "test-console")]
    fn can_keep(&self) -> bool {
        false
    }

    /// Keeps `told`, which holds secrets, over a loss of power, for [`Self::recall`]; whether it could.
    #[cfg(feature = "test-console")]
    fn keep(&self, told: &[u8]) -> bool {
        let _ = told;
        false
    }

    /// Erases what [`Self::keep`] and [`Self::store`] kept; whether it could.
    #[cfg(feature = "test-console")]
    fn wipe(&self) -> bool {
        false
    }

    /// Whether this board can sleep as the console tells it to.
    #[cfg(feature = "test-console")]
    fn can_sleep(&self) -> bool {
        false
    }

    /// Whether this board can be made to die: see [`Self::crash`].
    #[cfg(feature = "test-console")]
    fn can_crash(&self) -> bool {
        false
    }

    /// Dies that way, for a test of what is then seen.
    #[cfg(feature = "test-console")]
    fn crash(&self, how: crate::console::Crash) {
        let _ = how;
    }

    /// The next console line, without its end; `None` when the console is gone for good. A line
    /// longer than `room` is cut: its checksum no longer matches then, and it is refused.
    async fn read_line(&self, room: &mut [u8]) -> Option<usize>;

    /// Puts one console line out and ends it. Must not wait long: a port whose console is slow
    /// buffers, or drops the line whole (the hole in `seq` then shows it).
    fn write_line(&self, line: &str);

    /// Measurements this board can make, as name (unit last) and value.
    fn gauges(&self, report: &mut dyn FnMut(&str, u64)) {
        let _ = report;
    }
}

/// An open link: its two halves are used at once.
#[expect(async_fn_in_trait, reason = "one task on one thread: no future needs to be Send")]
pub trait Connection {
    /// What ends a link, in words the session knows.
    type Error: embedded_io_async::Error + Into<CloseReason>;
    /// Receiving half. `read` need not be cancel-safe; 0 bytes mean an orderly end.
    type Reader<'c>: Read<Error = Self::Error>
    where
        Self: 'c;
    /// Sending half. `write` and `flush` need not be cancel-safe.
    type Writer<'c>: Write<Error = Self::Error>
    where
        Self: 'c;

    /// Both halves, for as long as the link lives.
    ///
    /// # Errors
    /// When the link has ended meanwhile.
    async fn split(&mut self) -> Result<(Self::Reader<'_>, Self::Writer<'_>), Self::Error>;

    /// Says goodbye (TLS close_notify, FIN) after both halves were dropped with no write under
    /// way. Dropped when it takes too long; dropping the connection then closes it anyhow.
    async fn close(&mut self);
}

/// What ended a link, for ports whose parts have no error type of their own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LinkError(pub CloseReason);

impl fmt::Display for LinkError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
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
