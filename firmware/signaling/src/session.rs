//! The session: the only mutable object of the crate.

mod answers;
mod authority;
mod chain;
mod check;
mod digests;
mod exchange;
mod frames;
mod heartbeat;
mod https;
mod ice;
mod inbound;
mod iot;
mod keyring;
mod notes;
mod outbound;
mod output;
mod peers;
mod quota;
mod requests;
mod send;
mod socket;
mod storage;
mod upkeep;
mod wake;

use crate::cache::Directory;
use crate::clock::Clock;
use crate::config::Config;
use crate::entropy::Entropy;
use crate::error::{ConfigError, ResourceError};
use crate::event::{Api, CloseReason, Input, Known, Link, Output, PeerId};
use crate::memory::Buffers;
use crate::metrics::{Counters, Metrics};
use crate::retry::{Backoff, Wait};
use crate::state::{Cause, State};
use crate::time::{Instant, Now, UnixTime, WallTime};
use crate::wire::websocket::close;
use authority::ControlPlane;
use chain::{Goal, Tried};
use digests::Digests;
use https::Https;
use ice::IceList;
use inbound::Inbound;
use keyring::Keyring;
use notes::{Notes, Word};
use outbound::Outbound;
use peers::Peers;
use socket::{After, Socket};
use storage::Storage;
use upkeep::Asked;

pub use digests::DigestSlot;
pub use ice::IceServers;
pub use outbound::OutboundSlot;
pub use peers::PeerSlot;

/// One signaling client: see the crate's front page for the contract.
pub struct Session<'buf> {
    config: Config<'buf>,
    control_plane: ControlPlane,
    rx: &'buf mut [u8],
    http: &'buf mut [u8],
    keyring: Keyring<'buf>,
    directory: Directory<'buf>,
    ice: IceList<'buf>,
    storage: Storage,
    peers: Peers<'buf>,
    outbound: Outbound<'buf>,
    digests: Digests<'buf>,

    entropy: Entropy,
    clock: Clock,
    now: Now,
    state: State,
    last_link: u32,
    https: Option<Https>,
    socket: Option<Socket>,

    /// For `poll`.
    https_to_close: Option<Link>,
    socket_to_close: Option<Link>,
    notes: Notes,
    call_error: Word,
    inbound: Option<(Link, Inbound)>,
    store: bool,
    asked: Option<Asked>,

    /// On the way to a connection; beside one; of the credential provider beside one.
    backoff: Backoff,
    side: Backoff,
    provider: Backoff,
    retry_at: Option<Instant>,
    side_retry_at: Option<Instant>,
    provider_retry_at: Option<Instant>,
    leave_by: Option<Instant>,
    connected_at: Option<Instant>,
    goal: Goal,
    /// When to call the credentials provider, whose call it is; and the last HTTPS call begun, so that
    /// a failure is laid to its account.
    renew_at: Option<Instant>,
    last_call: Api,
    tried: Tried,
    channel_absent: bool,
    clock_doubted: bool,
    counters: Counters,
    #[cfg(kvs_mutants)]
    first_signed: Option<UnixTime>,
}

impl<'buf> Session<'buf> {
    /// Builds a session in [`State::Idle`]; [`Input::Start`] sets it going. `seed` must be
    /// unpredictable and differ from boot to boot: mask keys, the WebSocket key and jitter come
    /// from it.
    pub fn new(
        config: Config<'buf>,
        buffers: Buffers<'buf>,
        seed: [u8; 32],
    ) -> Result<Self, ConfigError> {
        check::config(&config)?;
        check::buffers(&buffers)?;
        Ok(Self {
            control_plane: ControlPlane::new(config.channel.region),
            rx: buffers.rx,
            http: buffers.http,
            keyring: Keyring::new(buffers.credentials),
            directory: Directory::new(&config, buffers.channel),
            ice: IceList::new(buffers.ice),
            storage: Storage::new(config.channel.media_storage),
            peers: Peers::new(buffers.peers),
            outbound: Outbound::new(buffers.tx, buffers.outbound),
            digests: Digests::new(buffers.digests),
            entropy: Entropy::new(seed),
            clock: Clock::new(config.build_date),
            now: Now { mono: Instant(0), wall: UnixTime(0) },
            state: State::Idle,
            last_link: 0,
            https: None,
            socket: None,
            https_to_close: None,
            socket_to_close: None,
            notes: Notes::new(),
            call_error: Word::EMPTY,
            inbound: None,
            store: false,
            asked: None,
            backoff: Backoff::default(),
            side: Backoff::default(),
            provider: Backoff::default(),
            retry_at: None,
            side_retry_at: None,
            provider_retry_at: None,
            leave_by: None,
            connected_at: None,
            goal: Goal::Connect,
            renew_at: None,
            last_call: Api::TimeSync,
            tried: Tried::default(),
            channel_absent: false,
            clock_doubted: false,
            counters: Counters::default(),
            #[cfg(kvs_mutants)]
            first_signed: None,
            config,
        })
    }

    /// Takes one input. Returns how many bytes of [`Input::Bytes`] were taken (0 for the other
    /// inputs): when fewer than were given, drain [`Self::poll`] and pass the rest again. After a
    /// drained `poll` at least one byte is taken, so that this always comes to an end. Bytes of a
    /// link that is not this session's any more are all taken and dropped.
    pub fn handle(&mut self, now: Now, input: Input<'_>) -> usize {
        self.advance_clock(now);
        let mut taken = 0;
        match input {
            Input::Tick => {}
            Input::Start => self.start(Goal::Connect),
            Input::Prepare => self.start(Goal::Prepare),
            Input::Delete => self.start(Goal::Delete),
            Input::Forget(what) => self.forget(what),
            Input::Stop => self.stop(),
            Input::Opened(link) if self.is_https(link) => self.https_opened(),
            Input::Opened(link) if self.is_socket(link) => self.socket_opened(),
            Input::Bytes(link, bytes) if self.is_https(link) => taken = self.https_bytes(bytes),
            Input::Bytes(link, bytes) if self.is_socket(link) => taken = self.socket_bytes(bytes),
            Input::Bytes(_, bytes) => taken = bytes.len(),
            Input::Sent(link, n) if self.is_https(link) => self.https_sent(n),
            Input::Sent(link, n) if self.is_socket(link) => self.socket_sent(n),
            Input::Closed(link, why) => self.closed(link, why),
            // Of an old link.
            Input::Opened(_) | Input::Sent(..) => {}
            Input::Credentials(set) => self.credentials(&set),
            Input::CredentialsFailed => self.credentials_failed(Cause::CredentialsFailed),
        }
        self.expire();
        self.drive();
        taken
    }

    /// The next thing to do; [`Output::WakeAt`] means that there is nothing more.
    pub fn poll(&mut self) -> Output<'_> {
        let choice = self.choose();
        self.output(choice)
    }

    /// What the session is doing.
    pub fn state(&self) -> State {
        self.state
    }

    /// The service's time as far as it is known.
    pub fn wall_time(&self, now: Now) -> WallTime {
        self.clock.wall(now)
    }

    /// The ICE servers that have not expired at `now`.
    pub fn ice_servers(&self, now: Now) -> IceServers<'_> {
        self.ice.servers(now.mono)
    }

    /// The ICE servers are about to end, or there are none. Beside a connection they are then fetched
    /// again; at rest that is for the caller to ask for.
    pub fn ice_is_due(&self, now: Now) -> bool {
        self.ice.due(&self.config.policy) <= now.mono
    }

    /// The peer of that client id, remembered from now on if it was not; the master for an empty
    /// one.
    pub fn peer_id(&mut self, client_id: &str) -> Result<PeerId, ResourceError> {
        self.peers.meet(client_id).ok_or(ResourceError::UnknownPeer)
    }

    /// The client id of a peer, empty for the master, while it is remembered.
    pub fn client_id(&self, peer: PeerId) -> Option<&str> {
        self.peers.name(peer)
    }

    /// Counters and latencies up to `now`.
    pub fn metrics(&self, now: Now) -> Metrics {
        let counted = self.counters.at(now.mono, self.connected_at);
        Metrics { retries: self.backoff.failures(), events_lost: self.notes.lost, ..counted }
    }

    fn advance_clock(&mut self, now: Now) {
        // A monotonic clock that steps back would wake deadlines twice.
        self.now = Now { mono: now.mono.max(self.now.mono), wall: now.wall };
        self.counters.seen(self.now.mono);
    }

    fn start(&mut self, goal: Goal) {
        if !matches!(self.state, State::Idle | State::Ready | State::Stopped) {
            return;
        }
        self.goal = goal;
        self.backoff.reset();
        self.tried = Tried::default();
        if let Some(asked) = &mut self.asked {
            asked.since = self.now.mono;
        }
        self.step();
    }

    fn forget(&mut self, what: Known) {
        match what {
            Known::Channel if matches!(self.state, State::Idle | State::Ready | State::Stopped) => {
                self.directory.forget();
            }
            // A link stands or is on its way: it needs them.
            Known::Channel => {}
            Known::IceServers => self.ice.invalidate(),
            Known::MediaStorage => self.storage.doubt(),
        }
    }

    fn stop(&mut self) {
        if matches!(self.state, State::Closing | State::Stopped) {
            return;
        }
        self.close_https();
        self.go(Cause::Stop);
        if self.state == State::Closing {
            self.outbound.stop();
            self.start_close(close::NORMAL, After::Stop, true);
        } else {
            self.drop_socket();
            self.outbound.stopped();
        }
    }

    fn finish_stop(&mut self) {
        self.go(Cause::Closed);
        self.outbound.stopped();
    }

    fn closed(&mut self, link: Link, why: CloseReason) {
        if self.is_https(link) {
            self.https_closed(why);
        } else if self.is_socket(link) {
            self.socket_closed(why);
        }
    }

    fn is_https(&self, link: Link) -> bool {
        self.https.as_ref().is_some_and(|https| https.link == link)
    }

    fn is_socket(&self, link: Link) -> bool {
        self.socket.as_ref().is_some_and(|socket| socket.link == link)
    }

    fn next_link(&mut self) -> Link {
        self.last_link = self.last_link.wrapping_add(1);
        self.counters.link_opened();
        Link(self.last_link)
    }

    /// For the records only.
    fn unix_ms(&self) -> u64 {
        self.clock.time(self.now).unwrap_or(self.now.wall).0
    }

    #[cfg(not(kvs_mutants))]
    #[allow(clippy::unused_self, reason = "the other builds read the configuration")]
    fn wait_ms(&self, wait: Wait) -> u64 {
        u64::from(wait.wait_ms)
    }

    #[cfg(kvs_mutants)]
    fn wait_ms(&self, wait: Wait) -> u64 {
        let constant = self.config.mutants.constant_backoff;
        u64::from(if constant { self.config.policy.backoff_base_ms } else { wait.wait_ms })
    }
}
