//! A board whose clock, console and network are the test's.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::future::{pending, poll_fn};
use std::net::SocketAddr;
use std::rc::Rc;
use std::task::Poll;

use embedded_io_async::{ErrorKind, ErrorType, Read, Write};
use kvs_device::{Connection, Identity, Port, Target, WifiSettings};
use kvs_signaling::event::CloseReason;
use kvs_signaling::{Instant, UnixTime};

use super::Reported;

/// 2026-01-01T00:00:00Z.
pub const WALL_START_MS: u64 = 1_767_225_600_000;

/// What becomes of the next connection attempt.
#[derive(Clone, Copy, Debug)]
pub enum Dial {
    Accept,
    Fail(CloseReason),
    Hang,
}

/// How a wire ended, from the other side.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    Fin,
    Error(CloseReason),
}

/// One connection.
pub struct Wire {
    pub host: String,
    pub port: u16,
    pub address: Option<SocketAddr>,
    /// On its way to the device.
    pub inbox: RefCell<VecDeque<u8>>,
    /// Everything the device wrote.
    pub outbox: RefCell<Vec<u8>>,
    pub end: Cell<Option<End>>,
    /// Most bytes one write takes; 0 = the window is full.
    pub write_max: Cell<usize>,
    /// Most bytes one read gives.
    pub read_max: Cell<usize>,
    /// A write was under way when the wire was dropped.
    pub writing: Cell<bool>,
    pub said_goodbye: Cell<bool>,
    pub goodbye_hangs: Cell<bool>,
    pub dropped: Cell<bool>,
    activity: Rc<Cell<u64>>,
}

impl Wire {
    pub fn give(&self, bytes: &[u8]) {
        self.inbox.borrow_mut().extend(bytes);
        self.touch();
    }

    pub fn finish(&self, end: End) {
        self.end.set(Some(end));
        self.touch();
    }

    /// Lets a stalled writer go on.
    pub fn open_window(&self, write_max: usize) {
        self.write_max.set(write_max);
        self.touch();
    }

    pub fn is_live(&self) -> bool {
        self.end.get().is_none() && !self.dropped.get()
    }

    fn touch(&self) {
        self.activity.set(self.activity.get() + 1);
    }
}

/// The board.
pub struct Board {
    now_ms: Cell<u64>,
    deadline: Cell<Option<u64>>,
    commands: RefCell<VecDeque<Vec<u8>>>,
    console_gone: Cell<bool>,
    lines: RefCell<Vec<String>>,
    wires: RefCell<Vec<Rc<Wire>>>,
    plan: RefCell<VecDeque<Dial>>,
    pub default_write_max: Cell<usize>,
    pub default_read_max: Cell<usize>,
    random: Cell<u64>,
    pub cache: RefCell<Vec<u8>>,
    /// What it was told to keep; `None`: it cannot.
    pub kept: RefCell<Option<Vec<u8>>>,
    /// The network that it was last told to join.
    pub joined: RefCell<String>,
    pub wall_start_ms: Cell<u64>,
    activity: Rc<Cell<u64>>,
}

impl Default for Board {
    fn default() -> Self {
        Self {
            now_ms: Cell::new(0),
            deadline: Cell::new(None),
            commands: RefCell::default(),
            console_gone: Cell::new(false),
            lines: RefCell::default(),
            wires: RefCell::default(),
            plan: RefCell::default(),
            default_write_max: Cell::new(usize::MAX),
            default_read_max: Cell::new(usize::MAX),
            random: Cell::new(1),
            cache: RefCell::default(),
            kept: RefCell::new(Some(Vec::new())),
            joined: RefCell::default(),
            wall_start_ms: Cell::new(WALL_START_MS),
            activity: Rc::default(),
        }
    }
}

impl Board {
    pub fn now_ms(&self) -> u64 {
        self.now_ms.get()
    }

    /// Puts a console line in front of the device.
    pub fn say(&self, line: &str) {
        self.say_bytes(line.as_bytes());
    }

    pub fn say_bytes(&self, line: &[u8]) {
        self.commands.borrow_mut().push_back(line.to_vec());
        self.touch();
    }

    pub fn end_console(&self) {
        self.console_gone.set(true);
        self.touch();
    }

    pub fn plan(&self, dial: Dial) {
        self.plan.borrow_mut().push_back(dial);
    }

    pub fn lines(&self) -> Vec<String> {
        self.lines.borrow().clone()
    }

    pub fn events(&self) -> Vec<Reported> {
        self.lines.borrow().iter().map(|line| Reported::parse(line)).collect()
    }

    pub fn named(&self, name: &str) -> Vec<Reported> {
        self.events().into_iter().filter(|event| event.name == name).collect()
    }

    pub fn count(&self, name: &str) -> usize {
        let is = |line: &&String| line.split(' ').nth(3) == Some(name);
        self.lines.borrow().iter().filter(is).count()
    }

    pub fn wires(&self) -> Vec<Rc<Wire>> {
        self.wires.borrow().clone()
    }

    pub fn last_wire(&self) -> Rc<Wire> {
        Rc::clone(self.wires.borrow().last().expect("a wire"))
    }

    pub fn activity(&self) -> u64 {
        self.activity.get()
    }

    pub fn forget_deadlines(&self) {
        self.deadline.set(None);
    }

    /// To the next deadline; none when nobody waits for one.
    pub fn advance(&self) -> Option<()> {
        self.now_ms.set(self.deadline.get()?.max(self.now_ms.get()));
        Some(())
    }

    /// To the next deadline, but not beyond `end`; `false` when there is none before it.
    pub fn advance_to(&self, end: u64) -> bool {
        match self.deadline.get().filter(|deadline| *deadline <= end) {
            Some(deadline) if deadline > self.now_ms.get() => {
                self.now_ms.set(deadline);
                true
            }
            Some(_) | None => {
                self.now_ms.set(end);
                false
            }
        }
    }

    fn touch(&self) {
        self.activity.set(self.activity.get() + 1);
    }
}

impl Port for Board {
    type Connection<'p> = Held;

    fn identity(&self) -> Identity<'_> {
        Identity {
            image: "0123456789abcdef",
            board: "scripted",
            reset: "power",
            mac: "none",
            build_date: UnixTime(1_735_689_600_000),
        }
    }

    fn now(&self) -> Instant {
        Instant(self.now_ms.get())
    }

    fn wall(&self) -> UnixTime {
        UnixTime(self.wall_start_ms.get() + self.now_ms.get())
    }

    async fn sleep_until(&self, at: Instant) {
        poll_fn(|_| {
            if self.now_ms.get() >= at.0 {
                return Poll::Ready(());
            }
            let earliest = self.deadline.get().map_or(at.0, |known| known.min(at.0));
            self.deadline.set(Some(earliest));
            Poll::Pending
        })
        .await;
    }

    fn can_sleep(&self) -> bool {
        true
    }

    fn recall(&self, room: &mut [u8]) -> usize {
        let kept = self.kept.borrow();
        let told = kept.as_deref().unwrap_or_default();
        room[..told.len()].copy_from_slice(told);
        told.len()
    }

    fn can_keep(&self) -> bool {
        self.kept.borrow().is_some()
    }

    fn keep(&self, told: &[u8]) -> bool {
        *self.kept.borrow_mut() = Some(told.to_vec());
        true
    }

    fn wipe(&self) -> bool {
        *self.kept.borrow_mut() = Some(Vec::new());
        self.cache.borrow_mut().clear();
        true
    }

    fn join(&self, wifi: &WifiSettings) {
        *self.joined.borrow_mut() = format!("{} {}", wifi.ssid.as_str(), wifi.password.as_str());
    }

    fn fill(&self, bytes: &mut [u8]) {
        for byte in bytes {
            // Knuth's MMIX generator: any non-repeating bytes will do.
            let next = self.random.get().wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            self.random.set(next);
            *byte = next.to_be_bytes()[0];
        }
    }

    async fn connect(&self, target: &Target<'_>) -> Result<Held, CloseReason> {
        self.touch();
        match self.plan.borrow_mut().pop_front().unwrap_or(Dial::Accept) {
            Dial::Fail(why) => return Err(why),
            Dial::Hang => {}
            Dial::Accept => {
                let wire = Rc::new(Wire {
                    host: target.host.to_owned(),
                    port: target.port,
                    address: target.address,
                    inbox: RefCell::default(),
                    outbox: RefCell::default(),
                    end: Cell::new(None),
                    write_max: Cell::new(self.default_write_max.get()),
                    read_max: Cell::new(self.default_read_max.get()),
                    writing: Cell::new(false),
                    said_goodbye: Cell::new(false),
                    goodbye_hangs: Cell::new(false),
                    dropped: Cell::new(false),
                    activity: Rc::clone(&self.activity),
                });
                self.wires.borrow_mut().push(Rc::clone(&wire));
                return Ok(Held(wire));
            }
        }
        pending().await
    }

    fn store(&self, cache: &[u8]) {
        *self.cache.borrow_mut() = cache.to_vec();
    }

    fn load(&self, room: &mut [u8]) -> usize {
        let cache = self.cache.borrow();
        let len = cache.len().min(room.len());
        room[..len].copy_from_slice(&cache[..len]);
        len
    }

    async fn read_line(&self, room: &mut [u8]) -> Option<usize> {
        poll_fn(|_| {
            if let Some(line) = self.commands.borrow_mut().pop_front() {
                self.touch();
                let len = line.len().min(room.len());
                room[..len].copy_from_slice(&line[..len]);
                return Poll::Ready(Some(len));
            }
            if self.console_gone.get() { Poll::Ready(None) } else { Poll::Pending }
        })
        .await
    }

    fn write_line(&self, line: &str) {
        self.touch();
        self.lines.borrow_mut().push(line.to_owned());
    }

    fn gauges(&self, report: &mut dyn FnMut(&str, u64)) {
        report("heap_bytes", 123);
    }
}

/// A wire while the device holds it.
pub struct Held(Rc<Wire>);

impl Drop for Held {
    fn drop(&mut self) {
        self.0.dropped.set(true);
        self.0.touch();
    }
}

impl Connection for Held {
    type Error = Broken;
    type Reader<'c> = Receiving<'c>;
    type Writer<'c> = Sending<'c>;

    async fn split(&mut self) -> Result<(Receiving<'_>, Sending<'_>), Broken> {
        Ok((Receiving(&self.0), Sending(&self.0)))
    }

    async fn close(&mut self) {
        if self.0.goodbye_hangs.get() {
            pending::<()>().await;
        }
        self.0.said_goodbye.set(true);
    }
}

#[derive(Debug)]
pub struct Broken(CloseReason);

impl std::fmt::Display for Broken {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.0.as_str())
    }
}

impl std::error::Error for Broken {}

impl embedded_io_async::Error for Broken {
    fn kind(&self) -> ErrorKind {
        ErrorKind::Other
    }
}

impl From<Broken> for CloseReason {
    fn from(broken: Broken) -> Self {
        broken.0
    }
}

pub struct Receiving<'w>(&'w Wire);

impl ErrorType for Receiving<'_> {
    type Error = Broken;
}

impl Read for Receiving<'_> {
    async fn read(&mut self, bytes: &mut [u8]) -> Result<usize, Broken> {
        poll_fn(|_| {
            let mut inbox = self.0.inbox.borrow_mut();
            let len = inbox.len().min(bytes.len()).min(self.0.read_max.get());
            if len > 0 {
                self.0.touch();
                for (slot, byte) in bytes.iter_mut().zip(inbox.drain(..len)) {
                    *slot = byte;
                }
                return Poll::Ready(Ok(len));
            }
            match self.0.end.get() {
                None => Poll::Pending,
                Some(End::Fin) => Poll::Ready(Ok(0)),
                Some(End::Error(why)) => Poll::Ready(Err(Broken(why))),
            }
        })
        .await
    }
}

pub struct Sending<'w>(&'w Wire);

impl ErrorType for Sending<'_> {
    type Error = Broken;
}

impl Write for Sending<'_> {
    async fn write(&mut self, bytes: &[u8]) -> Result<usize, Broken> {
        self.0.writing.set(true);
        let result = poll_fn(|_| {
            if let Some(End::Error(why)) = self.0.end.get() {
                return Poll::Ready(Err(Broken(why)));
            }
            let len = bytes.len().min(self.0.write_max.get());
            if len == 0 {
                return Poll::Pending;
            }
            self.0.touch();
            self.0.outbox.borrow_mut().extend(&bytes[..len]);
            Poll::Ready(Ok(len))
        })
        .await;
        self.0.writing.set(false);
        result
    }

    async fn flush(&mut self) -> Result<(), Broken> {
        Ok(())
    }
}
