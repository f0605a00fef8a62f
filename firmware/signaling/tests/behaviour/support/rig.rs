//! The loop around a session: what a pump does, on a clock of its own.

use kvs_signaling::config::{HTTP_MIN, Iot, RX_SMALL};
use kvs_signaling::event::{CloseReason, LinkKind};
use kvs_signaling::{
    Channel, Config, Credentials, Input, Instant, Link, Memory, Message, MessageKind, Now, OnLoss,
    Output, PeerId, Policy, ResourceError, Role, Session, State, Ticket, UnixTime, Wake,
};

use super::{EPOCH_MS, Service, Told};

/// What differs from test to test.
#[derive(Clone)]
pub struct Options {
    pub role: Role<'static>,
    pub channel: Channel<'static>,
    pub policy: Policy,
    pub cache: Vec<u8>,
    pub seed: u8,
    /// Device wall clock minus the service's.
    pub wall_offset_ms: i64,
    /// Life of what the provider gives; `None` for ever.
    pub credentials_s: Option<u64>,
    pub control_plane: Option<&'static str>,
    pub iot: Option<Iot<'static>>,
    pub token: &'static str,
    #[cfg(kvs_mutants)]
    pub mutants: kvs_signaling::config::Mutants,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            role: Role::Master,
            channel: Channel {
                name: "door",
                arn: None,
                region: "us-west-2",
                create: false,
                media_storage: false,
                message_ttl_s: 60,
                tags: &[],
            },
            policy: Policy::DEFAULT,
            cache: Vec::new(),
            seed: 7,
            wall_offset_ms: 0,
            credentials_s: Some(3_600),
            control_plane: None,
            iot: None,
            token: "token",
            #[cfg(kvs_mutants)]
            mutants: kvs_signaling::config::Mutants::default(),
        }
    }
}

/// A session, its service, and everything that was said.
pub struct Rig {
    pub session: Session<'static>,
    pub service: Service,
    pub options: Options,
    pub now_ms: u64,
    /// When, and what.
    pub told: Vec<(u64, Told)>,
    pub wake: (Instant, Wake),
    /// Answers `NeedCredentials` at once.
    pub provides: bool,
    /// Links are opened at once; otherwise never, or refused.
    pub opens: Result<bool, CloseReason>,
    /// Most bytes the port writes of one `Send`; 0 for none.
    pub writes: usize,
    /// What was offered while `writes` was 0.
    held: Option<(Link, Vec<u8>)>,
    /// Bytes come to the session in pieces of this size.
    pub piece: usize,
    /// Links as the port has them: kind, and whether up.
    pub links: Vec<(Link, LinkKind, bool)>,
    /// Most WebSocket links that stood at one time.
    pub most_sockets: usize,
}

impl Rig {
    pub fn new(options: Options) -> Self {
        let memory = Box::leak(Box::new(Memory::<RX_SMALL, RX_SMALL, HTTP_MIN>::new()));
        let config = Config {
            channel: options.channel,
            role: options.role,
            control_plane: options.control_plane,
            iot: options.iot,
            user_agent: "kvs-signaling/test",
            build_date: UnixTime(EPOCH_MS - 86_400_000),
            cache: options.cache.clone().leak(),
            policy: options.policy,
            #[cfg(kvs_mutants)]
            mutants: options.mutants,
        };
        let session = Session::new(config, memory.lend(), [options.seed; 32]).expect("valid");
        Self {
            session,
            service: Service::new(EPOCH_MS),
            options,
            now_ms: 0,
            told: Vec::new(),
            wake: (Instant(0), Wake::Never),
            provides: true,
            opens: Ok(true),
            writes: usize::MAX,
            held: None,
            piece: usize::MAX,
            links: Vec::new(),
            most_sockets: 0,
        }
    }

    /// Started and connected.
    pub fn connected(options: Options) -> Self {
        let mut rig = Self::new(options);
        rig.input(Input::Start);
        assert!(rig.run_until(5_000, |rig| rig.session.state() == State::Connected), "{rig:?}");
        rig
    }

    pub fn now(&self) -> Now {
        let wall =
            EPOCH_MS.saturating_add(self.now_ms).saturating_add_signed(self.options.wall_offset_ms);
        Now { mono: Instant(self.now_ms), wall: UnixTime(wall) }
    }

    /// One input, and everything that follows from it at this moment.
    pub fn input(&mut self, input: Input<'_>) -> usize {
        let taken = self.session.handle(self.now(), input);
        self.settle();
        taken
    }

    /// Passes bytes as a pump does: again and again until all are taken.
    pub fn bytes(&mut self, link: Link, bytes: &[u8]) {
        let mut left = bytes;
        while !left.is_empty() {
            let piece = &left[..left.len().min(self.piece)];
            let taken = self.session.handle(self.now(), Input::Bytes(link, piece));
            assert!(taken > 0, "a drained session takes something");
            left = &left[taken..];
            self.drain();
        }
    }

    /// The port takes `n` bytes of what it held back.
    pub fn release(&mut self, n: usize) {
        let (link, bytes) = self.held.take().expect("something is held back");
        let n = n.min(bytes.len());
        self.service.received(link, &bytes[..n], self.now_ms);
        self.input(Input::Sent(link, n));
    }

    /// What the port holds back.
    pub fn held(&self) -> Option<&[u8]> {
        self.held.as_ref().map(|(_, bytes)| bytes.as_slice())
    }

    /// Drains the session and delivers what the service answers, until nothing moves.
    pub fn settle(&mut self) {
        self.drain();
        while let Some((link, bytes)) = self.service.outbox.pop_front() {
            match bytes {
                Some(bytes) => self.bytes(link, &bytes),
                None => self.end(link, CloseReason::Fin),
            }
            self.drain();
        }
    }

    /// The link ends.
    pub fn end(&mut self, link: Link, why: CloseReason) {
        self.service.ended(link);
        let known = self.links.iter().any(|(known, ..)| *known == link);
        self.links.retain(|(known, ..)| *known != link);
        if known {
            self.told.push((self.now_ms, Told::Ended(link, why)));
            self.session.handle(self.now(), Input::Closed(link, why));
            self.settle();
        }
    }

    /// Lets time pass; every deadline on the way is kept to the millisecond.
    pub fn run(&mut self, ms: u64) {
        let end = self.now_ms + ms;
        self.run_until(ms, |_| false);
        self.now_ms = end;
        self.input(Input::Tick);
    }

    /// Lets time pass until something holds. False when it does not within `ms`.
    pub fn run_until(&mut self, ms: u64, holds: impl Fn(&Self) -> bool) -> bool {
        let end = self.now_ms + ms;
        for _ in 0..1_000_000 {
            if holds(self) {
                return true;
            }
            let next = self.wake.0.0;
            if next > end {
                return false;
            }
            assert!(next > self.now_ms, "woken for {:?} at a moment that has passed", self.wake);
            self.now_ms = next;
            self.input(Input::Tick);
        }
        panic!("no end of wakes: {self:?}");
    }

    /// Sends a message that is retried when its link dies.
    pub fn send(
        &mut self,
        to: PeerId,
        kind: MessageKind,
        payload: &str,
    ) -> Result<Ticket, ResourceError> {
        self.send_with(to, kind, payload, "", OnLoss::Retry)
    }

    pub fn send_with(
        &mut self,
        to: PeerId,
        kind: MessageKind,
        payload: &str,
        correlation_id: &str,
        on_loss: OnLoss,
    ) -> Result<Ticket, ResourceError> {
        let message = Message { kind, payload: payload.as_bytes(), correlation_id, on_loss };
        let ticket = self.session.send(self.now(), to, message);
        self.settle();
        ticket
    }

    /// The WebSocket's link.
    pub fn socket(&self) -> Link {
        let sockets = self.links.iter().filter(|(_, kind, _)| *kind == LinkKind::WebSocket);
        sockets.map(|(link, ..)| *link).max().expect("a socket")
    }

    /// What was told since `from`, an index into `told`.
    pub fn since(&self, from: usize) -> Vec<&Told> {
        self.told[from..].iter().map(|(_, told)| told).collect()
    }

    pub fn count(&self, holds: impl Fn(&Told) -> bool) -> usize {
        self.told.iter().filter(|(_, told)| holds(told)).count()
    }

    /// When each of them was told.
    pub fn times(&self, holds: impl Fn(&Told) -> bool) -> Vec<u64> {
        self.told.iter().filter(|(_, told)| holds(told)).map(|(at, _)| *at).collect()
    }

    /// The states entered, in order.
    pub fn states(&self) -> Vec<State> {
        let to = |told: &Told| match told {
            Told::State { to, .. } => Some(*to),
            _ => None,
        };
        self.told.iter().filter_map(|(_, told)| to(told)).collect()
    }

    fn drain(&mut self) {
        for _ in 0..10_000 {
            let now_ms = self.now_ms;
            let told = match self.session.poll() {
                Output::WakeAt(at, why) => {
                    self.wake = (at, why);
                    return;
                }
                Output::Event(event) => Told::from(event),
                Output::Open(link, endpoint) => {
                    let (kind, time) = (endpoint.kind, endpoint.time);
                    let shows_certificate = endpoint.client_certificate;
                    let (host, port) = (endpoint.host.into(), endpoint.port);
                    self.open(link, kind);
                    Told::Open { link, host, port, kind, time, shows_certificate }
                }
                Output::Close(link) => {
                    self.links.retain(|(known, ..)| *known != link);
                    self.service.ended(link);
                    Told::Close(link)
                }
                Output::NeedCredentials => {
                    self.told.push((now_ms, Told::Need));
                    if self.provides {
                        self.give_credentials();
                    }
                    continue;
                }
                Output::Store(bytes) => Told::Store(bytes.into()),
                Output::Send(link, bytes) => {
                    let n = bytes.len().min(self.writes);
                    if n == 0 {
                        self.held = Some((link, bytes.into()));
                        continue;
                    }
                    self.service.received(link, &bytes[..n], now_ms);
                    self.session.handle(self.now(), Input::Sent(link, n));
                    continue;
                }
            };
            self.told.push((now_ms, told));
        }
        panic!("no end of outputs: {self:?}");
    }

    /// The provider's answer.
    pub fn give_credentials(&mut self) {
        let seconds = self.options.credentials_s;
        let expires = seconds.map(|s| UnixTime(self.service.clock_ms + self.now_ms + s * 1_000));
        let key = format!("AKID{}", self.count(|told| matches!(told, Told::Need)));
        let credentials = Credentials {
            access_key_id: &key,
            secret_key: "secret",
            session_token: self.options.token,
            expires,
        };
        self.session.handle(self.now(), Input::Credentials(credentials));
    }

    fn open(&mut self, link: Link, kind: LinkKind) {
        self.links.push((link, kind, false));
        let sockets = self.links.iter().filter(|(_, kind, _)| *kind == LinkKind::WebSocket);
        self.most_sockets = self.most_sockets.max(sockets.count());
        match self.opens {
            Ok(true) => {
                self.service.opened(link);
                if let Some(known) = self.links.iter_mut().find(|(known, ..)| *known == link) {
                    known.2 = true;
                }
                self.session.handle(self.now(), Input::Opened(link));
            }
            Ok(false) => {}
            Err(why) => {
                self.links.retain(|(known, ..)| *known != link);
                self.session.handle(self.now(), Input::Closed(link, why));
            }
        }
    }
}

impl std::fmt::Debug for Rig {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        writeln!(f, "at {} ms in {:?}, wake {:?}", self.now_ms, self.session.state(), self.wake)?;
        let skipped = self.told.len().saturating_sub(60);
        for (at, told) in self.told.iter().skip(skipped) {
            writeln!(f, "{at:>9} {told:?}")?;
        }
        Ok(())
    }
}
