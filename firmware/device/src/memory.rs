//! All the memory of a device, in one value.

use kvs_signaling::Buffers;
use kvs_signaling::config::{CHANNEL_STATE_MAX, HTTP_MIN, RX_SDK, RX_SMALL};

#[cfg(feature = "test-console")]
use crate::console::ConsoleMemory;
use crate::keys::Keys;
use crate::names::Names;
use crate::port::Port;
use crate::provision;
use crate::settings::Settings;

/// What a device needs beside its futures, sized at compile time and fit for a `static`.
///
/// | parameter | holds | by |
/// | --- | --- | --- |
/// | `RX` | one received message whole, base64 and envelope included | [`RX_SMALL`], [`RX_SDK`] |
/// | `TX` | messages until the service has confirmed them | one frame at least |
/// | `HTTP` | one request, then its response | [`HTTP_MIN`] |
/// | `LINK` | bytes between a socket and the session, for each of two links and two directions | a TLS record's usual payload |
/// | `ROOM` | one payload while the application writes it | the largest that may be sent; an answer takes 1–3 KB |
pub struct DeviceMemory<
    const RX: usize,
    const TX: usize,
    const HTTP: usize,
    const LINK: usize,
    const ROOM: usize,
> {
    pub(crate) session: kvs_signaling::Memory<RX, TX, HTTP>,
    pub(crate) retained: Retained,
    pub(crate) links: [LinkMemory<LINK>; 2],
    pub(crate) room: [u8; ROOM],
    pub(crate) cache: [u8; CACHE_MAX],
    #[cfg(feature = "test-console")]
    pub(crate) console: ConsoleMemory,
}

/// What a device borrows. [`DeviceMemory`] holds one of each; a program that knows its sizes only when it
/// runs, or has no room for all of it in one piece, lends pieces of its own.
pub struct LentMemory<'m> {
    /// The session's.
    pub buffers: Buffers<'m>,
    /// What the device is to do.
    pub settings: &'m Settings,
    /// Where names point.
    pub names: &'m mut Names,
    /// From and to the sockets of HTTPS and of the WebSocket, a receiving and a sending part each.
    pub links: [(&'m mut [u8], &'m mut [u8]); 2],
    /// One payload while the application writes it.
    pub room: &'m mut [u8],
    /// What the port loads at the start: [`CACHE_MAX`].
    pub cache: &'m mut [u8],
}

/// For a microcontroller: the documented payload limit of 10,240 bytes (decision 6).
pub type SmallMemory = DeviceMemory<RX_SMALL, { RX_SMALL + 4_096 }, HTTP_MIN, 1_024, 10_240>;

/// For a microcontroller that takes the C SDK's limit: 18,750 base64 characters, 14,061 bytes
/// (decision 6).
pub type LargeMemory = DeviceMemory<RX_SDK, { RX_SDK + 4_096 }, HTTP_MIN, 1_024, 14_061>;

/// For a host: the C SDK's limits, and room for a dozen answers that wait for confirmation.
pub type SdkMemory = DeviceMemory<RX_SDK, { 4 * RX_SDK }, 16_384, 4_096, 18_750>;

/// What a port may keep over a reset: the channel's state and the cache's own head.
pub const CACHE_MAX: usize = CHANNEL_STATE_MAX + 64;

/// What a device was told, and has to know again after a sleep: settings, name overrides, credentials. A port that sleeps keeps
/// it where the sleep leaves it; it holds secrets. (The cache is kept by [`crate::Port::store`].)
pub struct Retained {
    pub(crate) settings: Settings,
    pub(crate) names: Names,
    /// Skew put in by the console (decision 3).
    #[cfg_attr(not(feature = "test-console"), allow(dead_code, reason = "there is none then"))]
    pub(crate) clock_offset_ms: i64,
    pub(crate) keys: Keys,
    /// It has just come out of a sleep: the device goes on without being told to.
    #[cfg(feature = "test-console")]
    pub(crate) woken: bool,
    /// The settings are what they should be, and not all zeros.
    settled: bool,
}

impl Retained {
    /// Nothing was told yet.
    pub(crate) const EMPTY: Self = Self {
        settings: Settings::DEFAULT,
        names: Names::EMPTY,
        clock_offset_ms: 0,
        keys: Keys::EMPTY,
        #[cfg(feature = "test-console")]
        woken: false,
        settled: true,
    };

    /// All zeros, until [`Self::settle`].
    const BLANK: Self = Self { settings: Settings::BLANK, settled: false, ..Self::EMPTY };

    /// Forgets what was told.
    pub(crate) fn clear(&mut self) {
        self.settings.clear();
        self.names = Names::EMPTY;
        self.keys = Keys::EMPTY;
    }

    /// Makes settings of a blank.
    fn settle(&mut self) {
        if !core::mem::replace(&mut self.settled, true) {
            self.settings.settle();
        }
    }

    /// Says that this has just come out of a sleep: the next run goes on without being told to.
    #[cfg(feature = "test-console")]
    pub fn wake(&mut self) {
        self.woken = true;
    }
}

/// Bytes of one link between socket and session.
pub(crate) struct LinkMemory<const LINK: usize> {
    pub(crate) rx: [u8; LINK],
    pub(crate) tx: [u8; LINK],
}

impl<const LINK: usize> LinkMemory<LINK> {
    pub(crate) fn lend(&mut self) -> (&mut [u8], &mut [u8]) {
        (&mut self.rx, &mut self.tx)
    }
}

impl<const RX: usize, const TX: usize, const HTTP: usize, const LINK: usize, const ROOM: usize>
    DeviceMemory<RX, TX, HTTP, LINK, ROOM>
{
    /// Unused memory with default settings, as bytes all zero: a `static` of it takes no flash. The
    /// settings become what they are when they are first looked at.
    pub const BLANK: Self = Self::with(Retained::BLANK);

    /// Unused memory with default settings.
    #[must_use]
    pub const fn new() -> Self {
        Self::with(Retained::EMPTY)
    }

    const fn with(retained: Retained) -> Self {
        Self {
            session: kvs_signaling::Memory::new(),
            retained,
            links: [const { LinkMemory { rx: [0; LINK], tx: [0; LINK] } }; 2],
            room: [0; ROOM],
            cache: [0; CACHE_MAX],
            #[cfg(feature = "test-console")]
            console: ConsoleMemory::EMPTY,
        }
    }

    /// All of it, for a device.
    pub fn lend(&mut self) -> LentMemory<'_> {
        self.lend_with_keys().0
    }

    pub(crate) fn lend_with_keys(&mut self) -> (LentMemory<'_>, &Keys) {
        self.retained.settle();
        let Retained { settings, names, keys, .. } = &mut self.retained;
        let lent = LentMemory {
            buffers: self.session.lend(),
            settings,
            names,
            links: self.links.each_mut().map(LinkMemory::lend),
            room: &mut self.room,
            cache: &mut self.cache,
        };
        (lent, keys)
    }

    /// Takes over what the board kept of what it was told; whether there was anything.
    pub fn recall<P: Port>(&mut self, port: &P) -> bool {
        let len = port.recall(&mut self.room);
        let told = self.room.get_mut(..len).unwrap_or_default();
        self.retained.settle();
        let found = !told.is_empty() && provision::read(&mut self.retained, told);
        // There are secrets among it.
        told.fill(0);
        found
    }

    /// The settings, for a port that provisions by itself.
    pub fn settings(&mut self) -> &mut Settings {
        &mut self.retained().settings
    }

    /// What is to outlive a sleep, and what has.
    pub fn retained(&mut self) -> &mut Retained {
        self.retained.settle();
        &mut self.retained
    }

    /// The name overrides, for a port that provisions by itself.
    pub fn names(&mut self) -> &mut Names {
        &mut self.retained().names
    }
}

impl<const RX: usize, const TX: usize, const HTTP: usize, const LINK: usize, const ROOM: usize>
    Default for DeviceMemory<RX, TX, HTTP, LINK, ROOM>
{
    fn default() -> Self {
        Self::new()
    }
}
