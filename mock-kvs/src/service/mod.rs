//! The service as plain state: channels, connections, messages, quotas.
//!
//! No sockets, no tasks, no clock: every call is given the time, and what must happen outside is
//! left as [`Effect`]s for the transport to carry out.

mod alexa;
pub mod channel;
mod control;
mod dump;
pub mod error;
mod ice;
mod info;
mod join;
pub mod message;
pub mod quota;
mod route;
pub mod shape;
mod sockets;
mod storage;
mod tags;
mod tick;
mod view;

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use crate::change::Role;
use crate::config::{Config, Policies, Quotas, Turn};
use crate::journal::{ConnId, Event, Text};
use crate::random::Random;
use channel::{Channel, Recipient};
use message::Message;
use quota::{Bucket, Buckets};

pub use alexa::AlexaCall;
pub use control::{CreateChannel, ListChannels, Listed, UpdateChannel};
pub use dump::ChannelDump;
pub use ice::{AskIce, IceServer};
pub use info::ChannelInfo;
pub use sockets::{Connect, Taken};
pub use storage::STREAM_ARN;
pub use tags::Tags;
pub use view::ChannelView;

/// Something the transport must do.
#[derive(Clone, Debug, PartialEq)]
pub enum Effect {
    /// Write a record.
    Journal(Option<ConnId>, Event),
    /// A message may wait for this connection: take it.
    Pending(ConnId),
    /// Send one of the service's own messages.
    Tell(ConnId, Message),
    /// End a connection.
    End(ConnId, Ending),
    /// The answer to an [`AlexaCall`]; none when there will be none.
    Answered(u64, Option<String>),
}

/// How the service ends a WebSocket.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ending {
    /// A close frame, then the closing handshake.
    Close {
        /// Its code.
        code: u16,
        /// Its reason.
        reason: String,
    },
    /// No close frame: the connection just ends.
    Drop,
}

/// What the service was configured to do.
#[derive(Clone, Debug)]
pub(crate) struct Settings {
    pub region: String,
    pub account: String,
    pub payload_limit: usize,
    pub ice_ttl_s: u32,
    pub ice_servers: usize,
    pub turn: Option<Turn>,
    pub message_ttl: Duration,
    pub policies: Policies,
    pub quotas: Quotas,
}

impl From<&Config> for Settings {
    fn from(config: &Config) -> Self {
        Self {
            region: config.region.clone(),
            account: config.account.clone(),
            payload_limit: config.payload_limit,
            ice_ttl_s: config.ice_ttl_s,
            ice_servers: config.ice_servers,
            turn: config.turn.clone(),
            message_ttl: config.message_ttl,
            policies: config.policies.clone(),
            quotas: config.quotas,
        }
    }
}

/// A connection that holds, or held, a place on a channel.
#[derive(Debug)]
struct Session {
    arn: String,
    seat: Recipient,
    sdp: Bucket,
    ice: Bucket,
}

impl Session {
    fn role(&self) -> Role {
        match self.seat {
            Recipient::Master => Role::Master,
            Recipient::Viewer(_) => Role::Viewer,
        }
    }

    fn client_id(&self) -> Option<&Text> {
        match &self.seat {
            Recipient::Master => None,
            Recipient::Viewer(id) => Some(id),
        }
    }
}

/// The whole service of one mock.
#[derive(Debug)]
pub struct Service {
    settings: Settings,
    random: Random,
    /// By ARN.
    channels: BTreeMap<String, Channel>,
    /// Name to ARN.
    names: BTreeMap<String, String>,
    sessions: BTreeMap<ConnId, Session>,
    /// Calls that wait for the master's answer, by channel and sender.
    alexa_calls: BTreeMap<(String, Text), u64>,
    last_alexa_call: u64,
    buckets: Buckets,
    /// The newest creation time: no two channels may share an ARN.
    created_ms: u64,
    /// When something will change by itself.
    next_tick_us: Option<u64>,
    effects: Vec<Effect>,
    /// The TURN passwords handed out last.
    turn_passwords: VecDeque<String>,
    /// Rises with every change of a channel that outlives its connections.
    pub(crate) revision: u64,
}

impl Service {
    pub(crate) fn new(config: &Config) -> Self {
        Self {
            settings: Settings::from(config),
            random: Random::new(config.seed, "service"),
            channels: BTreeMap::new(),
            names: BTreeMap::new(),
            sessions: BTreeMap::new(),
            alexa_calls: BTreeMap::new(),
            last_alexa_call: 0,
            buckets: Buckets::default(),
            created_ms: 0,
            next_tick_us: None,
            effects: Vec::new(),
            turn_passwords: VecDeque::new(),
            revision: 0,
        }
    }

    /// What the calls since the last time left to be done, in order.
    pub(crate) fn effects(&mut self) -> Vec<Effect> {
        std::mem::take(&mut self.effects)
    }

    /// Sends one of the service's own messages.
    pub(crate) fn tell(&mut self, conn: ConnId, message: Message) {
        self.effects.push(Effect::Tell(conn, message));
    }

    pub(crate) fn journal(&mut self, conn: Option<ConnId>, event: Event) {
        if matches!(event, Event::Channel { .. }) {
            self.revision += 1;
        }
        self.effects.push(Effect::Journal(conn, event));
    }

    fn channel_changed(&mut self, change: &'static str, displaced: Option<ConnId>) {
        self.journal(displaced, Event::Channel { change, displaced });
    }
}
