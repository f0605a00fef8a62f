//! [`Port`] on tokio.

use std::cell::RefCell;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use kvs_device::{Identity, Port, Target};
use kvs_signaling::event::CloseReason;
use kvs_signaling::{Instant, UnixTime};

use crate::connect::{Connector, close_reason};
use crate::connection::Stream;
use crate::console::Console;
use crate::platform;
use crate::run::Options;

/// Where the wall clock comes from.
#[derive(Clone, Copy, Debug)]
pub enum Wall {
    /// This many ms since 1970 when the device starts; then it goes with tokio's clock.
    From(u64),
    /// The system's.
    System,
}

/// Where entropy comes from.
#[derive(Clone, Copy, Debug)]
pub enum Entropy {
    /// Pseudo-random and the same again for the same seed: for tests only.
    Seeded(u64),
    /// The system's, fit for keys.
    System,
}

/// Where the session's cache survives a restart.
#[derive(Clone, Debug)]
pub enum Cache {
    /// In memory; hand the same one to the next run, or a new one for a blank flash.
    Memory(Arc<Mutex<Vec<u8>>>),
    /// In a file.
    File(PathBuf),
}

impl Default for Cache {
    fn default() -> Self {
        Self::Memory(Arc::default())
    }
}

/// The device's board.
pub(crate) struct HostPort<C> {
    connector: C,
    console: Console,
    options: Options,
    begun: tokio::time::Instant,
    /// State of the seeded generator.
    random: RefCell<u64>,
}

impl<C: Connector> HostPort<C> {
    pub(crate) fn new(connector: C, console: Console, options: Options) -> Self {
        let seed = match options.entropy {
            Entropy::Seeded(seed) => seed,
            Entropy::System => 0,
        };
        let begun = tokio::time::Instant::now();
        Self { connector, console, options, begun, random: RefCell::new(seed) }
    }

    pub(crate) fn size(&self) -> crate::run::Size {
        self.options.size
    }

    fn elapsed_ms(&self) -> u64 {
        u64::try_from(self.begun.elapsed().as_millis()).unwrap_or(u64::MAX)
    }
}

impl<C: Connector> Port for HostPort<C> {
    type Connection<'p>
        = Stream<C::Stream>
    where
        C: 'p;

    fn identity(&self) -> Identity<'_> {
        Identity {
            image: &self.options.image,
            board: &self.options.board,
            reset: &self.options.reset,
            mac: "none",
            build_date: UnixTime(self.options.build_unix_ms),
        }
    }

    fn now(&self) -> Instant {
        Instant(self.elapsed_ms())
    }

    fn wall(&self) -> UnixTime {
        UnixTime(match self.options.wall {
            Wall::From(start) => start.saturating_add(self.elapsed_ms()),
            Wall::System => platform::unix_ms(),
        })
    }

    async fn sleep_until(&self, at: Instant) {
        match self.begun.checked_add(Duration::from_millis(at.0)) {
            Some(at) => tokio::time::sleep_until(at).await,
            None => std::future::pending().await,
        }
    }

    fn fill(&self, bytes: &mut [u8]) {
        match self.options.entropy {
            Entropy::Seeded(_) => fill_seeded(&mut self.random.borrow_mut(), bytes),
            Entropy::System => platform::fill(bytes),
        }
    }

    async fn connect(&self, target: &Target<'_>) -> Result<Stream<C::Stream>, CloseReason> {
        match self.connector.connect(target).await {
            Ok(stream) => Ok(Stream(stream)),
            Err(error) => {
                let Target { host, port, address, .. } = target;
                let at = address.map(|address| format!(" at {address}")).unwrap_or_default();
                self.console.log(&format!("connect {host}:{port}{at}: {error}"));
                Err(close_reason(&error))
            }
        }
    }

    fn store(&self, cache: &[u8]) {
        match &self.options.cache {
            Cache::Memory(kept) => match kept.lock() {
                Ok(mut kept) => *kept = cache.to_vec(),
                Err(poisoned) => *poisoned.into_inner() = cache.to_vec(),
            },
            Cache::File(path) => {
                if let Err(error) = platform::replace(path, cache) {
                    self.console.log(&format!("cache {}: {error}", path.display()));
                }
            }
        }
    }

    fn load(&self, room: &mut [u8]) -> usize {
        let kept = match &self.options.cache {
            Cache::Memory(kept) => match kept.lock() {
                Ok(kept) => kept.clone(),
                Err(poisoned) => poisoned.into_inner().clone(),
            },
            // Nothing was kept yet, or what was is not readable: either way there is no cache.
            Cache::File(path) => std::fs::read(path).unwrap_or_default(),
        };
        copy(&kept, room)
    }

    async fn read_line(&self, room: &mut [u8]) -> Option<usize> {
        let line = self.console.read().await?;
        Some(copy(line.as_bytes(), room))
    }

    fn write_line(&self, line: &str) {
        self.console.write(line);
    }

    fn gauges(&self, report: &mut dyn FnMut(&str, u64)) {
        if self.options.process_gauges {
            platform::gauges(report);
        }
    }
}

/// As much as fits.
fn copy(from: &[u8], to: &mut [u8]) -> usize {
    let len = from.len().min(to.len());
    to[..len].copy_from_slice(&from[..len]);
    len
}

/// SplitMix64: any seed is good, 0 too.
fn fill_seeded(state: &mut u64, bytes: &mut [u8]) {
    for chunk in bytes.chunks_mut(8) {
        *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = *state;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^= z >> 31;
        chunk.copy_from_slice(&z.to_le_bytes()[..chunk.len()]);
    }
}
