//! One future on one thread, between the sockets, the clock and other threads.

use std::cell::{Cell, RefCell};
use std::ffi::c_int;
use std::future::{Future, poll_fn};
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{self, Context, Poll};

use kvs_signaling::Instant;

use crate::shim::{Not, Wake, now_us};

const READABLE: u8 = 1;
const WRITABLE: u8 = 2;

/// What the future waits for: noted while it is polled, forgotten before it is polled again.
pub struct Reactor {
    waker: Arc<Waker>,
    begun_us: i64,
    due: Cell<Instant>,
    sockets: RefCell<Sockets>,
}

#[derive(Default)]
struct Sockets {
    numbers: Vec<c_int>,
    wants: Vec<u8>,
}

struct Waker {
    wake: Wake,
    woken: AtomicBool,
}

impl task::Wake for Waker {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        if !self.woken.swap(true, Ordering::AcqRel) {
            self.wake.wake();
        }
    }
}

const NEVER: Instant = Instant(u64::MAX);

impl Reactor {
    /// `None` when no event descriptor is to be had.
    pub fn new() -> Option<Self> {
        let waker = Arc::new(Waker { wake: Wake::new()?, woken: AtomicBool::new(false) });
        let (due, sockets) = (Cell::new(NEVER), RefCell::default());
        Some(Self { waker, begun_us: now_us(), due, sockets })
    }

    /// Milliseconds since this reactor was made.
    pub fn now(&self) -> Instant {
        Instant(u64::try_from((now_us() - self.begun_us) / 1_000).unwrap_or(0))
    }

    /// Runs `future` to its end.
    pub fn block_on<F: Future>(&self, future: F) -> F::Output {
        let mut future = pin!(future);
        let waker = task::Waker::from(Arc::clone(&self.waker));
        let mut cx = Context::from_waker(&waker);
        loop {
            self.due.set(NEVER);
            {
                let mut sockets = self.sockets.borrow_mut();
                sockets.numbers.clear();
                sockets.wants.clear();
            }
            if let Poll::Ready(output) = future.as_mut().poll(&mut cx) {
                return output;
            }
            self.wait();
        }
    }

    fn wait(&self) {
        let limit = match self.due.get() {
            NEVER => None,
            // A part of a millisecond that is left counts as a whole one: never early.
            due => Some(u32::try_from(due.since(self.now())).unwrap_or(u32::MAX)),
        };
        let limit = limit.map(|ms| if self.is_due() { 0 } else { ms.max(1) });
        let sockets = self.sockets.borrow();
        if !self.waker.woken.load(Ordering::Acquire) {
            self.waker.wake.wait(&sockets.numbers, &sockets.wants, limit);
        } else {
            // Takes the wake-up back.
            self.waker.wake.wait(&[], &[], Some(0));
        }
        // Before the future is polled: what wakes from here on is seen by the next wait.
        self.waker.woken.store(false, Ordering::Release);
    }

    fn is_due(&self) -> bool {
        self.due.get() <= self.now()
    }

    /// Returns at `at`, not before.
    pub async fn sleep_until(&self, at: Instant) {
        poll_fn(|_| {
            if at <= self.now() {
                return Poll::Ready(());
            }
            self.due.set(self.due.get().min(at));
            Poll::Pending
        })
        .await;
    }

    /// What comes of `work`, unless that takes longer.
    pub async fn within<T>(&self, limit_ms: u64, work: impl Future<Output = T>) -> Option<T> {
        let (mut work, mut late) = (pin!(work), pin!(self.sleep_until(self.now().plus(limit_ms))));
        poll_fn(|cx| match work.as_mut().poll(cx) {
            Poll::Ready(output) => Poll::Ready(Some(output)),
            Poll::Pending => late.as_mut().poll(cx).map(|()| None),
        })
        .await
    }

    /// Asks `step` until it has a result, waiting as it says.
    pub(crate) async fn drive<T>(
        &self,
        socket: c_int,
        mut step: impl FnMut() -> Result<T, Not>,
    ) -> Result<T, kvs_signaling::event::CloseReason> {
        poll_fn(|_| match step() {
            Ok(value) => Poll::Ready(Ok(value)),
            Err(Not::Readable) => self.want(socket, READABLE),
            Err(Not::Writable) => self.want(socket, WRITABLE),
            Err(Not::Ever(why)) => Poll::Ready(Err(why)),
        })
        .await
    }

    fn want<T>(&self, socket: c_int, what: u8) -> Poll<T> {
        let mut sockets = self.sockets.borrow_mut();
        let known = sockets.numbers.iter().position(|number| *number == socket);
        match known.and_then(|at| sockets.wants.get_mut(at)) {
            Some(wants) => *wants |= what,
            None => {
                sockets.numbers.push(socket);
                sockets.wants.push(what);
            }
        }
        Poll::Pending
    }

    /// Nothing waits for that socket any more.
    pub(crate) fn forget(&self, socket: c_int) {
        let mut sockets = self.sockets.borrow_mut();
        if let Some(at) = sockets.numbers.iter().position(|number| *number == socket) {
            sockets.numbers.swap_remove(at);
            sockets.wants.swap_remove(at);
        }
    }
}
