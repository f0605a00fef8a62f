//! What a scenario runs on. A board is data (`boards/*.toml`) plus what its kind can do.

mod exec;
pub mod foreign;
mod host;
mod image;
mod lines;
pub mod netns;
mod platform;
mod process;
#[cfg(unix)]
mod qemu;
pub mod serial;
mod sim;

use std::collections::BTreeSet;
use std::net::Ipv4Addr;
use std::time::Duration;

use futures_util::future::LocalBoxFuture;
use mock_kvs::{Journal, Mock};
use serde::Deserialize;
use tokio::sync::mpsc;
use tokio::time::Instant;

use crate::bench::Entry;
use crate::cli::{BoardName, RunArgs};
use crate::history::Record;
use crate::scenario::model::BoardKind;
use foreign::{Said, Stock};

pub use exec::Environment;
pub use image::{Image, cargo};
pub use platform::kill_all_children;
#[cfg(unix)]
use qemu::Machine;
pub use serial::Rung;

const BUILT_IN: [&str; 6] = [
    include_str!("../boards/sim.toml"),
    include_str!("../boards/host.toml"),
    include_str!("../boards/exec.toml"),
    include_str!("../boards/qemu.toml"),
    include_str!("../boards/qemu-esp32c3.toml"),
    include_str!("../boards/serial.toml"),
];

/// A board as its file describes it.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Spec {
    /// How it is named with `--board`.
    pub name: String,
    /// What drives it.
    pub kind: Kind,
    /// One line for `scenario boards`.
    pub title: String,
    /// How far apart the clocks of two sources may be.
    pub slack_us: u64,
    /// Runs at once unless `--jobs` says otherwise; the machine's cores without.
    pub jobs: Option<usize>,
    /// Names of `needs` it meets; `link` meets every `link.…`.
    pub meets: BTreeSet<String>,
    /// `--netns`: each run has a network of its own, with the service on port 443 under AWS's names.
    #[serde(skip)]
    pub own_network: bool,
    /// The service that its firmware was made for, where it cannot be told another.
    #[serde(skip)]
    pub stock: Option<Stock>,
    /// This machine's address as the board sees it, where that is not fixed: the service listens there.
    #[serde(skip)]
    pub host: Option<Ipv4Addr>,
}

/// What drives a board.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// In this process, on virtual time.
    Sim,
    /// A process of its own.
    Host,
    /// A bare-metal image on an emulated machine.
    Qemu,
    /// The ESP32-C3 image on Espressif's emulator.
    QemuEsp32c3,
    /// A board on a serial port.
    Serial,
    /// Any other client, by its command.
    Exec,
}

impl Kind {
    /// How scenario files call it, under `timeouts` and `repeat`.
    pub fn in_files(self) -> BoardKind {
        match self {
            Self::Sim => BoardKind::Sim,
            Self::Host => BoardKind::Host,
            Self::Qemu => BoardKind::Qemu,
            Self::QemuEsp32c3 => BoardKind::QemuEsp32c3,
            Self::Serial => BoardKind::Serial,
            Self::Exec => BoardKind::Exec,
        }
    }
}

impl Spec {
    /// The boards that need no bench file.
    ///
    /// # Errors
    /// When a built-in file does not parse: a defect of this build.
    pub fn built_in() -> Result<Vec<Self>, BoardError> {
        let parse =
            |text: &&str| toml::from_str(text).map_err(|error| BoardError(error.to_string()));
        BUILT_IN.iter().map(parse).collect()
    }

    /// The board that is named so; that of another client carries its command in its name.
    ///
    /// # Errors
    /// When there is none.
    pub fn of(name: &BoardName) -> Result<Self, BoardError> {
        let file = match name {
            BoardName::Exec(_) => "exec".into(),
            BoardName::Sim | BoardName::Host | BoardName::Qemu | BoardName::QemuEsp32c3 => {
                name.word()
            }
            BoardName::Serial(_) => "serial".into(),
        };
        let spec = Self::built_in()?.into_iter().find(|spec| spec.name == file);
        let spec = spec.ok_or_else(|| BoardError(format!("there is no board `{file}`")))?;
        Ok(Self { name: name.word().into_owned(), ..spec })
    }

    /// Whether the device tells on its console what it does, and takes commands there.
    pub fn traced(&self) -> bool {
        self.meets.contains("trace")
    }

    /// Whether the board meets `need`, itself or by its layer.
    pub fn meets(&self, need: &str) -> bool {
        let layer = need.split('.').next().unwrap_or(need);
        self.meets.contains(need) || self.meets.contains(layer)
    }

    /// Where the service listens for the device.
    pub fn listen_address(&self) -> Ipv4Addr {
        self.host.unwrap_or(Ipv4Addr::LOCALHOST)
    }

    /// The same place, as the device sees it.
    pub fn service_address(&self) -> Ipv4Addr {
        match self.kind {
            // QEMU's user-mode network stands for the host there.
            Kind::Qemu | Kind::QemuEsp32c3 => Ipv4Addr::new(10, 0, 2, 2),
            Kind::Sim | Kind::Host | Kind::Exec => Ipv4Addr::LOCALHOST,
            Kind::Serial => self.listen_address(),
        }
    }

    /// Whether time is virtual.
    pub fn virtual_clock(&self) -> bool {
        self.kind == Kind::Sim
    }

    /// Runs at once by default.
    pub fn jobs(&self) -> usize {
        let cores = || std::thread::available_parallelism().map_or(1, usize::from);
        self.jobs.unwrap_or_else(cores)
    }
}

/// The board could not do its part: always infra, never the device's failure.
#[derive(Clone, Debug, thiserror::Error)]
#[error("{0}")]
pub struct BoardError(pub String);

/// What a device says, or what becomes of it.
#[derive(Clone, Debug)]
pub struct Heard {
    /// When it arrived.
    pub at: Instant,
    /// Records that the service's journal held by then: they came before it.
    pub journal: u64,
    /// What.
    pub what: Output,
}

/// Where a board puts what it hears of its device.
#[derive(Clone)]
pub struct Ear {
    heard: mpsc::UnboundedSender<Heard>,
    journal: Journal,
}

impl Ear {
    /// Into `heard`, ordered after what stands in `journal`.
    pub fn new(heard: mpsc::UnboundedSender<Heard>, journal: Journal) -> Self {
        Self { heard, journal }
    }

    /// Heard just now.
    pub fn hear(&self, what: Output) {
        let heard = Heard { at: Instant::now(), journal: self.journal.len(), what };
        // A run that is over listens no more.
        let _ = self.heard.send(heard);
    }
}

/// One piece of a device's output.
#[derive(Clone, Debug)]
pub enum Output {
    /// A line on the console.
    Line(String),
    /// What a line of a foreign console stands for; the line itself follows.
    Said(Said),
    /// A line beside the console (stderr of a process): log text whatever it says.
    Log(String),
    /// It runs no more; with how it ended.
    Ended(String),
    /// It never ran, although its start seemed to work; with the reason.
    Unstarted(String),
    /// The board itself is gone or broke, whatever its device did; with the reason.
    Gone(String),
}

/// Where a device reaches the service.
#[derive(Clone)]
pub enum Reach {
    /// In memory.
    Memory(Mock),
    /// On this port of loopback.
    Port(u16),
    /// As its environment says: a client that takes no commands is told everything at its start.
    Environment(Box<Environment>),
}

/// A kind of board: makes its image ready once, then starts as many devices as there are runs.
pub trait Board: Send + Sync {
    /// The data it was made from.
    fn spec(&self) -> &Spec;

    /// Why this machine cannot have the board at all: its runs are skipped, with the reason.
    fn absent(&self) -> Option<String> {
        None
    }

    /// Builds or finds the image and hashes it; once per command, before any run.
    ///
    /// # Errors
    /// With what was missing or what the build said.
    fn prepare(&mut self) -> Result<Image, BoardError>;

    /// Prepares the thread on which a run will be played, before anything of the run is there.
    ///
    /// # Errors
    /// With what refused.
    fn enter(&self) -> Result<(), BoardError> {
        Ok(())
    }

    /// Starts one device; `seed` is for boards whose entropy is ours to give. What it says goes to `ear`, in order, its end last.
    ///
    /// # Errors
    /// When it cannot be started.
    fn start(&self, reach: Reach, seed: u64, ear: Ear) -> Result<Box<dyn Device>, BoardError>;

    /// One line for people about what `prepare` found and did.
    fn note(&self) -> Option<String> {
        None
    }

    /// What a bench file would say of it, when none did.
    fn entry_to_keep(&self) -> Option<&Entry> {
        None
    }

    /// Whether the device that says this `hello` is the one that was prepared.
    ///
    /// # Errors
    /// With what it is instead.
    fn recognise(&self, _hello: &Record) -> Result<(), BoardError> {
        Ok(())
    }

    /// The Wi-Fi network that the device is told.
    fn wifi(&self) -> Option<WiFi> {
        None
    }

    /// It did not wake up, whatever was tried: keeps it from later runs. Gives what to tell people.
    fn give_up(&self, _why: &str) -> Option<String> {
        None
    }

    /// No run of it is to come for now: others may have it.
    fn rest(&self) {}
}

/// A Wi-Fi network and how to get in.
pub struct WiFi {
    /// Its name.
    pub ssid: String,
    /// A secret.
    pub password: String,
}

/// What a hand at the bench can do to a board beside its power switch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lever {
    /// Press reset.
    Reset,
    /// Pull the network cable, or plug it in.
    Cable {
        /// Whether it is in afterwards.
        plugged: bool,
    },
}

/// One running device.
pub trait Device {
    /// Sends one console line (without its end).
    ///
    /// # Errors
    /// When the device takes nothing any more.
    fn write(&mut self, line: &str) -> Result<(), BoardError>;

    /// Does what a hand at the bench would do.
    ///
    /// # Errors
    /// When this board has no such thing, or it did not work.
    fn pull(&mut self, lever: Lever) -> LocalBoxFuture<'_, Result<(), BoardError>> {
        let refused = BoardError(format!("this board has no {lever:?} of ours"));
        Box::pin(std::future::ready(Err(refused)))
    }

    /// Waits until it begins anew: a board that is always on may still do what an earlier run wanted.
    ///
    /// # Errors
    /// When it could not be restarted.
    fn restarted(&mut self) -> LocalBoxFuture<'_, Result<(), BoardError>> {
        Box::pin(std::future::ready(Ok(())))
    }

    /// What can be tried while it says nothing before its start, from gentle to rough.
    fn rungs(&self) -> Vec<Rung> {
        Vec::new()
    }

    /// Tries one of [`Self::rungs`].
    ///
    /// # Errors
    /// When that could not even be done.
    fn climb(&mut self, _rung: Rung) -> LocalBoxFuture<'_, Result<(), BoardError>> {
        Box::pin(std::future::ready(Ok(())))
    }

    /// Stops it and whatever it started, within `limit`.
    fn stop(self: Box<Self>, limit: Duration) -> LocalBoxFuture<'static, ()>;
}

/// The board of `spec`; of one on a serial port, with its bench entry if it has one.
pub fn board(spec: Spec, entry: Option<Entry>, args: &RunArgs) -> Box<dyn Board> {
    match spec.kind {
        Kind::Sim => Box::new(sim::Sim::new(spec)),
        Kind::Host => Box::new(host::Host::new(spec, args.image.clone())),
        #[cfg(unix)]
        Kind::Qemu => Box::new(qemu::Qemu::new(spec, Machine::Virt, args.image.clone())),
        #[cfg(unix)]
        Kind::QemuEsp32c3 => Box::new(qemu::Qemu::new(spec, Machine::Esp32c3, args.image.clone())),
        #[cfg(not(unix))]
        Kind::Qemu | Kind::QemuEsp32c3 => Box::new(Absent(spec)),
        Kind::Serial => serial::board(spec, entry, args.image.clone()),
        Kind::Exec => Box::new(exec::Exec::new(spec, args.netns)),
    }
}

/// A board that this system cannot have.
#[cfg(not(unix))]
struct Absent(Spec);

#[cfg(not(unix))]
impl Board for Absent {
    fn spec(&self) -> &Spec {
        &self.0
    }

    fn absent(&self) -> Option<String> {
        Some("an emulator is reached over Unix sockets, and this system has none".into())
    }

    fn prepare(&mut self) -> Result<Image, BoardError> {
        Err(BoardError(self.absent().unwrap_or_default()))
    }

    fn start(&self, _reach: Reach, _seed: u64, _ear: Ear) -> Result<Box<dyn Device>, BoardError> {
        Err(BoardError(self.absent().unwrap_or_default()))
    }
}
