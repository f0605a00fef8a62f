//! The session: the only mutable object of the crate.

mod digests;
mod outbound;
mod peers;

use crate::config::{Buffers, Config};
use crate::error::{ConfigError, ResourceError};
use crate::event::{IceServer, Input, Message, Output, PeerId, Ticket, Wake};
use crate::metrics::Metrics;
use crate::state::State;
use crate::time::{Instant, Now, WallTime};

pub use digests::DigestSlot;
pub use outbound::OutboundSlot;
pub use peers::PeerSlot;

/// One signaling client: see the crate's front page for the contract.
pub struct Session<'buf> {
    config: Config<'buf>,
    buffers: Buffers<'buf>,
    state: State,
    seed: [u8; 32],
}

impl<'buf> Session<'buf> {
    /// Builds a session in [`State::Idle`]; [`Input::Start`] sets it going. `seed` must differ
    /// from boot to boot: mask keys, the WebSocket key and jitter come from it.
    pub fn new(
        config: Config<'buf>,
        buffers: Buffers<'buf>,
        seed: [u8; 32],
    ) -> Result<Self, ConfigError> {
        Ok(Self { config, buffers, state: State::Idle, seed })
    }

    /// Takes one input. Returns how many bytes of [`Input::Bytes`] were taken (0 for the other
    /// inputs): when fewer than were given, drain [`Self::poll`] and pass the rest again. After a
    /// drained `poll` at least one byte is taken, so that this always comes to an end. Bytes of a
    /// link that is not this session's any more are all taken and dropped.
    pub fn handle(&mut self, now: Now, input: Input<'_>) -> usize {
        let _ = (now, self.seed, &self.config, &mut self.buffers.tx);
        match input {
            Input::Bytes(_, bytes) => bytes.len(),
            Input::Tick
            | Input::Start
            | Input::Stop
            | Input::Opened(_)
            | Input::Sent(..)
            | Input::Closed(..)
            | Input::Credentials(_)
            | Input::CredentialsFailed => 0,
        }
    }

    /// Queues a message: it is sent in order, within the service's quotas, on this link or the
    /// next. Its end comes as [`crate::Event::Confirmed`] or [`crate::Event::SendFailed`].
    /// Drain [`Self::poll`] afterwards.
    pub fn send(
        &mut self,
        now: Now,
        to: PeerId,
        message: Message<'_>,
    ) -> Result<Ticket, ResourceError> {
        let _ = (now, to, message);
        Err(ResourceError::NotSendable)
    }

    /// The next thing to do; [`Output::WakeAt`] means that there is nothing more.
    pub fn poll(&mut self) -> Output<'_> {
        Output::WakeAt(Instant(u64::MAX), Wake::Never)
    }

    /// What the session is doing.
    pub fn state(&self) -> State {
        self.state
    }

    /// The service's time as far as it is known.
    pub fn wall_time(&self, now: Now) -> WallTime {
        if now.wall < self.config.build_date {
            WallTime::Unknown
        } else {
            WallTime::Trusted(now.wall)
        }
    }

    /// The ICE servers that have not expired at `now`.
    pub fn ice_servers(&self, now: Now) -> IceServers<'_> {
        let _ = now;
        IceServers { packed: &[] }
    }

    /// The peer of that client id, remembered from now on if it was not; the master for an empty
    /// one.
    pub fn peer_id(&mut self, client_id: &str) -> Result<PeerId, ResourceError> {
        let _ = client_id;
        Ok(PeerId::MASTER)
    }

    /// The client id of a peer, empty for the master, while it is remembered.
    pub fn client_id(&self, peer: PeerId) -> Option<&str> {
        let _ = peer;
        Some("")
    }

    /// Counters and latencies up to `now`.
    pub fn metrics(&self, now: Now) -> Metrics {
        let _ = now;
        Metrics::default()
    }
}

/// Iterator over the current ICE servers; see [`Session::ice_servers`].
#[derive(Clone)]
pub struct IceServers<'s> {
    packed: &'s [u8],
}

impl<'s> Iterator for IceServers<'s> {
    type Item = IceServer<'s>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.packed.is_empty() { None } else { None }
    }
}
