//! What stands on all connections of one listener.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use tokio::sync::watch;

use super::condition::{Condition, Standing, Tag, Toward};
use super::conn::{Conn, Wire};
use super::cut::{Counts, Happened, LinkEvent};
use super::handle::LinkHandle;
use super::stream::LinkStream;
use super::transport::Transport;
use crate::platform::Sleeper;

/// The links of one listener (one actor): conditions set here hold for its live connections at
/// once, and for those to come. Cheap to clone; all clones are the same.
#[derive(Clone)]
pub struct Links(Arc<Inner>);

type Sink = Box<dyn Fn(LinkEvent) + Send + Sync>;
type Hook = Box<dyn Fn(&LinkHandle) + Send + Sync>;

pub(super) struct Inner {
    actor: String,
    seed: u64,
    sleeper: Sleeper,
    sink: Sink,
    // Rises with every change of `standing`: a connection compares it before it touches anything
    // else.
    generation: AtomicU64,
    standing: Mutex<Arc<[Arc<Standing>]>>,
    live: Mutex<BTreeMap<u64, Weak<dyn Wire>>>,
    // Held while a connection is added, so that each hook meets each connection once.
    hooks: Mutex<Vec<(Tag, Hook)>>,
    last_number: AtomicU64,
    refusing: watch::Sender<bool>,
    // Whether the TCP port is closed, as the listener last left it; None without one.
    closed: watch::Sender<Option<bool>>,
}

impl Links {
    /// Links on which nothing stands. What is drawn at random on them depends on `seed`, `actor`,
    /// and the number of the connection alone. `sink` is told what happens on them; it must not
    /// block.
    #[must_use]
    pub fn new(
        actor: &str,
        seed: u64,
        sleeper: Sleeper,
        sink: impl Fn(LinkEvent) + Send + Sync + 'static,
    ) -> Self {
        Self(Arc::new(Inner {
            actor: actor.to_owned(),
            seed,
            sleeper,
            sink: Box::new(sink),
            generation: AtomicU64::new(0),
            standing: Mutex::new(Arc::new([])),
            live: Mutex::new(BTreeMap::new()),
            hooks: Mutex::new(Vec::new()),
            last_number: AtomicU64::new(0),
            refusing: watch::Sender::new(false),
            closed: watch::Sender::new(None),
        }))
    }

    /// Puts a condition on all connections, until [`heal`](Self::heal) is called with the same tag.
    pub fn set(&self, tag: Tag, toward: Toward, condition: Condition) {
        let refuses = matches!(condition, Condition::Refuse);
        let standing = Standing::new(Some(tag), toward, condition);
        self.0.change(|all| all.push(standing));
        if refuses {
            self.0.report_listener(tag, Happened::Refusing);
        }
    }

    /// Does something to each connection, to those that live now and to those to come, until
    /// [`heal`](Self::heal) is called with the same tag.
    pub fn attach(&self, tag: Tag, hook: impl Fn(&LinkHandle) + Send + Sync + 'static) {
        let mut hooks = lock(&self.0.hooks);
        self.0.connections().iter().for_each(&hook);
        hooks.push((tag, Box::new(hook)));
    }

    /// Removes whatever belongs to the rule: standing conditions, those of single connections, and
    /// cuts that have not fallen. Bytes that a stall holds go on.
    pub fn heal(&self, tag: Tag) {
        lock(&self.0.hooks).retain(|(of, _)| *of != tag);
        self.0.change(|all| all.retain(|standing| standing.tag != Some(tag)));
        self.0.connections().iter().for_each(|handle| handle.heal(Some(tag)));
    }

    /// Removes everything from every connection.
    pub fn heal_all(&self) {
        lock(&self.0.hooks).clear();
        self.0.change(Vec::clear);
        self.0.connections().iter().for_each(|handle| handle.heal(None));
    }

    /// Puts the link under an accepted stream. Must be called within a tokio runtime.
    pub fn accept<S: Transport>(&self, io: S) -> LinkStream<S> {
        let number = self.0.last_number.fetch_add(1, Ordering::Relaxed) + 1;
        let conn = Conn::new(self.0.clone(), number, io);
        let wire: Arc<dyn Wire> = conn.clone();
        let hooks = lock(&self.0.hooks);
        lock(&self.0.live).insert(number, Arc::downgrade(&wire));
        let stream = LinkStream::new(conn, LinkHandle::new(number, wire, self.0.clone()));
        hooks.iter().for_each(|(_, hook)| hook(stream.handle()));
        drop(hooks);
        if let Some(tag) = self.stands(|condition| matches!(condition, Condition::AcceptSilence)) {
            stream.handle().silence();
            let (conn, counts) = (Some(number), Counts::default());
            self.0.report(LinkEvent { tag, conn, counts, what: Happened::Silenced });
        }
        stream
    }

    /// The connections that are not over, oldest first.
    #[must_use]
    pub fn live(&self) -> Vec<LinkHandle> {
        self.0.connections().into_iter().filter(LinkHandle::is_open).collect()
    }

    /// Whether new connections are refused.
    #[must_use]
    pub fn is_refusing(&self) -> bool {
        *self.0.refusing.borrow()
    }

    /// Waits until the port is open or closed as it should be: its listener does that a moment
    /// after the change. Returns at once where no listener is.
    pub async fn settled(&self) {
        let mut port = self.0.closed.subscribe();
        // The sender lives in `self`, so this cannot fail.
        let _ = port.wait_for(|closed| closed.is_none_or(|is| is == self.is_refusing())).await;
    }

    /// What the listener did to its port; None when it is gone.
    pub(super) fn port_is(&self, closed: Option<bool>) {
        self.0.closed.send_replace(closed);
    }

    /// The name of the listener.
    #[must_use]
    pub fn actor(&self) -> &str {
        &self.0.actor
    }

    /// Changes of [`is_refusing`](Self::is_refusing).
    pub(super) fn refusing(&self) -> watch::Receiver<bool> {
        self.0.refusing.subscribe()
    }

    /// The rule under which new connections are refused.
    pub(super) fn refused_by(&self) -> Option<Tag> {
        self.stands(|condition| matches!(condition, Condition::Refuse))
    }

    /// Reports what concerns the listener.
    pub(super) fn report(&self, tag: Tag, what: Happened) {
        self.0.report_listener(tag, what);
    }

    fn stands(&self, is_meant: impl Fn(&Condition) -> bool) -> Option<Tag> {
        let standing = self.0.standing();
        standing.iter().find(|standing| is_meant(&standing.condition)).and_then(|found| found.tag)
    }
}

impl Inner {
    pub(super) fn generation(&self) -> u64 {
        self.generation.load(Ordering::Acquire)
    }

    pub(super) fn standing(&self) -> Arc<[Arc<Standing>]> {
        lock(&self.standing).clone()
    }

    pub(super) fn actor(&self) -> &str {
        &self.actor
    }

    pub(super) const fn seed(&self) -> u64 {
        self.seed
    }

    pub(super) const fn sleeper(&self) -> &Sleeper {
        &self.sleeper
    }

    pub(super) fn report(&self, event: LinkEvent) {
        (self.sink)(event);
    }

    pub(super) fn forget(&self, number: u64) {
        lock(&self.live).remove(&number);
    }

    fn report_listener(&self, tag: Tag, what: Happened) {
        self.report(LinkEvent { tag, conn: None, counts: Counts::default(), what });
    }

    fn change(self: &Arc<Self>, edit: impl FnOnce(&mut Vec<Arc<Standing>>)) {
        let mut standing = lock(&self.standing);
        let mut all = standing.to_vec();
        edit(&mut all);
        let refuses = all.iter().any(|one| matches!(one.condition, Condition::Refuse));
        *standing = all.into();
        self.generation.fetch_add(1, Ordering::Release);
        drop(standing);
        self.refusing.send_if_modified(|was| std::mem::replace(was, refuses) != refuses);
        self.connections().iter().for_each(LinkHandle::look_again);
    }

    /// All connections, also those that the service has dropped and that still deliver.
    fn connections(self: &Arc<Self>) -> Vec<LinkHandle> {
        let numbered = lock(&self.live).clone();
        numbered
            .into_iter()
            .filter_map(|(number, wire)| {
                Some(LinkHandle::new(number, wire.upgrade()?, self.clone()))
            })
            .collect()
    }
}

impl fmt::Debug for Links {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Links").field("actor", &self.0.actor).finish_non_exhaustive()
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // Nothing panics while these are held.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
