//! What the threads of a client tell one another, under one lock.

use std::collections::{BTreeMap, VecDeque};
use std::time::Instant;

use kvs_signaling::event::{IceServer, SendFailure};
use kvs_signaling::{ConfigError, MessageKind, Metrics, ResourceError, State, Ticket};

use crate::abi::Status;
use crate::abi::state;

/// A thread, as long as it runs.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct Caller(usize);

/// This thread. Of C's threads std would make a record on the first `thread::current`, which the main
/// thread never frees: a leak in the eyes of its users' tools.
pub(super) fn me() -> Caller {
    thread_local!(static MARK: u8 = const { 0 });
    Caller(MARK.with(|mark| core::ptr::from_ref(mark).addr()))
}

/// Everything that changes.
pub(super) struct Shared {
    /// As `signalingClientGetCurrentState` says it.
    pub(super) state: u32,
    /// What the session does.
    pub(super) session: State,
    /// Connected since the last stop: when not so now, the session is on its way back.
    pub(super) online: bool,
    /// The pump runs, or why it cannot.
    pub(super) started: Option<Result<(), ConfigError>>,
    /// A fetch or a delete stops the session on its way: no DISCONNECTED for that.
    pub(super) quiet: bool,
    /// The program asked for the channel's storage session; whether the channel has one, as far as
    /// the service has said; and whether it is joined on this connection.
    pub(super) stores: bool,
    pub(super) storage_off: bool,
    pub(super) joined: bool,
    /// The channel was deleted, or its deletion was tried: nothing can follow.
    pub(super) finished: bool,
    /// Failures of one step in a row, on the way to what a call waits for.
    pub(super) failed: Failed,
    /// The provider's last failure.
    pub(super) no_keys: Option<Status>,
    /// `stateChangeFn` refused.
    pub(super) refused: Option<Status>,

    /// Commands given and done.
    pub(super) issued: u64,
    pub(super) obeyed: u64,
    /// ICE lists received, and refreshes beside a socket that failed since.
    pub(super) ice_lists: u64,
    pub(super) ice_failures: u32,
    pub(super) looked: Looked,

    pub(super) sends: Sends,

    /// For the application: in order, by whoever drives or else by the calling thread.
    pub(super) jobs: VecDeque<Job>,
    pub(super) messages: VecDeque<Incoming>,
    /// Who runs a job at this moment.
    pub(super) busy: Option<Caller>,
    /// Who waits for the session, and how deep.
    pub(super) driver: Option<(Caller, u32)>,
    pub(super) caller_thread: Option<Caller>,
    /// A lost connection that has not come back by then is reported.
    pub(super) reconnect_by: Option<Instant>,

    pub(super) closing: bool,
    /// Calls under way.
    pub(super) inside: u32,
    pub(super) counted: Counted,
}

/// Consecutive failures.
#[derive(Clone, Copy, Default)]
pub(super) struct Failed {
    pub(super) state: u32,
    pub(super) times: u32,
}

/// What the SDK counts and the core does not.
#[derive(Clone, Copy, Default)]
pub(super) struct Counted {
    pub(super) errors: u32,
    pub(super) runtime_errors: u32,
    pub(super) create_ms: u64,
    pub(super) fetch_ms: u64,
    pub(super) connect_ms: u64,
    pub(super) offer_received_ms: u64,
    pub(super) answer_ms: u64,
    /// The provider's calls, which the core sees only from its own request on.
    pub(super) token_start_ms: u64,
    pub(super) token_end_ms: u64,
    pub(super) token_ms: u64,
}

/// A copy of what only the pump can read.
#[derive(Default)]
pub(super) struct Looked {
    pub(super) metrics: Metrics,
    pub(super) servers: Vec<Server>,
    /// They are about to end.
    pub(super) ice_is_due: bool,
}

/// One ICE server.
pub(super) struct Server {
    pub(super) uris: Vec<String>,
    pub(super) username: String,
    pub(super) password: String,
    pub(super) ttl_s: u32,
}

impl From<IceServer<'_>> for Server {
    fn from(server: IceServer<'_>) -> Self {
        Self {
            uris: server.uris.iter().take(server.uri_count).map(|uri| (*uri).to_owned()).collect(),
            username: server.username.to_owned(),
            password: server.password.to_owned(),
            ttl_s: server.ttl_s,
        }
    }
}

/// Something the application is to be told, or asked.
pub(super) enum Job {
    State(u32),
    Error(Status, String),
    Credentials,
}

/// A message for the application, without the SDK's 20 KB around it.
pub(super) struct Incoming {
    pub(super) sender: String,
    pub(super) kind: MessageKind,
    pub(super) payload: Vec<u8>,
}

/// Messages under way to the service.
#[derive(Default)]
pub(super) struct Sends {
    pub(super) last: u64,
    pub(super) waiting: BTreeMap<u64, Waiting>,
    /// The pump is inside `send` for this one: events may come before its ticket does.
    pub(super) sending: Option<u64>,
}

/// A message and its call.
pub(super) struct Waiting {
    pub(super) ticket: Option<Ticket>,
    pub(super) peer: String,
    pub(super) correlation_id: String,
    pub(super) outcome: Option<Outcome>,
    /// The call has gone: nobody waits for the outcome, but the application hears of a failure.
    pub(super) left: bool,
}

/// How a message ended, as far as its call is concerned.
#[derive(Clone, Copy)]
pub(super) enum Outcome {
    Written,
    Failed(SendFailure),
    Refused(ResourceError),
}

impl Shared {
    pub(super) fn new(stores: bool) -> Self {
        Self {
            state: state::NEW,
            session: State::Idle,
            online: false,
            started: None,
            quiet: false,
            stores,
            storage_off: false,
            joined: false,
            finished: false,
            failed: Failed::default(),
            no_keys: None,
            refused: None,
            issued: 0,
            obeyed: 0,
            ice_lists: 0,
            ice_failures: 0,
            looked: Looked::default(),
            sends: Sends::default(),
            jobs: VecDeque::new(),
            messages: VecDeque::new(),
            busy: None,
            driver: None,
            caller_thread: None,
            reconnect_by: None,
            closing: false,
            inside: 0,
            counted: Counted::default(),
        }
    }

    /// Messages flow.
    pub(super) fn is_up(&self) -> bool {
        matches!(self.session, State::Connected | State::Leaving)
    }

    /// What connect promises: with a storage session that is its offer, too.
    pub(super) fn is_connected(&self) -> bool {
        self.is_up() && (self.joined || !self.joins())
    }

    /// A connection is followed by joining the storage session.
    pub(super) fn joins(&self) -> bool {
        self.stores && !self.storage_off
    }

    /// The state is entered: visible at once, told in its turn.
    pub(super) fn enter(&mut self, state: u32) {
        self.state = state;
        self.jobs.push_back(Job::State(state));
    }

    /// Something went wrong that no call returns.
    pub(super) fn report(&mut self, code: Status, text: impl Into<String>) {
        self.counted.runtime_errors += 1;
        self.jobs.push_back(Job::Error(code, text.into()));
    }
}
