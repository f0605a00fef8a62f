//! A device that is told what to do over a line protocol: `docs/console.md`.
//!
//! Life of a device: `hello`, then provisioning, then at `start` a session; after a `stop` either
//! `start` goes on with the same session, or the first `set` of another kind than a secret ends it
//! and provisioning begins anew.

mod command;
mod desk;
mod gauges;
mod payload;
mod session;

use core::cell::RefCell;

use kvs_trace::{Event as Trace, LINE_MAX};

use crate::app::App;
use crate::engine::Engine;
use crate::keys::Keys;
use crate::memory::{DeviceMemory, LinkMemory, Retained};
use crate::names::Names;
use crate::port::Port;
use crate::provision;
use crate::pump::{Parts, serve};
use crate::report::Report;
use command::{Heard, Why};
use desk::{Desk, Provisioning};

pub use command::Crash;

/// Why a device ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// The command `exit`.
    Command,
    /// The console ended: nobody is there to tell this device anything.
    ConsoleGone,
    /// The command `sleep`: the port keeps what is [retained](Retained), and starts again with it.
    Sleep {
        /// For so long.
        for_ms: u64,
    },
}

/// Room for commands.
pub(crate) struct ConsoleMemory {
    line: [u8; LINE_MAX],
    desk: Desk,
}

impl ConsoleMemory {
    pub(crate) const EMPTY: Self = Self { line: [0; LINE_MAX], desk: Desk::EMPTY };
}

/// How provisioning ended.
enum Provisioned {
    /// By a command, or by itself.
    Start {
        id: Option<u32>,
    },
    Exit(Exit),
}

/// How a session ended.
enum Served {
    Exit(Exit),
    /// It stopped, and the line of this length wants the settings changed.
    Provision {
        len: usize,
    },
}

/// Runs a device until its console says `exit` or `sleep`, or ends.
pub async fn run_console<
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
) -> Exit {
    let report = Report::new(port);
    report.hello();
    let mut pending = None;
    if !memory.retained().woken {
        memory.recall(port);
    }
    loop {
        let (console, memory_bytes) = (&mut memory.console, size_of_val(&memory.session));
        let id = if core::mem::take(&mut memory.retained.woken) {
            None
        } else {
            let Retained { settings, names, clock_offset_ms, keys, .. } = &mut memory.retained;
            let mut provisioning = Provisioning { settings, names, clock_offset_ms, keys };
            match be_told(port, &report, &mut provisioning, console, &mut memory.room, pending)
                .await
            {
                Provisioned::Start { id } => id,
                Provisioned::Exit(exit) => return exit,
            }
        };
        let loaded = port.load(&mut memory.cache);
        let parts = Parts {
            tags: &[],
            settings: &memory.retained.settings,
            names: &mut memory.retained.names,
            cache: memory.cache.get(..loaded).unwrap_or_default(),
            buffers: memory.session.lend(),
            links: memory.links.each_mut().map(LinkMemory::lend),
            room: &mut memory.room,
            clock_offset_ms: memory.retained.clock_offset_ms,
        };
        let keys = &mut memory.retained.keys;
        let control = async |engine: &RefCell<Engine<'_, P, A>>| {
            session::attend(engine, port, console, keys, id, memory_bytes).await
        };
        pending = match serve(port, app, &report, parts, control).await {
            Ok(Served::Exit(exit)) => return exit,
            Ok(Served::Provision { len }) => Some(len),
            Err(error) => {
                report.error(error.into());
                if let Some(id) = id {
                    report.line(Trace::Nak { id, why: Why::Value.as_str() });
                }
                None
            }
        };
    }
}

/// Carries out commands until the settings are complete. `pending` is the length of a line that is
/// in memory already.
async fn be_told<P: Port>(
    port: &P,
    report: &Report<'_, P>,
    provisioning: &mut Provisioning<'_>,
    console: &mut ConsoleMemory,
    room: &mut [u8],
    mut pending: Option<usize>,
) -> Provisioned {
    let ConsoleMemory { line, desk } = console;
    loop {
        let len = match pending.take() {
            Some(len) => len,
            None => match port.read_line(line).await {
                Some(len) => len,
                None => return Provisioned::Exit(Exit::ConsoleGone),
            },
        };
        let (id, command) = match command::hear(line.get(..len).unwrap_or_default()) {
            Heard::Noise => continue,
            Heard::Refused { id, why } => {
                report.line(Trace::Nak { id, why: why.as_str() });
                continue;
            }
            Heard::Command { id, command } => (id, command),
        };
        use command::Command as C;
        let result = match command {
            C::Start => return Provisioned::Start { id: Some(id) },
            C::Exit => {
                report.line(Trace::Ack { id });
                return Provisioned::Exit(Exit::Command);
            }
            C::Sleep { for_ms } if port.can_sleep() => {
                report.line(Trace::Ack { id });
                return Provisioned::Exit(Exit::Sleep { for_ms });
            }
            C::Hello => {
                report.hello();
                Ok(())
            }
            C::Gauges => {
                gauges::idle(port, report);
                Ok(())
            }
            C::Set(set) => desk.set(&set, Some(provisioning)),
            C::Credentials => desk.take_over(provisioning.keys).map(|_| ()),
            C::Resolve { suffix, to } => desk::resolve(provisioning.names, suffix, to),
            C::Clock { offset_s } => {
                *provisioning.clock_offset_ms = offset_s.saturating_mul(1_000);
                Ok(())
            }
            C::Mutate { name } => desk::mutate(provisioning.settings, name),
            C::Keep if port.can_keep() => keep(port, provisioning, room),
            C::Wipe if port.can_keep() => wipe(port, provisioning),
            C::Keep | C::Wipe => Err(Why::Unknown),
            C::Stop | C::Send(_) | C::Metrics => Err(Why::State),
            C::Crash(how) if port.can_crash() => {
                report.line(Trace::Ack { id });
                port.crash(how);
                continue;
            }
            C::Crash(_) | C::Sleep { .. } => Err(Why::Unknown),
        };
        report.line(answer(id, result));
    }
}

/// Has the board keep what was told so far. `room` is wiped after it: there are secrets among it.
fn keep<P: Port>(port: &P, provisioning: &Provisioning<'_>, room: &mut [u8]) -> Result<(), Why> {
    let Provisioning { settings, names, keys, .. } = provisioning;
    let len = provision::write(settings, names, keys, room);
    let kept = len.and_then(|len| room.get(..len)).is_some_and(|told| port.keep(told));
    room.fill(0);
    if kept { Ok(()) } else { Err(Why::Full) }
}

/// Forgets all that was ever told, here and on the board.
fn wipe<P: Port>(port: &P, provisioning: &mut Provisioning<'_>) -> Result<(), Why> {
    provisioning.settings.clear();
    *provisioning.names = Names::EMPTY;
    *provisioning.keys = Keys::EMPTY;
    if port.wipe() { Ok(()) } else { Err(Why::Full) }
}

fn answer(id: u32, result: Result<(), Why>) -> Trace<'static> {
    match result {
        Ok(()) => Trace::Ack { id },
        Err(why) => Trace::Nak { id, why: why.as_str() },
    }
}
