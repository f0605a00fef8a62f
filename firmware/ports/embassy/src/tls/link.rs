//! An open link, and its two halves.

use core::cell::RefCell;
use core::future::poll_fn;

use embedded_io_async::{ErrorType, Read, Write};
use kvs_device::{Connection, LinkError};
use kvs_signaling::event::CloseReason;

use super::session::{Failure, Session};

/// An open link. Its halves never run at once: each poll borrows the session for as long as it takes.
pub struct Link<'p>(RefCell<Session<'p>>);

impl<'p> Link<'p> {
    /// Over `session`, whose handshake was found good.
    pub fn over(session: Session<'p>) -> Self {
        Self(RefCell::new(session))
    }
}

impl<'p> Connection for Link<'p> {
    type Error = LinkError;
    type Reader<'c>
        = Reader<'c, 'p>
    where
        Self: 'c;
    type Writer<'c>
        = Writer<'c, 'p>
    where
        Self: 'c;

    async fn split(&mut self) -> Result<(Reader<'_, 'p>, Writer<'_, 'p>), LinkError> {
        Ok((Reader(self), Writer(self)))
    }

    async fn close(&mut self) {
        let session = self.0.get_mut();
        // The peer may be gone already; there is nobody left to tell.
        let _ = poll_fn(|cx| session.poll_close(cx)).await;
        let socket = session.tcp().socket();
        socket.close();
        let _ = socket.flush().await;
    }
}

/// The word for what ended a link.
pub fn reason(failure: Failure) -> CloseReason {
    match failure {
        Failure::Tcp(why) => why,
        Failure::Tls(_) => CloseReason::Tls,
        Failure::Memory => CloseReason::Other,
    }
}

/// The receiving half.
pub struct Reader<'c, 'p>(&'c Link<'p>);

impl ErrorType for Reader<'_, '_> {
    type Error = LinkError;
}

impl Read for Reader<'_, '_> {
    async fn read(&mut self, bytes: &mut [u8]) -> Result<usize, LinkError> {
        let read = poll_fn(|cx| self.0.0.borrow_mut().poll_read(cx, bytes)).await;
        match read.map_err(reason) {
            Ok(len) => Ok(len),
            // An end without close_notify: HTTP and WebSocket frame their own ends.
            Err(CloseReason::Fin) => Ok(0),
            Err(why) => Err(LinkError(why)),
        }
    }
}

/// The sending half. What TCP took counts as on its way, as on a host; waiting for the peer's acknowledgement would cost a round
/// trip for each piece of a message.
pub struct Writer<'c, 'p>(&'c Link<'p>);

impl ErrorType for Writer<'_, '_> {
    type Error = LinkError;
}

impl Write for Writer<'_, '_> {
    async fn write(&mut self, bytes: &[u8]) -> Result<usize, LinkError> {
        let written = poll_fn(|cx| self.0.0.borrow_mut().poll_write(cx, bytes)).await;
        written.map_err(|failure| LinkError(reason(failure)))
    }

    async fn flush(&mut self) -> Result<(), LinkError> {
        Ok(())
    }
}
