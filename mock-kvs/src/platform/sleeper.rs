//! Sleeping until a deadline, on the clock that the links live on.

use std::fmt;
use std::future::{Future as _, poll_fn};
use std::pin::Pin;
#[cfg(target_os = "linux")]
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::time::{Instant, Sleep};

#[cfg(target_os = "linux")]
use super::timerfd::{Entry, TimerQueue};

/// A source of timers. Cheap to clone; clones share one operating-system timer.
#[derive(Clone)]
pub struct Sleeper(Source);

#[derive(Clone)]
enum Source {
    Tokio,
    #[cfg(target_os = "linux")]
    Timerfd(Arc<TimerQueue>),
}

impl Sleeper {
    /// Tokio's own timers: exact under a paused clock, where they must be used; about 1 ms late
    /// under the real one.
    #[must_use]
    pub const fn tokio() -> Self {
        Self(Source::Tokio)
    }

    /// The most precise timers of this system under the real clock: timerfd on Linux (about 0.1 ms
    /// late), tokio's elsewhere, and also where no timerfd is left to be had. All its timers must
    /// be used within one runtime, which has IO enabled.
    #[must_use]
    pub fn precise() -> Self {
        #[cfg(target_os = "linux")]
        if let Ok(queue) = TimerQueue::new() {
            return Self(Source::Timerfd(Arc::new(queue)));
        }
        Self::tokio()
    }

    /// How late a timer is at worst on a quiet machine under the real clock, for reports.
    #[must_use]
    pub const fn accuracy(&self) -> Duration {
        match self.0 {
            Source::Tokio => Duration::from_micros(1_100),
            #[cfg(target_os = "linux")]
            Source::Timerfd(_) => Duration::from_micros(100),
        }
    }

    /// A timer that can be used again and again.
    #[must_use]
    pub fn timer(&self) -> Timer {
        match &self.0 {
            Source::Tokio => Timer(Kind::Tokio(None)),
            #[cfg(target_os = "linux")]
            Source::Timerfd(queue) => Timer(Kind::Timerfd(Entry::new(queue.clone()))),
        }
    }

    /// Waits so long.
    pub async fn sleep(&self, time: Duration) {
        self.sleep_until(Instant::now() + time).await;
    }

    /// Waits until then.
    pub async fn sleep_until(&self, deadline: Instant) {
        let mut timer = self.timer();
        poll_fn(|cx| timer.poll_until(cx, deadline)).await;
    }
}

impl fmt::Debug for Sleeper {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.0 {
            Source::Tokio => "Sleeper(tokio)",
            #[cfg(target_os = "linux")]
            Source::Timerfd(_) => "Sleeper(timerfd)",
        })
    }
}

/// One timer of a [`Sleeper`]. It costs nothing until it is first polled before its deadline.
pub struct Timer(Kind);

enum Kind {
    Tokio(Option<Pin<Box<Sleep>>>),
    #[cfg(target_os = "linux")]
    Timerfd(Entry),
}

impl Timer {
    /// Ready at the deadline or later, never before. Polling with another deadline moves the timer.
    pub fn poll_until(&mut self, cx: &mut Context<'_>, deadline: Instant) -> Poll<()> {
        if deadline <= Instant::now() {
            return Poll::Ready(());
        }
        match &mut self.0 {
            Kind::Tokio(sleep) => {
                let sleep =
                    sleep.get_or_insert_with(|| Box::pin(tokio::time::sleep_until(deadline)));
                if sleep.deadline() != deadline {
                    sleep.as_mut().reset(deadline);
                }
                sleep.as_mut().poll(cx)
            }
            #[cfg(target_os = "linux")]
            Kind::Timerfd(entry) => entry.poll_until(cx, deadline),
        }
    }
}

impl fmt::Debug for Timer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Timer")
    }
}
