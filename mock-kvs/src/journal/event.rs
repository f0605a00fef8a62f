//! Every event the mock records, with its fields: the service side's vocabulary of the checks.

use super::value::{Field, Value};
use super::{ConnId, Text};
use crate::digest::{Fingerprint, Sha};

macro_rules! events {
    ($( $(#[$doc:meta])* $variant:ident = $name:literal {
        $( $(#[$fdoc:meta])* $field:ident : $type:ty ),* $(,)?
    } )*) => {
        /// One thing that happened at the service. Never carries a secret.
        #[derive(Clone, Debug, PartialEq)]
        pub enum Event {
            $( $(#[$doc])* $variant { $( $(#[$fdoc])* $field: $type ),* }, )*
        }

        /// Every event name with its field names, in order.
        pub const FIELDS: &[(&str, &[&str])] =
            &[ $( ($name, &[ $( field_name(stringify!($field)) ),* ]) ),* ];

        impl Event {
            /// The name in the journal.
            pub const fn name(&self) -> &'static str {
                match self { $( Self::$variant { .. } => $name, )* }
            }

            /// Shows every field that has a value, in order.
            pub fn visit(&self, see: &mut dyn FnMut(&'static str, Value<'_>)) {
                match self {
                    $( Self::$variant { $( $field ),* } => {
                        $( if let Some(value) = Field::value($field) {
                            see(const { field_name(stringify!($field)) }, value);
                        } )*
                    } )*
                }
                let _ = see;
            }
        }
    };
}

/// `kind` stands for `type` in Rust, where that word is taken.
const fn field_name(name: &'static str) -> &'static str {
    if matches!(name.as_bytes(), b"kind") { "type" } else { name }
}

/// Who ended something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum By {
    /// The other end.
    Client,
    /// The service, by its own rules.
    Service,
    /// An injected fault.
    Fault,
}

impl By {
    /// The word in the journal.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Client => "client",
            Self::Service => "service",
            Self::Fault => "fault",
        }
    }
}

/// Whose frame it is, seen from the service.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// From the client.
    In,
    /// From the service.
    Out,
}

impl Direction {
    /// The word in the journal.
    pub const fn word(self) -> &'static str {
        match self {
            Self::In => "in",
            Self::Out => "out",
        }
    }
}

events! {
    /// A connection was accepted.
    Accept = "accept" {}
    /// A TLS handshake ended.
    Tls = "tls" {
        /// Whether it succeeded.
        ok: bool,
        /// `full`, or `resumed` with a ticket of an earlier one.
        handshake: Option<&'static str>,
        /// Why not.
        error: Option<String>,
    }
    /// A whole HTTPS request was read.
    Request = "request" {
        /// `describe`, `create`, `endpoint`, `ice-config`, `list`, `update`, `delete`, `unknown`.
        api: &'static str,
        /// `header`, `query`, `none`.
        signed: &'static str,
        /// The client's `X-Amz-Date`.
        date_unix_ms: Option<u64>,
        /// Fingerprint of the access key.
        key: Option<Fingerprint>,
    }
    /// Its answer was handed to the connection.
    Response = "response" {
        /// As in `request`.
        api: &'static str,
        /// HTTP status.
        status: u16,
        /// AWS error type.
        error: Option<String>,
    }
    /// A WebSocket upgrade was asked for and answered.
    Upgrade = "upgrade" {
        /// `master` or `viewer`.
        role: &'static str,
        /// The viewer's id.
        client_id: Option<Text>,
        /// The client's `X-Amz-Date`.
        date_unix_ms: Option<u64>,
        /// `X-Amz-Expires`.
        expires_s: Option<u64>,
        /// Digest of the signature: tells a fresh one from a repeated one.
        signature: Option<Sha>,
        /// Fingerprint of the access key.
        key: Option<Fingerprint>,
        /// Seconds until the credentials expire, by the service's clock; negative when past.
        key_left_s: Option<i64>,
        /// HTTP status; 101 is success.
        status: u16,
        /// AWS error type.
        error: Option<String>,
    }
    /// A WebSocket is open.
    WsOpen = "ws.open" {
        /// `master` or `viewer`.
        role: &'static str,
        /// The viewer's id.
        client_id: Option<Text>,
    }
    /// A close frame was sent or received.
    WsClose = "ws.close" {
        /// The code; none when the frame had none.
        code: Option<u16>,
        /// Who closed first.
        by: By,
    }
    /// The connection is over.
    ConnEnd = "conn.end" {
        /// `fin`, `reset`, `error`, `refused`, `tls`, `shutdown`.
        why: &'static str,
        /// Who ended it.
        by: By,
    }
    /// A message came from a client.
    WsIn = "ws.in" {
        /// `SDP_OFFER`, `SDP_ANSWER`, `ICE_CANDIDATE`, `unknown`.
        kind: &'static str,
        /// The sender: a viewer's id, or `master`.
        from: Text,
        /// The recipient: a viewer's id, or `master`.
        to: Text,
        /// Decoded payload bytes.
        size: u64,
        /// Digest of the decoded payload.
        sha: Sha,
        /// Correlation id.
        corr: Option<String>,
    }
    /// A message was handed to a client's link.
    WsOut = "ws.out" {
        /// Its `messageType`.
        kind: &'static str,
        /// The sending viewer's id, or `master`; none for the service's own messages.
        from: Option<Text>,
        /// Decoded payload bytes.
        size: u64,
        /// Digest of the decoded payload.
        sha: Sha,
    }
    /// A ping.
    WsPing = "ws.ping" {
        /// `in` from the client, `out` from the service.
        dir: Direction,
    }
    /// A pong.
    WsPong = "ws.pong" {
        /// `in` from the client, `out` from the service.
        dir: Direction,
    }
    /// GO_AWAY was sent over the socket.
    GoAwaySent = "goaway.sent" {}
    /// A message will not be delivered.
    Dropped = "dropped" {
        /// Its `messageType`.
        kind: &'static str,
        /// `ttl`, `absent`, `replaced`, `quota`, `invalid`, `fault`, `deleted`.
        why: &'static str,
    }
    /// A rule is in force.
    FaultArmed = "fault.armed" {
        /// Its name.
        rule: Text,
        /// The fault's word.
        fault: &'static str,
    }
    /// A rule acted.
    FaultFired = "fault.fired" {
        /// Its name.
        rule: Text,
        /// The fault's word.
        fault: &'static str,
        /// How far it reached: bytes, percent, API.
        detail: Option<String>,
    }
    /// A rule is no longer in force.
    FaultHealed = "fault.healed" {
        /// Its name.
        rule: Text,
        /// The fault's word.
        fault: &'static str,
    }
    /// Credentials were issued.
    CredentialsIssued = "credentials.issued" {
        /// Fingerprint of the access key.
        key: Fingerprint,
        /// When they expire; none for long-term keys.
        expires_unix_ms: Option<u64>,
    }
    /// Credentials are no longer valid.
    CredentialsExpired = "credentials.expired" {
        /// Fingerprint of the access key.
        key: Fingerprint,
    }
    /// A channel changed.
    Channel = "channel" {
        /// `created`, `active`, `updated`, `deleting`, `deleted`, `displaced`, `storage`.
        change: &'static str,
        /// The connection that lost its place, when one did.
        displaced: Option<ConnId>,
    }
}
