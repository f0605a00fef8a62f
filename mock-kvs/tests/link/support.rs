//! Links with a recorder, and connected pairs over them.

use std::io;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use mock_kvs::link::{
    Happened, LinkEvent, LinkStream, Links, Listener, MemoryStream, Tag, Transport,
};
use mock_kvs::platform::Sleeper;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite};
use tokio::net::TcpStream;

pub const RULE: Tag = Tag(7);

/// Links whose events are kept.
pub struct Rig {
    pub links: Links,
    events: Arc<Mutex<Vec<LinkEvent>>>,
}

/// A client's end, over sockets or in memory.
pub trait Client: AsyncRead + AsyncWrite + Unpin + Send + 'static {}
impl<C: AsyncRead + AsyncWrite + Unpin + Send + 'static> Client for C {}

impl Rig {
    /// Under the real clock.
    pub fn real() -> Self {
        Self::new(1, Sleeper::precise())
    }

    /// Under the paused clock.
    pub fn paused() -> Self {
        Self::new(1, Sleeper::tokio())
    }

    pub fn new(seed: u64, sleeper: Sleeper) -> Self {
        let events = Arc::new(Mutex::new(Vec::new()));
        let kept = events.clone();
        let sink = move |event| kept.lock().expect("no panic in a sink").push(event);
        Self { links: Links::new("device", seed, sleeper, sink), events }
    }

    pub async fn tcp(&self) -> (TcpStream, LinkStream<TcpStream>) {
        let mut listener = self.listen();
        let connect = TcpStream::connect(listener.local_addr());
        let (client, accepted) = tokio::join!(connect, listener.accept());
        (client.expect("connect"), accepted.expect("accept").0)
    }

    pub fn listen(&self) -> Listener {
        let any = "127.0.0.1:0".parse().expect("an address");
        Listener::bind(any, self.links.clone()).expect("bind")
    }

    pub fn memory(&self) -> (MemoryStream, LinkStream<MemoryStream>) {
        self.links.connect_memory().expect("nothing refuses")
    }

    pub fn happened(&self) -> Vec<Happened> {
        self.events.lock().expect("no panic in a sink").iter().map(|event| event.what).collect()
    }

    pub fn events(&self) -> Vec<LinkEvent> {
        self.events.lock().expect("no panic in a sink").clone()
    }
}

/// Bytes that tell their position, so that a lost or doubled one shows.
pub fn pattern(len: usize) -> Vec<u8> {
    (0..len).map(|at| (at % 251) as u8).collect()
}

/// Reads until the stream ends, and how it ended. A stream that hangs fails the test, not the suite.
pub async fn read_out(stream: &mut (impl AsyncRead + Unpin)) -> (Vec<u8>, io::Result<()>) {
    let (mut all, mut piece) = (Vec::new(), [0; 4096]);
    loop {
        let read = tokio::time::timeout(Duration::from_secs(60), stream.read(&mut piece));
        match read.await.expect("bytes or an end within a minute") {
            Ok(0) => return (all, Ok(())),
            Ok(count) => all.extend(&piece[..count]),
            Err(error) => return (all, Err(error)),
        }
    }
}

pub fn is_reset(ended: &io::Result<()>) -> bool {
    ended.as_ref().is_err_and(|error| error.kind() == io::ErrorKind::ConnectionReset)
}

/// Nothing arrives as long as the runtime has something to do: under a paused clock, for a day.
pub async fn is_silent(stream: &mut (impl AsyncRead + Unpin)) -> bool {
    let day = Duration::from_secs(86_400);
    tokio::time::timeout(day, stream.read_u8()).await.is_err()
}

/// Reads what the service gets in a task of its own, as hyper and the WebSocket loop do.
pub fn serve_reading<S: Transport>(
    mut service: LinkStream<S>,
) -> tokio::task::JoinHandle<(Vec<u8>, io::Result<()>)> {
    tokio::spawn(async move { read_out(&mut service).await })
}
