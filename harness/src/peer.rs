//! The other end: a viewer (or a rival master) that talks to the service as AWS's JavaScript SDK
//! does, on a listener of its own, and says what it saw.
//!
//! A peer connects when it is first told to send, and again when it is told to send after its
//! socket was lost. What it does reaches the history as `peer.*` records; payloads only as size
//! and SHA-256.

mod dial;
mod offers;
mod payload;
mod sign;
mod socket;

use std::sync::Arc;
use std::time::Duration;

use mock_kvs::Mock;
use serde_json::{Value, json};
use tokio::sync::mpsc;
use tokio::time::Instant;
use tokio_tungstenite::tungstenite::Message as Frame;

pub use dial::{Dial, Stream};
pub use payload::{Payloads, sha};
pub use sign::{Presign, PresignError};

use offers::Offers;
use socket::{Socket, Upgrade};

/// A write that the service does not take for this long means the socket is lost.
const WRITE_LIMIT: Duration = Duration::from_secs(30);

/// As which end a peer connects.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// Makes offers.
    Viewer,
    /// A rival for the device's place.
    Master,
}

impl Role {
    fn word(self) -> &'static str {
        match self {
            Self::Viewer => "viewer",
            Self::Master => "master",
        }
    }
}

/// Keys to sign with.
#[derive(Clone)]
pub struct Keys {
    /// Access key id.
    pub access_key_id: String,
    /// Secret key.
    pub secret_key: String,
    /// Session token; may be empty.
    pub session_token: String,
}

/// Everything a peer is told before it starts.
#[derive(Clone)]
pub struct Setup {
    /// Its name in the scenario: the `source` of its records.
    pub actor: Arc<str>,
    /// Viewer or rival.
    pub role: Role,
    /// A viewer's client id.
    pub client_id: String,
    /// The channel.
    pub channel_arn: String,
    /// AWS region.
    pub region: String,
    /// The run's seed.
    pub seed: u64,
    /// Send an offer again, byte by byte, when it is unanswered for so long.
    pub resend_after: Option<Duration>,
    /// Answer every offer that comes in: the master for a device that is a viewer.
    pub answers: bool,
    /// Which way to the service.
    pub dial: Dial,
    /// Keys to sign with.
    pub keys: Keys,
    /// The service: its wall clock to sign by, its journal to stand beside.
    pub mock: Mock,
}

/// What a peer is told while it runs.
#[derive(Clone, Debug)]
pub enum Ask {
    /// Open the socket, if it is not.
    Connect,
    /// Close the socket with this code; stay away until told to connect or send.
    Close(u16),
    /// Send one message, connecting first where needed.
    Send(Outgoing),
    /// The channel has a new ARN: use it from the next connection on.
    Channel(String),
}

/// One message to send.
#[derive(Clone, Debug)]
pub struct Outgoing {
    /// `SDP_OFFER`, `SDP_ANSWER`, `ICE_CANDIDATE`.
    pub kind: String,
    /// Decoded payload bytes; natural size without.
    pub size: Option<usize>,
    /// Recipient; a viewer has none.
    pub to: Option<String>,
    /// Correlation id.
    pub corr: Option<String>,
    /// The scenario's name for this message.
    pub name: Option<String>,
}

impl Outgoing {
    fn answer(to: String) -> Self {
        let kind = "SDP_ANSWER".to_owned();
        Self { kind, size: None, to: Some(to), corr: None, name: None }
    }
}

/// Something a peer did or saw.
#[derive(Clone, Debug)]
pub struct Seen {
    /// When.
    pub at: Instant,
    /// Records that the service's journal held by then: they came before it.
    pub journal: u64,
    /// Who.
    pub actor: Arc<str>,
    /// `peer.open`, `peer.refused`, `peer.send`, `peer.recv`, `peer.closed`, `peer.unsent`.
    pub event: &'static str,
    /// Its fields.
    pub fields: Vec<(&'static str, Value)>,
}

/// Tells one peer what to do; it stops when this is dropped.
pub struct Peer {
    asks: mpsc::UnboundedSender<Ask>,
}

impl Peer {
    /// Starts the peer on the current runtime.
    pub fn start(setup: Setup, seen: mpsc::UnboundedSender<Seen>) -> Self {
        let (asks, inbox) = mpsc::unbounded_channel();
        tokio::spawn(Actor::new(setup, seen).run(inbox));
        Self { asks }
    }

    /// Hands over `ask`; it is carried out in order.
    pub fn ask(&self, ask: Ask) {
        // A peer ends only when its handle is dropped.
        let _ = self.asks.send(ask);
    }
}

struct Actor {
    payloads: Payloads,
    offers: Offers,
    socket: Option<Box<Socket>>,
    seen: mpsc::UnboundedSender<Seen>,
    setup: Setup,
}

impl Actor {
    fn new(setup: Setup, seen: mpsc::UnboundedSender<Seen>) -> Self {
        Self {
            payloads: Payloads::new(setup.seed, &setup.actor),
            offers: Offers::new(setup.resend_after),
            socket: None,
            seen,
            setup,
        }
    }

    async fn run(mut self, mut inbox: mpsc::UnboundedReceiver<Ask>) {
        loop {
            let timer = self.offers.next_resend();
            tokio::select! {
                biased;
                ask = inbox.recv() => match ask {
                    Some(ask) => self.carry_out(ask).await,
                    None => break,
                },
                frame = socket::next(&mut self.socket), if self.socket.is_some() => {
                    self.received(frame).await;
                }
                () = sleep_until(timer), if timer.is_some() => self.resend().await,
            }
        }
        if let Some(socket) = self.socket.take() {
            socket.close(1000).await;
        }
    }

    async fn carry_out(&mut self, ask: Ask) {
        match ask {
            Ask::Connect => {
                self.connect().await;
            }
            Ask::Close(code) => {
                if let Some(socket) = self.socket.take() {
                    socket.close(code).await;
                    self.say("peer.closed", vec![("code", json!(code)), ("why", json!("local"))]);
                }
            }
            Ask::Send(message) => self.send(message).await,
            Ask::Channel(arn) => self.setup.channel_arn = arn,
        }
    }

    async fn connect(&mut self) -> bool {
        if self.socket.is_some() {
            return true;
        }
        let upgrade = socket::open(&self.setup).await;
        match upgrade {
            Upgrade::Open(socket) => {
                self.socket = Some(socket);
                let client_id = match self.setup.role {
                    Role::Viewer => self.setup.client_id.clone(),
                    Role::Master => String::new(),
                };
                let role = self.setup.role.word();
                self.say("peer.open", vec![("role", json!(role)), ("client_id", json!(client_id))]);
                true
            }
            Upgrade::Refused { status, error } => {
                let fields = vec![("status", json!(status)), ("error", json!(error))];
                self.say("peer.refused", fields);
                false
            }
        }
    }

    async fn send(&mut self, message: Outgoing) {
        let payload = match message.kind.as_str() {
            "SDP_OFFER" => self.payloads.description("offer", message.size),
            "SDP_ANSWER" => self.payloads.description("answer", message.size),
            _ => self.payloads.candidate(message.size),
        };
        let sha = sha(&payload);
        let mut fields = vec![
            ("type", json!(message.kind)),
            ("to", json!(message.to.as_deref().unwrap_or_default())),
            ("size", json!(payload.len())),
            ("sha", json!(sha)),
        ];
        if let Some(corr) = &message.corr {
            fields.push(("corr", json!(corr)));
        }
        if let Some(name) = &message.name {
            fields.push(("as", json!(name)));
        }
        let frame = socket::frame(&message, &payload);
        if !self.connect().await {
            fields.push(("why", json!("not connected")));
            return self.say("peer.unsent", fields);
        }
        // The record stands before what it causes, also when both fall on one virtual instant.
        self.say("peer.send", fields.clone());
        if message.kind == "SDP_OFFER" {
            self.offers.sent(&sha, frame.clone(), fields);
        }
        self.write(frame).await;
    }

    async fn write(&mut self, frame: String) {
        let Some(socket) = &mut self.socket else { return };
        match tokio::time::timeout(WRITE_LIMIT, socket.send(frame)).await {
            Ok(Ok(())) => {}
            Ok(Err(why)) => self.lost(None, &why),
            Err(_) => self.lost(None, "write timed out"),
        }
    }

    async fn received(&mut self, frame: Result<Frame, String>) {
        match frame {
            Ok(Frame::Text(text)) => {
                let mut fields = socket::read(text.as_str());
                if let Some(of) = self.offers.answered(&fields) {
                    fields.push(("of", json!(of)));
                }
                let offered_by = self.setup.answers.then(|| socket::offered_by(&fields)).flatten();
                self.say("peer.recv", fields);
                if let Some(viewer) = offered_by {
                    self.send(Outgoing::answer(viewer)).await;
                }
            }
            Ok(Frame::Close(close)) => {
                self.lost(close.map(|close| close.code.into()), "close");
            }
            // Pings are answered by tungstenite.
            Ok(Frame::Binary(_) | Frame::Ping(_) | Frame::Pong(_) | Frame::Frame(_)) => {}
            Err(why) => self.lost(None, &why),
        }
    }

    /// Sends an unanswered offer again, over a new socket where the old one is gone.
    async fn resend(&mut self) {
        let Some((frame, mut fields, resend)) = self.offers.take_due() else { return };
        fields.push(("resend", json!(resend)));
        if !self.connect().await {
            fields.push(("why", json!("not connected")));
            return self.say("peer.unsent", fields);
        }
        self.say("peer.send", fields);
        self.write(frame).await;
    }

    fn lost(&mut self, code: Option<u16>, why: &str) {
        self.socket = None;
        self.say("peer.closed", vec![("code", json!(code)), ("why", json!(why))]);
    }

    fn say(&self, event: &'static str, fields: Vec<(&'static str, Value)>) {
        let actor = Arc::clone(&self.setup.actor);
        // The run's end drops the receiver first; nobody is left to tell.
        let journal = self.setup.mock.journal().len();
        let _ = self.seen.send(Seen { at: Instant::now(), journal, actor, event, fields });
    }
}

async fn sleep_until(at: Option<Instant>) {
    match at {
        Some(at) => tokio::time::sleep_until(at).await,
        None => std::future::pending().await,
    }
}
