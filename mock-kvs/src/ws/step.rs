//! What the loop of a WebSocket waits for, without blocking one side on the other.

use std::future::Future as _;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use tokio::io::ReadBuf;

use super::outbox::Meaning;
use super::socket::Socket;
use crate::http::{Conn, Io};
use crate::journal::Event;
use crate::shared::Order;

/// Read at once. Small, because every idle connection would hold it; most messages fit in three.
const READ_BYTES: usize = 4096;

/// What the loop was woken by.
pub(super) enum Step {
    Order(Order),
    Wrote,
    WriteFailed(io::Error),
    Read(usize),
    ReadFailed(io::Error),
    Timer,
}

impl<S: Io> Socket<'_, S> {
    pub(super) fn poll_step(&mut self, cx: &mut Context<'_>) -> Poll<Step> {
        if let Poll::Ready(Some(order)) = self.orders.poll_recv(cx) {
            return Poll::Ready(Step::Order(order));
        }
        match self.poll_write(cx) {
            Poll::Ready(Ok(())) => return Poll::Ready(Step::Wrote),
            Poll::Ready(Err(error)) => return Poll::Ready(Step::WriteFailed(error)),
            Poll::Pending => {}
        }
        match self.poll_read(cx) {
            Poll::Ready(Ok(bytes)) => return Poll::Ready(Step::Read(bytes)),
            Poll::Ready(Err(error)) => return Poll::Ready(Step::ReadFailed(error)),
            Poll::Pending => {}
        }
        self.timer.as_mut().poll(cx).map(|()| Step::Timer)
    }

    /// Ready when the frame being written is in the link completely.
    fn poll_write(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let Some((outgoing, at)) = &mut self.outbox.writing else { return Poll::Pending };
        let mut stream = Pin::new(&mut self.stream);
        while *at < outgoing.bytes.len() {
            let rest = outgoing.bytes.get(*at..).unwrap_or_default();
            let written = match stream.as_mut().poll_write(cx, rest) {
                Poll::Ready(Ok(0)) => return Poll::Ready(Err(io::ErrorKind::WriteZero.into())),
                Poll::Ready(Ok(written)) => written,
                Poll::Ready(Err(error)) => return Poll::Ready(Err(error)),
                Poll::Pending => return Poll::Pending,
            };
            if *at == 0 {
                record_start(self.conn, &outgoing.meaning);
            }
            *at += written;
        }
        stream.poll_flush(cx)
    }

    fn poll_read(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<usize>> {
        let mut bytes = [0; READ_BYTES];
        let mut buffer = ReadBuf::new(&mut bytes);
        match Pin::new(&mut self.stream).poll_read(cx, &mut buffer) {
            Poll::Ready(Ok(())) => {
                self.decoder.buffer().extend_from_slice(buffer.filled());
                Poll::Ready(Ok(buffer.filled().len()))
            }
            Poll::Ready(Err(error)) => Poll::Ready(Err(error)),
            Poll::Pending => Poll::Pending,
        }
    }
}

/// A message counts as handed to the link with its first byte.
fn record_start(conn: &Conn, meaning: &Meaning) {
    if let Meaning::Message { message, .. } = meaning {
        conn.record(Event::WsOut {
            kind: message.kind.name(),
            from: message.from.clone(),
            size: message.size,
            sha: message.sha,
        });
    }
}
