//! The one loop: session <-> port. Only this waits.

use core::cell::{Cell, RefCell};
use core::convert::Infallible;
use core::future::{Future, pending, poll_fn};
use core::pin::pin;
use core::task::Poll;

use kvs_signaling::event::LinkKind;
use kvs_signaling::{Buffers, ConfigError, Input, Instant, Session, Tag};

use crate::app::App;
use crate::control::Control;
use crate::engine::{Attempts, Engine, NEVER};
use crate::link::{self, Links, Slot};
use crate::memory::{DeviceMemory, LentMemory};
use crate::names::Names;
use crate::passes::{First, Passes, first, until};
use crate::port::Port;
use crate::report::Report;
use crate::settings::Settings;

/// Runs a device for ever, with what its board [kept](Port::recall) or else its port put into the settings. Credentials that
/// were kept are given to the session at its start.
///
/// # Errors
/// When the settings cannot work; [`kvs_signaling::ConfigError`] says which.
pub async fn run<
    P: Port,
    A: App,
    const RX: usize,
    const TX: usize,
    const HTTP: usize,
    const LINK: usize,
    const ROOM: usize,
>(
    port: &P,
    app: &mut A,
    memory: &mut DeviceMemory<RX, TX, HTTP, LINK, ROOM>,
) -> Result<Infallible, ConfigError> {
    memory.recall(port);
    let (lent, keys) = memory.lend_with_keys();
    run_lent(port, app, lent, &[], async |control: Control<'_, '_, P, A>| {
        if let Some(credentials) = keys.as_credentials() {
            control.input(Input::Credentials(credentials));
        }
        control.input(Input::Start);
        pending().await
    })
    .await
}

/// Runs a device that was provisioned by its port until `control` ends, which says what is done and
/// when: nothing is, before it says so. Dropping the future closes every link. A channel that it
/// creates gets `tags`.
///
/// # Errors
/// As [`run`].
pub async fn run_controlled<
    P: Port,
    A: App,
    T,
    const RX: usize,
    const TX: usize,
    const HTTP: usize,
    const LINK: usize,
    const ROOM: usize,
>(
    port: &P,
    app: &mut A,
    memory: &mut DeviceMemory<RX, TX, HTTP, LINK, ROOM>,
    tags: &[Tag<'_>],
    control: impl AsyncFnOnce(Control<'_, '_, P, A>) -> T,
) -> Result<T, ConfigError> {
    run_lent(port, app, memory.lend(), tags, control).await
}

/// As [`run_controlled`], in pieces of memory.
///
/// # Errors
/// As [`run`].
pub async fn run_lent<P: Port, A: App, T>(
    port: &P,
    app: &mut A,
    memory: LentMemory<'_>,
    tags: &[Tag<'_>],
    control: impl AsyncFnOnce(Control<'_, '_, P, A>) -> T,
) -> Result<T, ConfigError> {
    let report = Report::new(port);
    report.hello();
    let LentMemory { buffers, settings, names, links, room, cache } = memory;
    let loaded = port.load(cache);
    let cache = cache.get(..loaded).unwrap_or_default();
    let parts = Parts { settings, tags, names, cache, buffers, links, room, clock_offset_ms: 0 };
    serve(port, app, &report, parts, async |engine: &RefCell<Engine<'_, P, A>>| {
        control(Control::new(engine)).await
    })
    .await
}

/// What one session borrows while it lives.
pub(crate) struct Parts<'m> {
    pub(crate) settings: &'m Settings,
    pub(crate) tags: &'m [Tag<'m>],
    pub(crate) names: &'m mut Names,
    pub(crate) cache: &'m [u8],
    pub(crate) buffers: Buffers<'m>,
    pub(crate) links: [(&'m mut [u8], &'m mut [u8]); 2],
    pub(crate) room: &'m mut [u8],
    pub(crate) clock_offset_ms: i64,
}

/// Builds a session and serves it until `control` ends; dropping everything closes its links.
pub(crate) async fn serve<P: Port, A: App, T>(
    port: &P,
    app: &mut A,
    report: &Report<'_, P>,
    parts: Parts<'_>,
    control: impl AsyncFnOnce(&RefCell<Engine<'_, P, A>>) -> T,
) -> Result<T, ConfigError> {
    let Parts { settings, tags, names, cache, buffers, links, room, clock_offset_ms } = parts;
    let [(https_rx, https_tx), (socket_rx, socket_tx)] = links;
    let links = Links {
        https: Slot::new(https_tx),
        socket: Slot::new(socket_tx),
        passes: Passes::default(),
        ca: settings.ca(),
        certificate: settings.iot.certificate(),
    };
    let wake = Cell::new(NEVER);
    // Built in place: whatever is moved here stays in the future twice.
    let engine = RefCell::new(Engine {
        session: session(port, settings, tags, cache, buffers)?,
        port,
        app,
        report,
        links: &links,
        wake: &wake,
        names,
        room,
        clock_offset_ms,
        attempts: Attempts::default(),
        queue_full: false,
    });
    let mut control = pin!(control(&engine));
    let mut socket = pin!(link::run(&engine, port, &links, LinkKind::WebSocket, socket_rx));
    let mut https = pin!(link::run(&engine, port, &links, LinkKind::Https, https_rx));
    let mut timer = pin!(keep_time(&engine, port, &wake));
    // Always in this order: what arrived before what is due, so that a pong that comes in its last
    // millisecond counts, and the same input gives the same output.
    let ended = poll_fn(|cx| {
        links.passes.poll(cx, |cx| {
            let _: Poll<Infallible> = socket.as_mut().poll(cx);
            let _: Poll<Infallible> = https.as_mut().poll(cx);
            let _: Poll<Infallible> = timer.as_mut().poll(cx);
            control.as_mut().poll(cx)
        })
    });
    Ok(ended.await)
}

fn session<'m, P: Port>(
    port: &P,
    settings: &'m Settings,
    tags: &'m [Tag<'m>],
    cache: &'m [u8],
    buffers: Buffers<'m>,
) -> Result<Session<'m>, ConfigError> {
    port.join(&settings.wifi);
    let mut seed = [0; 32];
    port.fill(&mut seed);
    let mut config = settings.config(cache, port.identity().build_date);
    config.channel.tags = tags;
    Session::new(config, buffers, seed)
}

/// Ticks the session exactly when it asked for it.
async fn keep_time<P: Port, A: App>(
    engine: &RefCell<Engine<'_, P, A>>,
    port: &P,
    wake: &Cell<Instant>,
) -> Infallible {
    let mut not_before = Instant(0);
    loop {
        let at = wake.get();
        let moved = until(|| (wake.get() != at).then_some(()));
        let earliest = at.max(not_before);
        let due = async {
            if at == NEVER {
                pending::<()>().await;
            }
            port.sleep_until(earliest).await;
        };
        let first = first(pin!(moved), pin!(due)).await;
        if let First::B(()) = first {
            engine.borrow_mut().tick();
            // A deadline that stays in the past must not keep the device busy.
            not_before = port.now().plus(1);
        }
    }
}
