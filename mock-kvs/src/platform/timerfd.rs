//! Many timers on one timerfd.
//!
//! Tokio's own timer wheel ticks in milliseconds, and epoll's timeout rounds up: its sleeps are
//! about 1.1 ms late. A timerfd wakes epoll at the nanosecond that was asked for.

use std::collections::BTreeMap;
use std::io;
use std::os::fd::OwnedFd;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use rustix::time::{
    Itimerspec, TimerfdClockId, TimerfdFlags, TimerfdTimerFlags, Timespec, timerfd_create,
    timerfd_settime,
};
use tokio::io::unix::AsyncFd;
use tokio::task::JoinHandle;
use tokio::time::Instant;

/// Everyone who waits, and the task that wakes them.
pub(super) struct TimerQueue {
    shared: Arc<Shared>,
    driver: Mutex<Option<JoinHandle<()>>>,
}

struct Shared {
    fd: OwnedFd,
    waiting: Mutex<Waiting>,
}

#[derive(Default)]
struct Waiting {
    // By deadline; the number tells entries of one deadline apart.
    by_deadline: BTreeMap<(Instant, u64), Waker>,
    // What the timerfd is set to.
    armed: Option<Instant>,
    last_number: u64,
}

/// One timer's place in the queue.
pub(super) struct Entry {
    queue: Arc<TimerQueue>,
    place: Option<(Instant, u64)>,
}

impl TimerQueue {
    pub(super) fn new() -> io::Result<Self> {
        let flags = TimerfdFlags::NONBLOCK | TimerfdFlags::CLOEXEC;
        let fd = timerfd_create(TimerfdClockId::Monotonic, flags)?;
        let shared = Arc::new(Shared { fd, waiting: Mutex::default() });
        Ok(Self { shared, driver: Mutex::new(None) })
    }

    /// Starts the waking task where the first timer is waited for.
    fn drive(&self) {
        let mut driver = lock(&self.driver);
        if driver.as_ref().is_none_or(JoinHandle::is_finished) {
            *driver = Some(tokio::spawn(drive(self.shared.clone())));
        }
    }
}

impl Drop for TimerQueue {
    fn drop(&mut self) {
        if let Some(driver) = lock(&self.driver).take() {
            driver.abort();
        }
    }
}

impl Entry {
    pub(super) const fn new(queue: Arc<TimerQueue>) -> Self {
        Self { queue, place: None }
    }

    /// The deadline lies ahead: wait for it.
    pub(super) fn poll_until(&mut self, cx: &mut Context<'_>, deadline: Instant) -> Poll<()> {
        self.queue.drive();
        let mut waiting = lock(&self.queue.shared.waiting);
        if let Some(place) = self.place.filter(|place| place.0 != deadline) {
            waiting.by_deadline.remove(&place);
            self.place = None;
        }
        let place = *self.place.get_or_insert_with(|| {
            waiting.last_number += 1;
            (deadline, waiting.last_number)
        });
        waiting.by_deadline.insert(place, cx.waker().clone());
        if waiting.armed.is_none_or(|armed| deadline < armed) {
            self.queue.shared.arm(&mut waiting, deadline);
        }
        Poll::Pending
    }
}

impl Drop for Entry {
    fn drop(&mut self) {
        if let Some(place) = self.place {
            // The timerfd may now go off for nobody, which is harmless and cheaper than setting it
            // again.
            lock(&self.queue.shared.waiting).by_deadline.remove(&place);
        }
    }
}

impl Shared {
    fn arm(&self, waiting: &mut Waiting, deadline: Instant) {
        // A relative time of zero would disarm the timer.
        let ahead = deadline.saturating_duration_since(Instant::now()).max(Duration::from_nanos(1));
        let it_value = Timespec {
            tv_sec: i64::try_from(ahead.as_secs()).unwrap_or(i64::MAX),
            tv_nsec: ahead.subsec_nanos().into(),
        };
        let it_interval = Timespec { tv_sec: 0, tv_nsec: 0 };
        let time = Itimerspec { it_interval, it_value };
        // It fails only for a bad descriptor or time, and both are ours.
        let set = timerfd_settime(&self.fd, TimerfdTimerFlags::empty(), &time);
        debug_assert!(set.is_ok(), "timerfd_settime: {set:?}");
        waiting.armed = Some(deadline);
    }

    /// Takes out those whose time has come, and sets the timer for the next.
    fn due(&self) -> Vec<Waker> {
        let mut waiting = lock(&self.waiting);
        let now = Instant::now();
        let later = waiting.by_deadline.split_off(&(now + Duration::from_nanos(1), 0));
        let due = std::mem::replace(&mut waiting.by_deadline, later);
        waiting.armed = None;
        if let Some((&(next, _), _)) = waiting.by_deadline.first_key_value() {
            self.arm(&mut waiting, next);
        }
        due.into_values().collect()
    }
}

async fn drive(shared: Arc<Shared>) {
    // Only an exhausted system refuses to watch a descriptor; timers would then never end, so say
    // it aloud.
    let watched = match shared.fd.try_clone().and_then(watch) {
        Ok(watched) => watched,
        Err(error) => {
            tracing::error!(%error, "cannot watch the timerfd; nothing delayed is delivered");
            return;
        }
    };
    while let Ok(mut ready) = watched.readable().await {
        let mut expirations = [0; 8];
        // The count of expirations is of no interest; reading it makes the descriptor quiet again.
        let _ = ready.try_io(|fd| Ok(rustix::io::read(fd.get_ref(), &mut expirations)?));
        for waker in shared.due() {
            waker.wake();
        }
    }
}

// What tokio warns of is a type that lies about its descriptor; an OwnedFd cannot. The replacement
// is unsafe.
#[expect(deprecated, reason = "sound for an OwnedFd, and this crate holds no unsafe code")]
pub(super) fn watch(fd: OwnedFd) -> io::Result<AsyncFd<OwnedFd>> {
    AsyncFd::new(fd)
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
