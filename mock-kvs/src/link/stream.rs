//! The stream that the service reads and writes.
//!
//! On a plain connection a call goes straight to the stream below, under one uncontended lock.
//! Everything else is in `inbound.rs` and `outbound.rs`.

use std::io::{self, IoSlice};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use super::conn::{Conn, State};
use super::core::Over;
use super::handle::LinkHandle;
use super::transport::Transport;
use super::{inbound, outbound};

/// An accepted stream with a link under it.
///
/// `flush` is done when the link has the bytes, and `shutdown` when it has the end of the stream:
/// like a socket, it delivers them later by itself, also after the stream was dropped.
#[derive(Debug)]
pub struct LinkStream<S: Transport> {
    conn: Arc<Conn<S>>,
    handle: LinkHandle,
}

impl<S: Transport> LinkStream<S> {
    pub(super) fn new(conn: Arc<Conn<S>>, handle: LinkHandle) -> Self {
        Self { conn, handle }
    }

    /// The connection's handle.
    #[must_use]
    pub const fn handle(&self) -> &LinkHandle {
        &self.handle
    }
}

impl<S: Transport> AsyncRead for LinkStream<S> {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let links = &self.conn.links;
        self.conn.with(|state| {
            if !state.core.is_plain(links) {
                return inbound::poll_read(state, links, cx, buf);
            }
            let polled = poll_inner_read(state, cx, buf);
            if polled.is_pending() {
                state.core.park_reader(cx.waker());
            }
            polled
        })
    }
}

impl<S: Transport> AsyncWrite for LinkStream<S> {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        data: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.poll_write_vectored(cx, &[IoSlice::new(data)])
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        data: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let links = &self.conn.links;
        self.conn.with(|state| {
            if !state.core.is_plain(links) {
                return outbound::poll_write(state, links, cx, data);
            }
            let polled = poll_inner_write(state, cx, data);
            if polled.is_pending() {
                state.core.park_writer(cx.waker());
            }
            polled
        })
    }

    fn is_write_vectored(&self) -> bool {
        true
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let links = &self.conn.links;
        self.conn.with(|state| match &mut state.io {
            // What the link holds is on its way; as with a socket, that is all a writer can wait
            // for.
            Some(io) if state.core.is_plain(links) => Pin::new(io).poll_flush(cx),
            Some(_) | None => Poll::Ready(Ok(())),
        })
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let links = &self.conn.links;
        self.conn.with(|state| {
            if state.core.is_plain(links) {
                let Some(io) = &mut state.io else { return Poll::Ready(Ok(())) };
                ready!(Pin::new(io).poll_shutdown(cx))?;
                state.core.fin_sent = true;
            } else {
                outbound::shut_down(&mut state.core, links);
            }
            Poll::Ready(Ok(()))
        })
    }
}

impl<S: Transport> Drop for LinkStream<S> {
    fn drop(&mut self) {
        let links = &self.conn.links;
        let dropped_now = self.conn.with(|state| {
            state.core.released = true;
            state.core.refresh(links);
            // A marked message is as complete as it will ever be.
            state.core.cut_the_message();
            if state.core.shaped.as_ref().is_some_and(|shaped| shaped.outlives_the_service()) {
                outbound::shut_down(&mut state.core, links);
                return None;
            }
            state.core.over.get_or_insert(Over::Closed);
            state.io.take()
        });
        drop(dropped_now);
    }
}

pub(super) fn poll_inner_read<S: Transport>(
    state: &mut State<S>,
    cx: &mut Context<'_>,
    buf: &mut ReadBuf<'_>,
) -> Poll<io::Result<()>> {
    let Some(io) = &mut state.io else { return Poll::Ready(read_when_over(state.core.over)) };
    let before = buf.filled().len();
    ready!(Pin::new(io).poll_read(cx, buf))?;
    state.core.counts.received((buf.filled().len() - before) as u64);
    Poll::Ready(Ok(()))
}

pub(super) fn poll_inner_write<S: Transport>(
    state: &mut State<S>,
    cx: &mut Context<'_>,
    data: &[IoSlice<'_>],
) -> Poll<io::Result<usize>> {
    let Some(io) = &mut state.io else { return Poll::Ready(Err(write_when_over(state.core.over))) };
    let written = ready!(match data {
        [one] => Pin::new(io).poll_write(cx, one),
        _ => Pin::new(io).poll_write_vectored(cx, data),
    })?;
    state.core.counts.sent(written as u64);
    Poll::Ready(Ok(written))
}

/// What reading gives once the stream below is gone.
pub(super) fn read_when_over(over: Option<Over>) -> io::Result<()> {
    match over {
        Some(Over::Closed) | None => Ok(()),
        Some(Over::Reset | Over::Failed(_)) => Err(io::ErrorKind::ConnectionReset.into()),
    }
}

/// What writing gives once the stream below is gone.
pub(super) fn write_when_over(over: Option<Over>) -> io::Error {
    match over {
        Some(Over::Closed) | None => io::ErrorKind::BrokenPipe.into(),
        Some(Over::Reset) => io::ErrorKind::ConnectionReset.into(),
        Some(Over::Failed(kind)) => kind.into(),
    }
}
