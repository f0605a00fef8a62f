//! The session with everything that hangs on it; never waits.
//!
//! Each entry feeds the session one input and then drains its outputs. Outputs are consumed at
//! once: connection requests and bytes go to the slots, events to the trace and the application.

use core::cell::Cell;

use kvs_signaling::event::{CloseReason, Endpoint, LinkKind};
use kvs_signaling::{Event, Input, Instant, Link, Now, Output, ResourceError, Session, Wake};

use crate::app::{App, Provided};
use crate::link::Links;
use crate::names::Names;
use crate::port::Port;
use crate::report::Report;

/// Never: no deadline at all.
pub(crate) const NEVER: Instant = Instant(u64::MAX);

/// See the module.
pub(crate) struct Engine<'m, P, A> {
    pub(crate) port: &'m P,
    pub(crate) app: &'m mut A,
    pub(crate) session: Session<'m>,
    pub(crate) report: &'m Report<'m, P>,
    pub(crate) links: &'m Links<'m>,
    pub(crate) wake: &'m Cell<Instant>,
    pub(crate) names: &'m mut Names,
    pub(crate) room: &'m mut [u8],
    /// Skew put in by the console: wall time = the port's + this (decision 3).
    pub(crate) clock_offset_ms: i64,
    pub(crate) attempts: Attempts,
    /// The session's queue is full: the application waits for room.
    pub(crate) queue_full: bool,
}

/// Numbers attempts as the trace counts them, and remembers when each link was begun.
#[derive(Default)]
pub(crate) struct Attempts {
    next: u32,
    begun: [Option<(Link, Instant)>; 2],
}

/// What one output of the session leaves to do once its borrow has ended.
enum Left {
    Nothing,
    /// The application may have something to send.
    AskApp,
    /// Ask for credentials.
    Credentials,
    /// That link's host name is too long for any port.
    Unreachable(Link),
    /// Drained.
    Wait,
}

impl<P: Port, A: App> Engine<'_, P, A> {
    /// TCP and TLS of `link` are up.
    pub(crate) fn opened(&mut self, link: Link) {
        if let Some((slot, kind)) = self.links.find(link) {
            slot.came_up();
            let took_ms = self.attempts.took_ms(link, self.port.now());
            self.report.up(link, kind, took_ms);
        }
        self.input(Input::Opened(link));
    }

    /// Bytes from `link`.
    pub(crate) fn bytes(&mut self, link: Link, bytes: &[u8]) {
        let mut rest = bytes;
        while !rest.is_empty() {
            let now = self.clock();
            let taken = self.session.handle(now, Input::Bytes(link, rest));
            self.drain();
            // A drained session takes at least one byte; without that it would be broken, and so
            // the rest is dropped rather than offered for ever.
            let Some(after) = rest.get(taken.max(usize::from(taken == 0))..) else { return };
            rest = after;
        }
    }

    /// `len` bytes of `link` are on their way.
    pub(crate) fn sent(&mut self, link: Link, len: usize) {
        self.input(Input::Sent(link, len));
    }

    /// `link` is gone.
    pub(crate) fn closed(&mut self, link: Link, why: CloseReason) {
        if let Some((slot, kind)) = self.links.find(link) {
            slot.leave();
            self.report.closed(link, kind, why);
        }
        self.input(Input::Closed(link, why));
    }

    /// Time has passed.
    pub(crate) fn tick(&mut self) {
        self.input(Input::Tick);
    }

    /// Feeds `input` and does what comes of it.
    pub(crate) fn input(&mut self, input: Input<'_>) {
        let now = self.clock();
        self.session.handle(now, input);
        self.drain();
    }

    /// What the two clocks say.
    pub(crate) fn clock(&self) -> Now {
        let mut wall = self.port.wall();
        wall.0 = wall.0.saturating_add_signed(self.clock_offset_ms);
        Now { mono: self.port.now(), wall }
    }

    /// Does everything that the session wants done.
    pub(crate) fn drain(&mut self) {
        self.links.passes.touch();
        loop {
            match self.output() {
                Left::Nothing => {}
                Left::AskApp => self.ask_app(),
                Left::Credentials => self.ask_credentials(),
                Left::Unreachable(link) => {
                    let now = self.clock();
                    self.session.handle(now, Input::Closed(link, CloseReason::Dns));
                }
                Left::Wait => return,
            }
        }
    }

    fn output(&mut self) -> Left {
        match self.session.poll() {
            Output::Open(link, endpoint) => {
                let address = self.names.find(endpoint.host);
                let attempt = self.attempts.begin(link, endpoint.kind, self.port.now());
                self.report.open(link, &endpoint, attempt);
                if open(self.links, link, &endpoint, address) {
                    return Left::Nothing;
                }
                self.report.closed(link, endpoint.kind, CloseReason::Dns);
                Left::Unreachable(link)
            }
            Output::Send(link, bytes) => {
                if let Some((slot, _)) = self.links.find(link) {
                    slot.offer(bytes);
                }
                Left::Nothing
            }
            Output::Close(link) => {
                if let Some((slot, kind)) = self.links.find(link) {
                    slot.leave();
                    self.report.closed(link, kind, CloseReason::Local);
                }
                Left::Nothing
            }
            Output::NeedCredentials => Left::Credentials,
            Output::Store(cache) => {
                self.port.store(cache);
                Left::Nothing
            }
            Output::Event(event) => {
                self.attempts.watch(&event);
                if frees_room(&event) {
                    self.queue_full = false;
                }
                self.report.event(&event);
                self.app.event(&event);
                Left::AskApp
            }
            Output::WakeAt(at, why) => {
                self.wake.set(if why == Wake::Never { NEVER } else { at });
                Left::Wait
            }
        }
    }

    fn ask_credentials(&mut self) {
        self.report.need_credentials();
        let now = self.clock();
        match self.app.credentials() {
            Provided::Now(credentials) => {
                self.session.handle(now, Input::Credentials(credentials));
            }
            Provided::Failed => {
                self.session.handle(now, Input::CredentialsFailed);
            }
            Provided::Later => {}
        }
    }

    fn ask_app(&mut self) {
        while !self.queue_full {
            let now = self.clock();
            let Some(outgoing) = self.app.next(self.room) else { return };
            let result = self.session.send(now, outgoing.to, outgoing.message);
            let to = self.session.client_id(outgoing.to).unwrap_or_default();
            match result {
                Ok(ticket) => self.report.out(ticket, to, &outgoing.message),
                // Waiting for room is not a refusal.
                Err(ResourceError::QueueFull) => self.queue_full = true,
                Err(error) => self.report.refused(to, outgoing.message.kind, error),
            }
            self.app.sent(result);
        }
    }
}

fn open(
    links: &Links<'_>,
    link: Link,
    endpoint: &Endpoint<'_>,
    address: Option<core::net::SocketAddr>,
) -> bool {
    links.slot(endpoint.kind).open(link, endpoint, address)
}

/// Whether the session may have room for another message after `event`.
fn frees_room(event: &Event<'_>) -> bool {
    matches!(
        event,
        Event::Written { .. }
            | Event::Confirmed { .. }
            | Event::SendFailed { .. }
            | Event::Connected { .. }
    )
}

impl Attempts {
    fn begin(&mut self, link: Link, kind: LinkKind, now: Instant) -> u32 {
        let slot = match kind {
            LinkKind::Https => 0,
            LinkKind::WebSocket => 1,
        };
        if let Some(begun) = self.begun.get_mut(slot) {
            *begun = Some((link, now));
        }
        self.next
    }

    fn took_ms(&self, link: Link, now: Instant) -> u64 {
        let begun = self.begun.iter().flatten().find(|(known, _)| *known == link);
        begun.map_or(0, |(_, at)| now.since(*at))
    }

    /// The session numbers failures; what follows failure n is attempt n + 1.
    fn watch(&mut self, event: &Event<'_>) {
        if let Event::Retry { attempt, .. } = event {
            self.next = attempt.saturating_add(1);
        } else if let Event::Connected { .. } = event {
            self.next = 0;
        }
    }
}
