//! [`Port`] on the reactor.

use kvs_device::{Identity, Port, Target};
use kvs_signaling::event::CloseReason;
use kvs_signaling::{Instant, UnixTime};

use crate::link::{Link, Roots};
use crate::reactor::Reactor;
use crate::shim;

/// What the program around the session decides.
pub trait Owner {
    /// The wall clock: [`crate::unix_ms`], or the application's.
    fn unix_ms(&self) -> u64;

    /// Keeps the session's cache.
    fn store(&self, cache: &[u8]);

    /// Fills the start of `room` with what was kept, and gives its length.
    fn load(&self, room: &mut [u8]) -> usize;

    /// One line for people.
    fn log(&self, line: &str);
}

/// A board on ESP-IDF.
pub struct IdfPort<'r, O> {
    reactor: &'r Reactor,
    owner: O,
    roots: Roots,
    identity: Identity<'r>,
}

impl<'r, O: Owner> IdfPort<'r, O> {
    /// A board that trusts `roots`, whatever [`Target::ca`] says.
    pub fn new(reactor: &'r Reactor, owner: O, roots: Roots, identity: Identity<'r>) -> Self {
        Self { reactor, owner, roots, identity }
    }
}

impl<O: Owner> Port for IdfPort<'_, O> {
    type Connection<'p>
        = Link<'p>
    where
        Self: 'p;

    fn identity(&self) -> Identity<'_> {
        self.identity
    }

    fn now(&self) -> Instant {
        self.reactor.now()
    }

    fn wall(&self) -> UnixTime {
        UnixTime(self.owner.unix_ms())
    }

    async fn sleep_until(&self, at: Instant) {
        self.reactor.sleep_until(at).await;
    }

    fn fill(&self, bytes: &mut [u8]) {
        shim::fill(bytes);
    }

    async fn connect(&self, target: &Target<'_>) -> Result<Link<'_>, CloseReason> {
        let connected = Link::connect(self.reactor, target, &self.roots).await;
        if let Err(why) = connected {
            self.owner.log(&format!("connect {}:{}: {}", target.host, target.port, why.as_str()));
        }
        connected
    }

    fn store(&self, cache: &[u8]) {
        self.owner.store(cache);
    }

    fn load(&self, room: &mut [u8]) -> usize {
        self.owner.load(room)
    }

    async fn read_line(&self, _: &mut [u8]) -> Option<usize> {
        std::future::pending().await
    }

    fn write_line(&self, line: &str) {
        self.owner.log(line);
    }
}
