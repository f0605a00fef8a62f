//! A stand-in for Amazon Kinesis Video Streams WebRTC signaling, so real that AWS's own SDKs
//! cannot tell, with faults injected on request.
//!
//! ```no_run
//! # async fn run() -> Result<(), Box<dyn std::error::Error>> {
//! use mock_kvs::{Config, Mock, Tls};
//!
//! let mock = Mock::new(Config::default())?;
//! let address = mock.listen_tcp("device", "127.0.0.1:0".parse()?, Tls::On).await?;
//! let channel = mock.create_channel("front-door", None)?;
//! let credentials = mock.issue_credentials(None);
//! let mut journal = mock.journal().subscribe();
//! // ... point a client at `address`, trusting `mock.ca_pem()` ...
//! while let Some(record) = journal.recv().await {
//!     if record.event.name() == "ws.open" {
//!         break;
//!     }
//! }
//! mock.shutdown().await;
//! # Ok(())
//! # }
//! ```
//!
//! The service itself (`service`) is plain state that is given the time; `http` and `ws` carry it
//! to sockets, `link` damages those sockets, and [`fault`] decides when. All time is tokio's, so a
//! paused runtime makes a day pass in no time and the same seed writes the same journal.

pub mod admin;
mod apply;
pub mod change;
pub mod clock;
pub mod config;
pub mod credentials;
pub mod digest;
pub mod dump;
pub mod fault;
mod http;
pub mod iot;
pub mod journal;
pub mod link;
mod mock;
pub mod names;
pub mod partition;
pub mod platform;
mod proxies;
mod random;
mod reports;
pub mod service;
mod shared;
pub mod sigv4;
pub mod standalone;
pub mod tls;
mod ws;

pub use change::{Change, ChangeError, ChannelStatus, Role, Target};
pub use config::{Absent, Config, Consumed, Displaced, Policies, Quotas, SocketLimits, Turn};
pub use credentials::IssuedCredentials;
pub use dump::{Dump, LoadError};
pub use iot::{DeviceCertificate, RoleAlias};
pub use journal::{ConnId, Event, Journal, Record};
pub use mock::{ChannelHandle, CreateError, ListenError, MemoryStream, Mock, RuleId, Tls};
pub use shared::Traffic;
pub use tls::Authority;
