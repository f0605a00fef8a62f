//! A tokio stream as the device's two halves.

use std::fmt;
use std::io;

use embedded_io_async::{ErrorKind, ErrorType, Read, Write};
use kvs_device::Connection;
use kvs_signaling::event::CloseReason;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, ReadHalf, WriteHalf};

use crate::connect::close_reason;

/// An open link over `S`.
pub struct Stream<S>(pub(crate) S);

impl<S> Stream<S> {
    /// A link over what is connected already.
    pub const fn new(stream: S) -> Self {
        Self(stream)
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> Connection for Stream<S> {
    type Error = LinkError;
    type Reader<'c>
        = Reader<ReadHalf<&'c mut S>>
    where
        S: 'c;
    type Writer<'c>
        = Writer<WriteHalf<&'c mut S>>
    where
        S: 'c;

    async fn split(&mut self) -> Result<(Self::Reader<'_>, Self::Writer<'_>), LinkError> {
        let (reader, writer) = tokio::io::split(&mut self.0);
        Ok((Reader(reader), Writer(writer)))
    }

    async fn close(&mut self) {
        // The peer may be gone already; there is nobody left to tell.
        let _ = self.0.shutdown().await;
    }
}

/// The receiving half.
pub struct Reader<R>(R);

impl<R> ErrorType for Reader<R> {
    type Error = LinkError;
}

impl<R: AsyncRead + Unpin> Read for Reader<R> {
    async fn read(&mut self, bytes: &mut [u8]) -> Result<usize, LinkError> {
        self.0.read(bytes).await.map_err(LinkError)
    }
}

/// The sending half.
pub struct Writer<W>(W);

impl<W> ErrorType for Writer<W> {
    type Error = LinkError;
}

impl<W: AsyncWrite + Unpin> Write for Writer<W> {
    async fn write(&mut self, bytes: &[u8]) -> Result<usize, LinkError> {
        self.0.write(bytes).await.map_err(LinkError)
    }

    async fn flush(&mut self) -> Result<(), LinkError> {
        self.0.flush().await.map_err(LinkError)
    }
}

/// What ended a link.
#[derive(Debug)]
pub struct LinkError(io::Error);

impl fmt::Display for LinkError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl std::error::Error for LinkError {}

impl embedded_io_async::Error for LinkError {
    fn kind(&self) -> ErrorKind {
        self.0.kind().into()
    }
}

impl From<LinkError> for CloseReason {
    fn from(error: LinkError) -> Self {
        close_reason(&error.0)
    }
}
