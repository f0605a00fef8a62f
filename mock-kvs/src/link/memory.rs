//! A connection in memory, for boards without sockets: bounded, with FIN and RST, and
//! deterministic.
//!
//! Written segments keep their bounds, as packets on a quiet network do: a read gives bytes of one
//! segment.

use std::collections::VecDeque;
use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use super::transport::Transport;

/// What one direction holds before a writer has to wait: a usual socket buffer.
const CAPACITY: usize = 64 * 1024;

/// One end of a connection in memory. Dropping it closes it.
#[derive(Debug)]
pub struct MemoryStream {
    shared: Arc<Mutex<Shared>>,
    side: Side,
}

/// Two ends that are connected.
#[must_use]
pub fn memory_pair() -> (MemoryStream, MemoryStream) {
    let shared = Arc::new(Mutex::new(Shared::default()));
    let end = |side| MemoryStream { shared: shared.clone(), side };
    (end(Side::A), end(Side::B))
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Side {
    A,
    B,
}

#[derive(Debug, Default)]
struct Shared {
    to_a: Pipe,
    to_b: Pipe,
    // Which side has sent RST.
    reset_by: Option<Side>,
}

/// One direction.
#[derive(Debug, Default)]
struct Pipe {
    bytes: VecDeque<u8>,
    segments: VecDeque<usize>,
    /// The writer has sent FIN.
    ended: bool,
    /// The reader is gone.
    deaf: bool,
    reader: Option<Waker>,
    writer: Option<Waker>,
}

impl MemoryStream {
    /// Ends the connection with RST: the peer reads what was written before it, then
    /// `ConnectionReset`.
    pub fn reset(self) {
        let mut shared = self.lock();
        shared.reset_by.get_or_insert(self.side);
        shared.wake_all();
    }

    fn lock(&self) -> MutexGuard<'_, Shared> {
        self.shared.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Shared {
    const fn inbound(&mut self, side: Side) -> &mut Pipe {
        match side {
            Side::A => &mut self.to_a,
            Side::B => &mut self.to_b,
        }
    }

    const fn outbound(&mut self, side: Side) -> &mut Pipe {
        match side {
            Side::A => &mut self.to_b,
            Side::B => &mut self.to_a,
        }
    }

    fn wake_all(&mut self) {
        for pipe in [&mut self.to_a, &mut self.to_b] {
            wake(&mut pipe.reader);
            wake(&mut pipe.writer);
        }
    }
}

impl AsyncRead for MemoryStream {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let mut shared = self.lock();
        let is_reset = shared.reset_by.is_some();
        let pipe = shared.inbound(self.side);
        if let Some(segment) = pipe.segments.front_mut() {
            let count = buf.remaining().min(*segment);
            let (first, second) = pipe.bytes.as_slices();
            let from_first = count.min(first.len());
            buf.put_slice(first.get(..from_first).unwrap_or_default());
            buf.put_slice(second.get(..count - from_first).unwrap_or_default());
            pipe.bytes.drain(..count);
            *segment -= count;
            if *segment == 0 {
                pipe.segments.pop_front();
            }
            wake(&mut pipe.writer);
            return Poll::Ready(Ok(()));
        }
        if is_reset {
            return Poll::Ready(Err(io::ErrorKind::ConnectionReset.into()));
        }
        if pipe.ended {
            return Poll::Ready(Ok(()));
        }
        pipe.reader = Some(cx.waker().clone());
        Poll::Pending
    }
}

impl AsyncWrite for MemoryStream {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        data: &[u8],
    ) -> Poll<io::Result<usize>> {
        let mut shared = self.lock();
        if shared.reset_by.is_some() {
            return Poll::Ready(Err(io::ErrorKind::ConnectionReset.into()));
        }
        let pipe = shared.outbound(self.side);
        if pipe.ended || pipe.deaf {
            return Poll::Ready(Err(io::ErrorKind::BrokenPipe.into()));
        }
        let count = data.len().min(CAPACITY - pipe.bytes.len());
        if count == 0 && !data.is_empty() {
            pipe.writer = Some(cx.waker().clone());
            return Poll::Pending;
        }
        if count > 0 {
            pipe.bytes.extend(data.get(..count).unwrap_or_default());
            pipe.segments.push_back(count);
            wake(&mut pipe.reader);
        }
        Poll::Ready(Ok(count))
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        let mut shared = self.lock();
        let pipe = shared.outbound(self.side);
        pipe.ended = true;
        wake(&mut pipe.reader);
        Poll::Ready(Ok(()))
    }
}

impl Drop for MemoryStream {
    fn drop(&mut self) {
        let mut shared = self.lock();
        shared.outbound(self.side).ended = true;
        let inbound = shared.inbound(self.side);
        inbound.deaf = true;
        inbound.bytes = VecDeque::new();
        inbound.segments = VecDeque::new();
        shared.wake_all();
    }
}

impl Transport for MemoryStream {
    /// What is written is in the peer's hands.
    fn unacknowledged(&self) -> Option<u64> {
        Some(0)
    }

    fn abort(self) {
        self.reset();
    }
}

fn wake(place: &mut Option<Waker>) {
    if let Some(waker) = place.take() {
        waker.wake();
    }
}
