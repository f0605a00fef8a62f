//! What all tasks of a mock share, and the one lock its state is under.

use std::collections::BTreeMap;
use std::future::Future;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::{Notify, mpsc, oneshot, watch};
use tokio::task::JoinSet;

use crate::clock::{Clock, Now};
use crate::config::Config;
use crate::credentials::{IssuedCredentials, Keys};
use crate::digest::Fingerprint;
use crate::fault::rules::Rules;
use crate::iot::Iot;
use crate::journal::{ConnId, Event, Journal, Text};
use crate::link::{Counts, LinkHandle, Links};
use crate::platform::Sleeper;
use crate::proxies::Proxies;
use crate::random::Random;
use crate::reports::Reports;
use crate::service::message::Message;
use crate::service::{Effect, Ending, Service};
use crate::tls::Authority;

/// One mock, as its tasks see it.
pub(crate) struct Shared {
    pub config: Config,
    pub clock: Arc<Clock>,
    pub journal: Journal,
    pub authority: Authority,
    pub reports: Arc<Reports>,
    state: Mutex<State>,
    /// Something now changes by itself sooner than the housekeeper knows.
    sooner: Notify,
    /// [`State::revisions`], for whoever keeps what outlives the process.
    revised: watch::Sender<u64>,
    tasks: Mutex<JoinSet<()>>,
}

/// Everything that changes. Locked for moments only, never across an await.
pub(crate) struct State {
    pub service: Service,
    pub keys: Keys,
    pub iot: Iot,
    pub rules: Rules,
    /// By actor.
    pub listeners: BTreeMap<Text, Links>,
    /// What stands on those listeners as Toxiproxy would have it.
    pub proxies: Proxies,
    pub conns: BTreeMap<ConnId, Connection>,
    /// What each actor's connections carried that are over.
    pub carried: BTreeMap<Text, Traffic>,
    /// HTTPS calls that wait for a master's answer, by the service's number of the call.
    pub answers: BTreeMap<u64, oneshot::Sender<String>>,
    pub random: Random,
    /// Set by [`crate::Change::Clock`].
    pub clock_offset_ms: i64,
    /// Rises when that is set.
    pub revision: u64,
    last_conn: ConnId,
    /// What the housekeeper waits for.
    planned_us: Option<u64>,
    is_kept: bool,
}

/// A connection that is not over.
pub(crate) struct Connection {
    pub actor: Text,
    pub link: LinkHandle,
    pub socket: Option<mpsc::UnboundedSender<Order>>,
}

/// What an actor's connections have carried.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Traffic {
    /// Connections accepted.
    pub connections: u64,
    /// Bytes of the actor's, TLS included.
    pub received: u64,
    /// Bytes of ours, TLS included.
    pub sent: u64,
    /// Round trips that the actor waited for: for each connection that of TCP, and one each time
    /// that we answered what it had sent.
    pub round_trips: u64,
}

impl Traffic {
    /// With one more connection.
    pub(crate) fn and(self, counts: Counts) -> Self {
        Self {
            connections: self.connections + 1,
            received: self.received + counts.received,
            sent: self.sent + counts.sent,
            round_trips: self.round_trips + 1 + counts.answered,
        }
    }
}

/// What a WebSocket's task is told.
#[derive(Debug)]
pub(crate) enum Order {
    /// A message may be waiting at the service.
    Pending,
    /// Send this.
    Say(Message),
    /// Carry this notice of a fault out.
    Notice(crate::fault::Notice),
    /// End.
    End(Ending),
}

impl Shared {
    pub fn new(config: Config, authority: Authority) -> Arc<Self> {
        let clock = Arc::new(Clock::new(config.wall_start));
        let journal = Journal::new(config.journal_limit);
        let state = State {
            service: Service::new(&config),
            keys: Keys::new(config.seed),
            iot: Iot::default(),
            rules: Rules::new(config.seed),
            listeners: BTreeMap::new(),
            proxies: Proxies::default(),
            conns: BTreeMap::new(),
            carried: BTreeMap::new(),
            answers: BTreeMap::new(),
            random: Random::new(config.seed, "requests"),
            clock_offset_ms: 0,
            revision: 0,
            last_conn: 0,
            planned_us: None,
            is_kept: false,
        };
        Arc::new(Self {
            reports: Arc::new(Reports::new(journal.clone(), clock.clone())),
            state: Mutex::new(state),
            sooner: Notify::new(),
            revised: watch::Sender::new(0),
            tasks: Mutex::new(JoinSet::new()),
            config,
            clock,
            journal,
            authority,
        })
    }

    /// Works on the state for a moment, and carries out what that leaves to be done.
    pub fn with<R>(&self, work: impl FnOnce(&mut State, Now) -> R) -> R {
        let now = self.clock.now();
        let mut state = self.lock();
        state.service.tick(now);
        let result = work(&mut state, now);
        self.carry_out(&mut state, now);
        let revision = state.revisions();
        self.revised.send_if_modified(|was| std::mem::replace(was, revision) != revision);
        if state.is_kept && self.is_sooner(&state, now) {
            self.sooner.notify_one();
        }
        result
    }

    /// Rises with every change of what outlives the process.
    pub fn revisions(&self) -> watch::Receiver<u64> {
        self.revised.subscribe()
    }

    /// Writes a record of one connection.
    pub fn record(&self, actor: &Text, conn: ConnId, event: Event) {
        self.journal.append(self.clock.now().us, Some(actor.clone()), Some(conn), event);
    }

    /// The links of every actor.
    pub fn all_links(&self) -> Vec<Links> {
        self.with(|state, _| state.listeners.values().cloned().collect())
    }

    /// The links of an actor, made when first asked for.
    pub fn links(
        &self,
        state: &mut State,
        actor: &str,
        sleeper: impl FnOnce() -> Sleeper,
    ) -> Links {
        if let Some(links) = state.listeners.get(actor) {
            return links.clone();
        }
        let name = Text::from(actor);
        let (reports, reported) = (self.reports.clone(), name.clone());
        let links = Links::new(actor, self.config.seed, sleeper(), move |event| {
            reports.note(&reported, &event);
        });
        state.rules.stand_on(&links);
        state.listeners.insert(name, links.clone());
        links
    }

    /// A connection was accepted: its number.
    pub fn accepted(&self, actor: &Text, link: &LinkHandle) -> ConnId {
        self.with(|state, now| {
            state.last_conn += 1;
            let conn = state.last_conn;
            self.reports.add_conn(actor.clone(), link.conn(), conn);
            let connection = Connection { actor: actor.clone(), link: link.clone(), socket: None };
            state.conns.insert(conn, connection);
            self.journal.append(now.us, Some(actor.clone()), Some(conn), Event::Accept {});
            for event in state.rules.on_accept(actor, link) {
                self.journal.append(now.us, Some(actor.clone()), Some(conn), event);
            }
            conn
        })
    }

    /// Issues credentials, and writes down that it did.
    pub fn issue(
        &self,
        state: &mut State,
        now: Now,
        valid_for: Option<Duration>,
    ) -> IssuedCredentials {
        let credentials = state.keys.issue(now, valid_for);
        let event = Event::CredentialsIssued {
            key: Fingerprint::of(credentials.access_key_id.as_bytes()),
            expires_unix_ms: credentials.expires_unix_ms,
        };
        self.journal.append(now.us, None, None, event);
        credentials
    }

    /// Moves the clock as the rules and changes of now say.
    pub fn set_clock(&self, state: &State) {
        let offset = state.rules.clock_offset_ms().saturating_add(state.clock_offset_ms);
        self.clock.set_skew_ms(offset);
    }

    /// Runs a task until it ends or the mock does.
    pub fn spawn(&self, task: impl Future<Output = ()> + Send + 'static) {
        let mut tasks = self.tasks.lock().unwrap_or_else(PoisonError::into_inner);
        while tasks.try_join_next().is_some() {}
        tasks.spawn(task);
    }

    /// Starts the housekeeper, once, when there is a runtime for it.
    pub fn keep(self: &Arc<Self>) {
        let was_kept = std::mem::replace(&mut self.lock().is_kept, true);
        if !was_kept {
            let shared = Arc::clone(self);
            self.spawn(async move { shared.housekeep().await });
        }
    }

    /// Ends every task, and waits until they have ended.
    pub async fn shutdown(&self) {
        let mut tasks = {
            let mut tasks = self.tasks.lock().unwrap_or_else(PoisonError::into_inner);
            std::mem::take(&mut *tasks)
        };
        tasks.shutdown().await;
        self.lock().is_kept = false;
    }

    /// Carries out what changes by itself, when it is due.
    async fn housekeep(&self) {
        loop {
            let due_us = self.with(|state, now| {
                for key in state.keys.newly_expired(now) {
                    self.journal.append(now.us, None, None, Event::CredentialsExpired { key });
                }
                state.planned_us = state.due_us(now);
                state.planned_us
            });
            let due = async {
                match due_us {
                    Some(due_us) => tokio::time::sleep_until(self.clock.instant(due_us)).await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                biased;
                () = self.sooner.notified() => {}
                () = due => {}
            }
        }
    }

    fn is_sooner(&self, state: &State, now: Now) -> bool {
        match (state.due_us(now), state.planned_us) {
            (Some(due), Some(planned)) => due < planned,
            (Some(_), None) => true,
            (None, _) => false,
        }
    }

    fn carry_out(&self, state: &mut State, now: Now) {
        for effect in state.service.effects() {
            let (conn, order) = match effect {
                Effect::Journal(conn, event) => {
                    let actor = conn
                        .and_then(|conn| state.conns.get(&conn))
                        .map(|connection| connection.actor.clone());
                    self.journal.append(now.us, actor, conn, event);
                    continue;
                }
                Effect::Answered(call, answer) => {
                    // Dropping the sender says that there will be no answer; and whoever hung up
                    // does not hear one.
                    let waiting = state.answers.remove(&call);
                    if let (Some(waiting), Some(answer)) = (waiting, answer) {
                        let _ = waiting.send(answer);
                    }
                    continue;
                }
                Effect::Pending(conn) => (conn, Order::Pending),
                Effect::Tell(conn, message) => (conn, Order::Say(message)),
                Effect::End(conn, ending) => (conn, Order::End(ending)),
            };
            state.tell(conn, order);
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // A panic under the lock is a defect of ours; the state was whole before each call.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// Rises with every change of what outlives the process.
    fn revisions(&self) -> u64 {
        self.revision + self.service.revision + self.keys.revision + self.iot.revision
    }

    /// Tells a WebSocket's task something; whether there is one.
    pub fn tell(&self, conn: ConnId, order: Order) -> bool {
        let socket = self.conns.get(&conn).and_then(|connection| connection.socket.as_ref());
        socket.is_some_and(|socket| socket.send(order).is_ok())
    }

    /// The open WebSockets of an actor, or of all, in order.
    pub fn sockets<'a>(&'a self, actor: Option<&'a str>) -> impl Iterator<Item = ConnId> + 'a {
        self.conns
            .iter()
            .filter(|(_, connection)| connection.socket.is_some())
            .filter(move |(_, connection)| actor.is_none_or(|actor| actor == &*connection.actor))
            .map(|(conn, _)| *conn)
    }

    /// When something changes by itself, on the monotonic clock.
    fn due_us(&self, now: Now) -> Option<u64> {
        let expiry = self.keys.next_expiry_ms().map(|expires_ms| {
            let left_ms = expires_ms.saturating_sub(now.wall_ms);
            now.us.saturating_add(left_ms.saturating_mul(1000))
        });
        match (self.service.next_tick_us(), expiry) {
            (Some(a), Some(b)) => Some(a.min(b)),
            (a, b) => a.or(b),
        }
    }
}
