//! One device, from its `hello` to its end.

use kvs_device::demo::Demo;
use kvs_device::{App, Exit, Port, SdkMemory, SmallMemory, run_console};

use crate::connect::Connector;
use crate::console::Console;
use crate::port::{Cache, Entropy, HostPort, Wall};

/// 2025-01-01T00:00:00Z: no image of this source is older.
const BUILD_UNIX_MS: u64 = 1_735_689_600_000;

/// What a device is, beside its connector and its console.
#[derive(Clone, Debug)]
pub struct Options {
    /// First 16 hex digits of the image's SHA-256, or `unknown`.
    pub image: String,
    /// `sim` or `host`.
    pub board: String,
    /// Reset reason for `hello`.
    pub reset: String,
    /// A wall clock before this is not believed (decision 3).
    pub build_unix_ms: u64,
    /// Wall clock.
    pub wall: Wall,
    /// Entropy; seeded, it also makes the demo's answers repeatable.
    pub entropy: Entropy,
    /// What survives a restart.
    pub cache: Cache,
    /// Memory limits.
    pub size: Size,
    /// Whether `gauges` measures this process; a simulation shares its own with others.
    pub process_gauges: bool,
}

/// Which build's memory limits a device has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Size {
    /// A microcontroller's ([`SmallMemory`]).
    Small,
    /// The C SDK's ([`SdkMemory`]).
    #[default]
    Sdk,
}

impl Options {
    /// A device on virtual time: `wall_unix_ms` is its wall clock at start.
    #[must_use]
    pub fn sim(seed: u64, wall_unix_ms: u64) -> Self {
        Self {
            image: "unknown".into(),
            board: "sim".into(),
            reset: "power".into(),
            build_unix_ms: BUILD_UNIX_MS,
            wall: Wall::From(wall_unix_ms),
            entropy: Entropy::Seeded(seed),
            cache: Cache::default(),
            size: Size::default(),
            process_gauges: false,
        }
    }

    /// A device as its own process.
    #[must_use]
    pub fn host(image: String) -> Self {
        Self {
            image,
            board: "host".into(),
            wall: Wall::System,
            entropy: Entropy::System,
            process_gauges: true,
            ..Self::sim(0, 0)
        }
    }
}

/// Runs the demo application until the console says `exit` or ends.
pub async fn run_device(connector: impl Connector, console: Console, options: Options) -> Exit {
    let port = HostPort::new(connector, console, options);
    let mut seed = [0; 32];
    port.fill(&mut seed);
    serve(&port, &mut Demo::<16>::new(seed)).await
}

/// As [`run_device`], with another application.
pub async fn run_app(
    connector: impl Connector,
    console: Console,
    options: Options,
    app: &mut impl App,
) -> Exit {
    serve(&HostPort::new(connector, console, options), app).await
}

async fn serve<C: Connector>(port: &HostPort<C>, app: &mut impl App) -> Exit {
    match port.size() {
        Size::Small => run_console(port, app, &mut *Box::new(SmallMemory::new())).await,
        Size::Sdk => run_console(port, app, &mut *Box::new(SdkMemory::new())).await,
    }
}
