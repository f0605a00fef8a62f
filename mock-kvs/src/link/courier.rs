//! Delivery toward the device of what a link holds.
//!
//! The service may stop polling, or drop its stream, as soon as its bytes are written; a socket
//! would still deliver them. So whatever enters a lane is delivered by a task of its own. It exists
//! only while something is under way: an idle connection has none, whatever stands on it.

use std::future::poll_fn;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, ReadBuf};
use tokio::time::Instant;

use super::conn::{Conn, State};
use super::core::{Core, Over};
use super::cut::{End, Then};
use super::lane::Front;
use super::links::Inner;
use super::transport::Transport;
use crate::platform::Sleeper;

/// How long a reset waits for the peer to acknowledge what was let through. A peer that does not
/// read (its window is closed) gets its RST after this time, with what it has.
const DRAIN_MAX: Duration = Duration::from_secs(2);

/// The first pause between two looks at the send queue; each is twice the last, up to the second.
const DRAIN_PAUSE: (Duration, Duration) = (Duration::from_micros(100), Duration::from_millis(10));

/// How long a closed connection still takes in what the peer sends. Closing with unread bytes would
/// make the kernel send RST in place of the FIN.
const LINGER_MAX: Duration = Duration::from_secs(2);

/// Delivers until nothing is under way, or the connection is over.
pub(super) async fn deliver<S: Transport>(conn: Arc<Conn<S>>) {
    let ended = poll_fn(|cx| conn.with(|state| poll_deliver(state, &conn.links, cx))).await;
    if let Some((io, end)) = ended {
        let sleeper = conn.links.sleeper().clone();
        drop(conn);
        match end {
            End::Reset => reset(io, &sleeper).await,
            End::Close => linger(io, &sleeper).await,
        }
    }
}

/// Waits until the peer's kernel has everything, then sends RST.
async fn reset<S: Transport>(io: S, sleeper: &Sleeper) {
    let (mut pause, longest) = DRAIN_PAUSE;
    let give_up = Instant::now() + DRAIN_MAX;
    while io.unacknowledged().is_some_and(|bytes| bytes > 0) && Instant::now() < give_up {
        sleeper.sleep(pause).await;
        pause = (pause * 2).min(longest);
    }
    io.abort();
}

/// Sends FIN, and takes in what the peer still sends until it closes too.
async fn linger<S: Transport>(mut io: S, sleeper: &Sleeper) {
    if io.shutdown().await.is_err() {
        return;
    }
    let mut scratch = [0; 1024];
    let mut limit = sleeper.timer();
    let until = Instant::now() + LINGER_MAX;
    loop {
        let read = io.read(&mut scratch);
        tokio::pin!(read);
        let count = poll_fn(|cx| match read.as_mut().poll(cx) {
            Poll::Ready(count) => Poll::Ready(count.unwrap_or(0)),
            Poll::Pending => limit.poll_until(cx, until).map(|()| 0),
        });
        if count.await == 0 {
            return;
        }
    }
}

/// One round. Ready(None): nothing is under way. Ready(Some): the connection ends, with the stream
/// below.
fn poll_deliver<S: Transport>(
    state: &mut State<S>,
    links: &Inner,
    cx: &mut Context<'_>,
) -> Poll<Option<(S, End)>> {
    state.core.refresh(links);
    loop {
        let (Some(shaped), Some(io)) = (&mut state.core.shaped, &mut state.io) else {
            return Poll::Ready(None);
        };
        shaped.courier.waker = Some(cx.waker().clone());
        if shaped.out.path.hole {
            let lost = shaped.out.lose_bytes();
            state.core.counts.sent_lost += lost;
            state.core.wake_writer();
        }
        let Some(shaped) = &mut state.core.shaped else { return Poll::Ready(None) };
        match shaped.out.front(Instant::now()) {
            Front::Empty => return Poll::Ready(rest(state)),
            Front::Held => return Poll::Pending,
            Front::Later(due) => ready!(shaped.courier.timer.poll_until(cx, due)),
            Front::Bytes(bytes) => match ready!(Pin::new(io).poll_write(cx, bytes)) {
                Ok(count) if count > 0 => {
                    shaped.out.consume(count);
                    state.core.counts.sent(count as u64);
                    state.core.wake_writer();
                }
                Ok(_) => return Poll::Ready(fail(state, io::ErrorKind::WriteZero)),
                Err(error) => return Poll::Ready(fail(state, error.kind())),
            },
            Front::Fin if shaped.out.path.hole => {
                if state.core.released {
                    ready!(discard(io, cx));
                    return Poll::Ready(fail(state, io::ErrorKind::BrokenPipe));
                }
                return Poll::Pending;
            }
            Front::Fin => {
                // A peer that is gone already needs no FIN.
                let _ = ready!(Pin::new(io).poll_shutdown(cx));
                shaped.out.take_fin();
            }
            Front::Cut => {
                if let Some(end) = fall(&mut state.core, links) {
                    state.core.retire(end);
                    return Poll::Ready(state.io.take().map(|io| (io, end)));
                }
            }
        }
    }
}

/// Everything is delivered: the courier goes, and with it a stream that the service has dropped.
fn rest<S>(state: &mut State<S>) -> Option<(S, End)> {
    state.core.dismiss_courier();
    state.core.wake_writer();
    if state.core.released {
        state.core.over.get_or_insert(Over::Closed);
        state.io = None;
    }
    None
}

/// Nobody reads the stream any more, and its end is swallowed by a hole: what the peer sends is
/// still taken in and acknowledged, until the peer itself gives up. Ready then.
fn discard<S: Transport>(io: &mut S, cx: &mut Context<'_>) -> Poll<()> {
    let mut scratch = [0; 1024];
    loop {
        let mut read = ReadBuf::new(&mut scratch);
        match ready!(Pin::new(&mut *io).poll_read(cx, &mut read)) {
            Ok(()) if !read.filled().is_empty() => {}
            Ok(()) | Err(_) => return Poll::Ready(()),
        }
    }
}

/// The stream below takes no more: the service is told on its next call.
fn fail<S>(state: &mut State<S>, kind: io::ErrorKind) -> Option<(S, End)> {
    state.core.over = Some(Over::Failed(kind));
    state.core.dismiss_courier();
    state.core.wake_all();
    state.core.shaped = None;
    state.io = None;
    None
}

/// A cut falls: None if the connection goes on.
fn fall(core: &mut Core, links: &Inner) -> Option<End> {
    let cut = core.shaped.as_mut()?.out.take_cut()?;
    core.report_cut(&cut);
    match cut.then {
        Then::End(end) => Some(end),
        Then::Set(toward, condition) => {
            core.set_by_cut(links, cut.tag, toward, condition);
            None
        }
    }
}

impl Core {
    fn dismiss_courier(&mut self) {
        if let Some(shaped) = &mut self.shaped {
            shaped.courier.running = false;
            shaped.courier.waker = None;
        }
    }

    /// The connection is over: the service finds out.
    fn retire(&mut self, end: End) {
        self.over = Some(match end {
            End::Close => Over::Closed,
            End::Reset => Over::Reset,
        });
        if let Some(shaped) = &mut self.shaped {
            self.counts.sent_lost += shaped.out.lose_bytes();
        }
        self.wake_all();
        self.shaped = None;
    }
}
