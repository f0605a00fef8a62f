//! The stream as hyper sees it: tells the link when an answer has been flushed.

use std::io::{self, IoSlice};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use crate::link::LinkHandle;

/// Any stream a client can be served over.
pub(crate) trait Io: AsyncRead + AsyncWrite + Unpin + Send + 'static {}
impl<S: AsyncRead + AsyncWrite + Unpin + Send + 'static> Io for S {}

/// Marks answers on the link, so that a cut can fall at a part of one (decision 12).
#[derive(Clone, Debug)]
pub(crate) struct Mark {
    link: LinkHandle,
    is_open: Arc<AtomicBool>,
}

impl Mark {
    pub fn new(link: LinkHandle) -> Self {
        Self { link, is_open: Arc::new(AtomicBool::new(false)) }
    }

    /// What is written from here to the next flush is one answer.
    pub fn begin(&self) {
        self.link.begin_message();
        self.is_open.store(true, Ordering::Release);
    }

    fn end(&self) {
        if self.is_open.swap(false, Ordering::AcqRel) {
            self.link.end_message();
        }
    }
}

/// A stream with a mark.
#[derive(Debug)]
pub(crate) struct Tap<S> {
    io: S,
    mark: Mark,
}

impl<S> Tap<S> {
    pub fn new(io: S, mark: Mark) -> Self {
        Self { io, mark }
    }

    pub fn into_inner(self) -> S {
        self.io
    }
}

impl<S: Io> AsyncRead for Tap<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_read(cx, buf)
    }
}

impl<S: Io> AsyncWrite for Tap<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        data: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.io).poll_write(cx, data)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        data: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.io).poll_write_vectored(cx, data)
    }

    fn is_write_vectored(&self) -> bool {
        self.io.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let flushed = ready!(Pin::new(&mut self.io).poll_flush(cx));
        self.mark.end();
        Poll::Ready(flushed)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_shutdown(cx)
    }
}
