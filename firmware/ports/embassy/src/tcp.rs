//! TCP sockets that outlive their links: a dropped link still says goodbye, and its buffers come back.

use alloc::rc::Rc;
use core::cell::Cell;

use embassy_net::Stack;
use embassy_net::tcp::{Error, State, TcpSocket};
use embassy_sync::blocking_mutex::raw::NoopRawMutex;
use embassy_sync::channel::Channel;
use embassy_time::{Duration, with_timeout};
use embedded_io_async::{ErrorType, Read, Write};
use kvs_signaling::event::CloseReason;
use static_cell::ConstStaticCell;

/// Two links at once, and one that is on its way out while the next is opened.
const COUNT: usize = 3;
/// The window a peer sees.
const RX: usize = 4096;
/// Bytes in flight.
const TX: usize = 2048;
/// Time for the last bytes and FIN, and again for an RST; whatever is not sent by then is given up.
const LAST_PACKETS: Duration = Duration::from_millis(200);

type Queue = Channel<NoopRawMutex, TcpSocket<'static>, COUNT>;

/// All sockets of this device.
pub struct Sockets {
    free: Queue,
    leaving: Queue,
}

impl Sockets {
    /// All of them free. Once.
    pub fn new(stack: Stack<'static>) -> Self {
        static BUFFERS: [ConstStaticCell<([u8; RX], [u8; TX])>; COUNT] =
            [const { ConstStaticCell::new(([0; RX], [0; TX])) }; COUNT];
        let free = Queue::new();
        for buffers in &BUFFERS {
            let (rx, tx) = buffers.take();
            // The queue has room for exactly these.
            let _ = free.try_send(TcpSocket::new(stack, rx, tx));
        }
        Self { free, leaving: Queue::new() }
    }

    /// A closed socket; waits for one to be free.
    pub async fn take(&self) -> Tcp<'_> {
        let mut socket = self.free.receive().await;
        // Signaling messages are small and wanted at once.
        socket.set_nagle_enabled(false);
        Tcp { socket: Some(socket), sockets: self, end: Rc::default() }
    }

    /// Gives links that were dropped their end on the wire, for ever.
    pub async fn see_off(&self) -> ! {
        loop {
            let mut socket = self.leaving.receive().await;
            // What was written last may say why: an alert must not be lost to a reset.
            socket.close();
            let _ = with_timeout(LAST_PACKETS, until_closed(&mut socket)).await;
            if !matches!(socket.state(), State::Closed | State::TimeWait) {
                socket.abort();
                // A cut cable takes nothing.
                let _ = with_timeout(LAST_PACKETS, socket.flush()).await;
            }
            let _ = self.free.try_send(socket);
        }
    }
}

/// Sends what is left and our FIN, and waits for the other side's.
async fn until_closed(socket: &mut TcpSocket<'static>) {
    let mut unread = [0; 64];
    if socket.flush().await.is_ok() {
        while let Ok(1..) = socket.read(&mut unread).await {}
    }
}

/// How the other side ended a connection, once it did.
pub type End = Rc<Cell<Option<CloseReason>>>;

/// A socket in use.
pub struct Tcp<'s> {
    socket: Option<TcpSocket<'static>>,
    sockets: &'s Sockets,
    end: End,
}

impl Tcp<'_> {
    /// The socket itself.
    pub fn socket(&mut self) -> &mut TcpSocket<'static> {
        self.socket.as_mut().expect("taken only when dropped")
    }

    /// How the other side ended it, for whoever sees only TLS.
    pub fn end(&self) -> End {
        Rc::clone(&self.end)
    }
}

impl Drop for Tcp<'_> {
    fn drop(&mut self) {
        if let Some(socket) = self.socket.take() {
            // The queue has room for all there are.
            let _ = self.sockets.leaving.try_send(socket);
        }
    }
}

/// Notes an end that `result` shows.
fn note(result: Result<usize, Error>, end: &End) -> Result<usize, Error> {
    match result {
        Ok(0) => end.set(Some(CloseReason::Fin)),
        Ok(_) => {}
        Err(Error::ConnectionReset) => end.set(Some(CloseReason::Reset)),
    }
    result
}

impl ErrorType for Tcp<'_> {
    type Error = Error;
}

impl Read for Tcp<'_> {
    async fn read(&mut self, bytes: &mut [u8]) -> Result<usize, Error> {
        let result = self.socket().read(bytes).await;
        note(result, &self.end)
    }
}

impl Write for Tcp<'_> {
    async fn write(&mut self, bytes: &[u8]) -> Result<usize, Error> {
        let result = self.socket().write(bytes).await;
        note(result, &self.end)
    }

    async fn flush(&mut self) -> Result<(), Error> {
        Ok(())
    }
}
