//! One link at a time in one slot: connect, carry bytes, say goodbye.
//!
//! Each link has one connect future, then one reader and one writer future. They end by themselves
//! or with the whole link, never alone: TLS stacks do not survive a read or write that is dropped
//! half-way.

use core::cell::{Cell, RefCell};
use core::convert::Infallible;
use core::net::SocketAddr;
use core::pin::pin;

use embedded_io_async::{Read, Write};
use kvs_signaling::Link;
use kvs_signaling::config::ENDPOINT_MAX;
use kvs_signaling::event::{CertificateTime, CloseReason, Endpoint, LinkKind};

use crate::app::App;
use crate::certificate::ClientCertificate;
use crate::engine::Engine;
use crate::passes::{First, Passes, first, until};
use crate::port::{Connection, Port, Target};
use crate::text::Text;

/// Time for close_notify and FIN. A peer that does not take them gets a plain close.
const GOODBYE_MS: u64 = 1_000;
/// Passes that the reader gets after a write failed: what the peer said before it hung up, such as
/// an HTTP refusal, explains the failure better than the failed write.
const LAST_WORDS: u32 = 8;

/// What the engine and the futures of one link share.
pub(crate) struct Slot<'m> {
    /// The link that the session believes in; others are on their way out.
    current: Cell<Option<Link>>,
    request: Cell<Option<Request>>,
    up: Cell<bool>,
    out: RefCell<&'m mut [u8]>,
    out_len: Cell<usize>,
}

/// A connection attempt, copied from the session's output.
struct Request {
    link: Link,
    host: Text<ENDPOINT_MAX>,
    port: u16,
    address: Option<SocketAddr>,
    time: CertificateTime,
    shows_certificate: bool,
}

impl<'m> Slot<'m> {
    /// No link. `out` holds bytes on their way to the writer.
    pub(crate) fn new(out: &'m mut [u8]) -> Self {
        Self {
            current: Cell::new(None),
            request: Cell::new(None),
            up: Cell::new(false),
            out: RefCell::new(out),
            out_len: Cell::new(0),
        }
    }

    /// Asks for a connection. `false`: the name is longer than any endpoint's may be.
    pub(crate) fn open(
        &self,
        link: Link,
        endpoint: &Endpoint<'_>,
        address: Option<SocketAddr>,
    ) -> bool {
        let Ok(host) = Text::of(endpoint.host) else { return false };
        let (port, time) = (endpoint.port, endpoint.time);
        self.leave();
        self.current.set(Some(link));
        let shows_certificate = endpoint.client_certificate;
        self.request.set(Some(Request { link, host, port, address, time, shows_certificate }));
        true
    }

    /// Gives the current link up, if there is one.
    pub(crate) fn leave(&self) {
        self.current.set(None);
        self.request.set(None);
        self.up.set(false);
    }

    /// The link that the session believes in.
    pub(crate) fn current(&self) -> Option<Link> {
        self.current.get()
    }

    /// Whether TCP and TLS are up.
    #[cfg(feature = "test-console")]
    pub(crate) fn is_up(&self) -> bool {
        self.up.get()
    }

    /// Marks TCP and TLS as up.
    pub(crate) fn came_up(&self) {
        self.up.set(true);
    }

    /// Copies bytes for the writer, as many as there is room for. The session offers nothing more
    /// before they are reported as sent, so the writer is idle here.
    pub(crate) fn offer(&self, bytes: &[u8]) {
        let Ok(mut out) = self.out.try_borrow_mut() else { return };
        let len = bytes.len().min(out.len());
        if let (Some(to), Some(from)) = (out.get_mut(..len), bytes.get(..len)) {
            to.copy_from_slice(from);
            self.out_len.set(len);
        }
    }

    fn left(&self, link: Link) -> Option<()> {
        (self.current.get() != Some(link)).then_some(())
    }
}

/// What all futures of a device share beside the engine.
pub(crate) struct Links<'m> {
    pub(crate) https: Slot<'m>,
    pub(crate) socket: Slot<'m>,
    pub(crate) passes: Passes,
    pub(crate) ca: &'m [u8],
    pub(crate) certificate: Option<ClientCertificate<'m>>,
}

impl<'m> Links<'m> {
    /// The slot for that kind of link: at most one of each (decision 7).
    pub(crate) fn slot(&self, kind: LinkKind) -> &Slot<'m> {
        match kind {
            LinkKind::Https => &self.https,
            LinkKind::WebSocket => &self.socket,
        }
    }

    /// The slot that carries `link` now, and its kind.
    pub(crate) fn find(&self, link: Link) -> Option<(&Slot<'m>, LinkKind)> {
        [LinkKind::Https, LinkKind::WebSocket]
            .map(|kind| (self.slot(kind), kind))
            .into_iter()
            .find(|(slot, _)| slot.current() == Some(link))
    }
}

/// Serves one slot for ever.
pub(crate) async fn run<P: Port, A: App>(
    engine: &RefCell<Engine<'_, P, A>>,
    port: &P,
    links: &Links<'_>,
    kind: LinkKind,
    rx: &mut [u8],
) -> Infallible {
    let slot = links.slot(kind);
    loop {
        let request = until(|| slot.request.take()).await;
        let link = request.link;
        // Whatever the last link left in the buffer died with it.
        slot.out_len.set(0);
        let target = Target {
            host: request.host.as_str(),
            port: request.port,
            address: request.address,
            time: request.time,
            ca: links.ca,
            certificate: links.certificate.filter(|_| request.shows_certificate),
        };
        let given_up = || until(|| slot.left(link));
        let dialled = first(pin!(given_up()), pin!(port.connect(&target))).await;
        let mut connection = match dialled {
            First::A(()) => continue,
            First::B(Ok(connection)) => connection,
            First::B(Err(why)) => {
                engine.borrow_mut().closed(link, why);
                continue;
            }
        };
        engine.borrow_mut().opened(link);
        let carried = carry(engine, links, slot, link, &mut connection, rx);
        let ended = first(pin!(given_up()), pin!(carried)).await;
        let why = match ended {
            First::A(()) => CloseReason::Local,
            First::B(why) => {
                engine.borrow_mut().closed(link, why);
                why
            }
        };
        let in_order = matches!(why, CloseReason::Local | CloseReason::Fin);
        // After half a record nothing that this side adds can be understood.
        if in_order && slot.out_len.get() == 0 {
            say_goodbye(port, slot, &mut connection).await;
        }
    }
}

/// Moves bytes both ways until the link ends, and says why it did.
async fn carry<P: Port, A: App, C: Connection>(
    engine: &RefCell<Engine<'_, P, A>>,
    links: &Links<'_>,
    slot: &Slot<'_>,
    link: Link,
    connection: &mut C,
    rx: &mut [u8],
) -> CloseReason {
    let (reader, writer) = match connection.split().await {
        Ok(halves) => halves,
        Err(error) => return error.into(),
    };
    let reading = read(engine, links, link, reader, rx);
    let writing = write(engine, links, slot, link, writer);
    match first(pin!(reading), pin!(writing)).await {
        First::A(why) | First::B(why) => why,
    }
}

async fn read<P: Port, A: App, R: Read<Error: Into<CloseReason>>>(
    engine: &RefCell<Engine<'_, P, A>>,
    links: &Links<'_>,
    link: Link,
    mut reader: R,
    rx: &mut [u8],
) -> CloseReason {
    loop {
        match reader.read(rx).await {
            Ok(0) => return CloseReason::Fin,
            Ok(len) => {
                engine.borrow_mut().bytes(link, rx.get(..len).unwrap_or_default());
                // A peer that sends without end must not keep the others from their turn.
                links.passes.next().await;
            }
            Err(error) => return error.into(),
        }
    }
}

async fn write<P: Port, A: App, W: Write<Error: Into<CloseReason>>>(
    engine: &RefCell<Engine<'_, P, A>>,
    links: &Links<'_>,
    slot: &Slot<'_>,
    link: Link,
    mut writer: W,
) -> CloseReason {
    loop {
        let len = until(|| Some(slot.out_len.get()).filter(|len| *len > 0)).await;
        match write_some(slot, len, &mut writer).await {
            Ok(written) => {
                slot.out_len.set(0);
                engine.borrow_mut().sent(link, written);
            }
            Err(why) => {
                for _ in 0..LAST_WORDS {
                    links.passes.next().await;
                }
                return why;
            }
        }
    }
}

/// One write and its flush: what is reported as sent has left this device.
#[expect(
    clippy::await_holding_refcell_ref,
    reason = "the engine fills the buffer only while `out_len` is 0, and this runs while it is not"
)]
async fn write_some<W: Write<Error: Into<CloseReason>>>(
    slot: &Slot<'_>,
    len: usize,
    writer: &mut W,
) -> Result<usize, CloseReason> {
    let out = slot.out.borrow();
    let written = writer.write(out.get(..len).unwrap_or_default()).await.map_err(Into::into)?;
    if written == 0 {
        return Err(CloseReason::Other);
    }
    writer.flush().await.map_err(Into::into)?;
    Ok(written)
}

/// Bounded, and given up at once when the slot is wanted for the next link.
async fn say_goodbye<P: Port>(port: &P, slot: &Slot<'_>, connection: &mut impl Connection) {
    let limit = port.now().plus(GOODBYE_MS);
    let wanted = until(|| slot.current().map(|_| ()));
    let limit = port.sleep_until(limit);
    first(pin!(connection.close()), pin!(first(pin!(wanted), pin!(limit)))).await;
}
