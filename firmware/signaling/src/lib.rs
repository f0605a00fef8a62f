//! A signaling client core for Amazon Kinesis Video Streams (KVS) WebRTC: sans-IO, `no_std`, no
//! allocation, no clock, no logging.
//!
//! A [`Session`] looks the channel up, fetches ICE servers, opens the WebSocket, carries offers,
//! answers and candidates, and comes back from every way a connection can end. It reads no clock,
//! opens no socket and draws no random number: all of that comes in as arguments, so that a run can
//! be repeated to the byte.
//!
//! # The contract
//!
//! Feed one [`Input`], drain [`Session::poll`] until [`Output::WakeAt`], wait for input or for that
//! moment. An output is consumed before the session is called again: it borrows from it. Received
//! bytes may be taken in part: drain `poll` and pass the rest again ([`Session::handle`] says how
//! many were taken), so that one message at a time is enough for the receive buffer.
//!
//! ```
//! use kvs_signaling::config::{HTTP_MIN, RX_SMALL};
//! use kvs_signaling::event::CloseReason;
//! use kvs_signaling::{
//!     Channel, Config, Event, Input, Instant, Memory, Message, MessageKind, Now, OnLoss, Output,
//!     Policy, Role, Session, UnixTime,
//! };
//!
//! // What a port would have: sockets, a clock, an application. Here: nothing.
//! fn now() -> Now {
//!     Now { mono: Instant(0), wall: UnixTime(1_767_225_600_000) }
//! }
//!
//! let mut memory = Memory::<RX_SMALL, RX_SMALL, HTTP_MIN>::new();
//! let config = Config {
//!     channel: Channel {
//!         name: "front-door",
//!         arn: None,
//!         region: "us-west-2",
//!         create: false,
//!         media_storage: false,
//!         message_ttl_s: 60,
//!         tags: &[],
//!     },
//!     role: Role::Master,
//!     control_plane: None,
//!     iot: None,
//!     user_agent: "my-camera/1.0",
//!     build_date: UnixTime(1_760_000_000_000),
//!     cache: &[],
//!     policy: Policy::DEFAULT,
//!     # #[cfg(kvs_mutants)]
//!     # mutants: Default::default(),
//! };
//! // From a hardware generator, fresh at each boot.
//! let seed = [7; 32];
//! let mut session = Session::new(config, memory.lend(), seed)?;
//!
//! session.handle(now(), Input::Start);
//! let mut answer_to = None;
//! let wake = loop {
//!     match session.poll() {
//!         Output::Open(link, endpoint) => {
//!             // Connect to endpoint.host and .port with TLS, then Input::Opened(link);
//!             // here the network is down.
//!             let _ = endpoint.host;
//!             session.handle(now(), Input::Closed(link, CloseReason::Unreachable));
//!         }
//!         Output::Send(link, bytes) => {
//!             // Copy what the socket has room for; once it is written, Input::Sent(link, n).
//!             let _ = (link, bytes);
//!         }
//!         Output::Close(link) => {
//!             // Drop the socket.
//!             let _ = link;
//!         }
//!         Output::NeedCredentials => {
//!             // Input::Credentials, now or later.
//!         }
//!         Output::Store(cache) => {
//!             // Write it to flash; give it back as Config::cache after the next boot.
//!             let _ = cache;
//!         }
//!         Output::Event(Event::Message { from, kind: MessageKind::SdpOffer, .. }) => {
//!             answer_to = Some(from);
//!         }
//!         Output::Event(_) => {}
//!         Output::WakeAt(at, why) => break (at, why),
//!     }
//!     if let Some(peer) = answer_to.take() {
//!         let answer = Message {
//!             kind: MessageKind::SdpAnswer,
//!             payload: b"{\"type\":\"answer\",\"sdp\":\"...\"}",
//!             correlation_id: "",
//!             on_loss: OnLoss::Retry,
//!         };
//!         session.send(now(), peer, answer)?;
//!     }
//! };
//! // Credentials were asked for, and nothing else can be done before they come.
//! assert_eq!(wake.1.as_str(), "credentials_timeout");
//! # Ok::<(), kvs_signaling::Error>(())
//! ```
//!
//! # What holds
//!
//! * No input, in any order and with any bytes, makes a session panic. Every `poll` sequence ends.
//! * At most one WebSocket and, beside it, one HTTPS link. While there is no WebSocket, one link.
//! * A [`Link`] number is never used twice; what comes from an old one is dropped by comparison.
//! * Nothing is signed with credentials that have less than [`Policy::credentials_grace_ms`] left,
//!   nor before the time is known. Each connect has a signature of that moment.
//! * Every [`Ticket`] ends in exactly one of [`Event::Confirmed`] (which a refusal may still follow,
//!   if the message had a correlation id) and [`Event::SendFailed`].
//! * A received message is delivered once within its time to live, across links.
//! * A session never gives up: after each failure it waits ([`Event::Retry`]) and tries again, until
//!   [`Input::Stop`].
//! * Every deadline says why it exists ([`Wake`]). After a `Tick` and a drained `poll`, the next one
//!   lies ahead.
//!
//! # Memory
//!
//! A session borrows all its buffers ([`Buffers`]); [`Memory`] holds one of each.
//!
//! | buffer | size | why |
//! | --- | --- | --- |
//! | `rx` | [`config::RX_SMALL`] 14,336, [`config::RX_SDK`] 19,278 | one received message; a larger one is skipped and reported, the link stays |
//! | `tx` | one largest frame or more; twice that keeps answers while others are sent | bytes stay until the service has them; an answer's until its time to live ends |
//! | `http` | [`config::HTTP_MIN`] 6,144 or more | the largest request is the upgrade with a 2,048-byte token; the largest response an ICE list |
//! | `credentials` | [`config::CREDENTIALS_MAX`] 2,304, less if your tokens are shorter | key id, secret and token |
//! | `ice` | [`memory::ICE_MEMORY`] 2,048 | a server takes its texts and 15 bytes |
//! | `channel` | [`config::CHANNEL_STATE_MAX`] 1,192 | ARN and endpoints, as they go into the cache |
//! | `peers` | 10 × 264 | viewers that can be answered; a client id has up to 256 bytes |
//! | `outbound` | [`config::OUTBOUND_SLOTS`] × 72 | queued, unconfirmed and kept messages |
//! | `digests` | [`config::DIGESTS`] × 40 | what came lately, to recognise what comes twice |
//!
//! The session itself takes under 3 KB.
//!
//! What it does where the C SDK is known to fail, and the policy's values with their sources, are in
//! `docs/behaviour.md`; the codecs are described in `docs/wire.md`.
#![no_std]
#![forbid(unsafe_code)]

mod cache;
// What the AWS calls say: public for the same reason as `wire`.
#[doc(hidden)]
pub mod call;
mod clock;
pub mod config;
mod entropy;
pub mod error;
pub mod event;
pub mod memory;
mod message;
pub mod metrics;
mod retry;
mod session;
pub mod state;
pub mod time;
// Bytes to values and back: public so that fuzz targets and tests reach it, not part of the API.
#[doc(hidden)]
pub mod wire;

pub use cache::Cached;
pub use config::{Channel, Config, Policy, Role, Tag};
pub use error::{ConfigError, Error, PeerError, Remedy, ResourceError};
pub use event::{
    Credentials, Event, Input, Link, Message, MessageKind, OnLoss, Output, PeerId, Ticket, Wake,
};
pub use memory::{Buffers, ICE_MEMORY, Memory, PEERS};
pub use metrics::Metrics;
pub use session::{DigestSlot, IceServers, OutboundSlot, PeerSlot, Session};
pub use state::{Cause, State};
pub use time::{Instant, Now, UnixTime, WallTime};
