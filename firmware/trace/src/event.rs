//! Every event a device reports, with its fields: the vocabulary of the checks.

use crate::LineBuf;

macro_rules! events {
    ($( $(#[$doc:meta])* $variant:ident = $name:literal {
        $( $(#[$fdoc:meta])* $field:ident : $type:ty ),* $(,)?
    } )*) => {
        /// One thing a device reports. Never carries a secret.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Event<'a> {
            $( $(#[$doc])* $variant { $( $(#[$fdoc])* $field: $type ),* }, )*
        }

        /// Every event name with its field names, in order.
        pub const FIELDS: &[(&str, &[&str])] =
            &[ $( ($name, &[ $( field_name(stringify!($field)) ),* ]) ),* ];

        impl Event<'_> {
            /// The name on the line.
            pub const fn name(&self) -> &'static str {
                match self { $( Self::$variant { .. } => $name, )* }
            }

            /// Writes the whole line (without `\n`) with its number and the device's clock.
            pub fn write<'b>(&self, seq: u32, ms: u64, buf: &'b mut LineBuf) -> &'b str {
                buf.begin(format_args!("@kvs {seq} {ms} {}", self.name()));
                match self {
                    $( Self::$variant { $( $field ),* } => {
                        $( buf.field(field_name(stringify!($field)), format_args!("{}", $field)); )*
                    } )*
                }
                buf.finish()
            }
        }
    };
}

/// `kind` stands for `type` in Rust, where that word is taken.
const fn field_name(name: &'static str) -> &'static str {
    if matches!(name.as_bytes(), b"kind") { "type" } else { name }
}

events! {
    /// First line after boot, sent again when asked: who this is.
    Hello = "hello" {
        /// [`crate::PROTOCOL`].
        proto: u32,
        /// First 16 hex digits of the image's SHA-256, or `unknown`.
        image: &'a str,
        /// `sim`, `host`, `qemu-virt`, `esp32c3`.
        board: &'a str,
        /// Reset reason: `power`, `software`, `watchdog`, `panic`, `brownout`, `deep_sleep`.
        reset: &'a str,
        /// Hardware address, or `none`.
        mac: &'a str,
    }
    /// A command was carried out.
    Ack = "ack" {
        /// The command's id.
        id: u32,
    }
    /// A command was refused.
    Nak = "nak" {
        /// The command's id.
        id: u32,
        /// `unknown`, `value`, `state`, `full`, `checksum`.
        why: &'a str,
    }
    /// The session moved.
    State = "state" {
        /// State left.
        from: &'a str,
        /// State entered.
        to: &'a str,
        /// Cause, a word of the state table.
        why: &'a str,
    }
    /// The service's clock was learned from a `Date` header.
    Clock = "clock" {
        /// Service minus device wall clock.
        offset_ms: i64,
    }
    /// Credentials are wanted: none, expired or about to.
    NeedCredentials = "need_credentials" {}
    /// Credentials were taken over.
    Credentials = "credentials" {
        /// Seconds left until they expire, by the service's clock; negative when past.
        left_s: i64,
    }
    /// A connection attempt starts.
    Open = "open" {
        /// Generation of the link.
        link: u32,
        /// `https` or `wss`.
        kind: &'a str,
        /// Host name (SNI and Host).
        host: &'a str,
        /// TCP port.
        port: u32,
        /// 0-based number of the attempt since the last stable connection.
        attempt: u32,
    }
    /// TCP and TLS are up.
    Up = "up" {
        /// Generation of the link.
        link: u32,
        /// `https` or `wss`.
        kind: &'a str,
        /// From `open`.
        took_ms: u64,
    }
    /// A link ended, or could not be opened.
    Closed = "closed" {
        /// Generation of the link.
        link: u32,
        /// `https` or `wss`.
        kind: &'a str,
        /// `fin`, `reset`, `refused`, `dns`, `timeout`, `tls`, `unreachable`, `local`, …
        why: &'a str,
    }
    /// One AWS call ended.
    Call = "call" {
        /// Generation of the link.
        link: u32,
        /// `describe`, `create`, `endpoint`, `ice_config`, `connect`, …
        api: &'a str,
        /// HTTP status; 0 when there was no response.
        status: u32,
        /// AWS error type, or `none`.
        error: &'a str,
        /// From the first byte queued to the response's end.
        took_ms: u64,
    }
    /// A wait before the next attempt.
    Retry = "retry" {
        /// 0-based attempt that failed.
        attempt: u32,
        /// The deadline chosen, jitter included.
        wait_ms: u64,
        /// The wait before jitter.
        base_ms: u64,
        /// What failed.
        why: &'a str,
    }
    /// The WebSocket is open: messages flow.
    Connected = "connected" {
        /// Generation of the link.
        link: u32,
        /// Attempts it took.
        attempt: u32,
    }
    /// A message was delivered to the application.
    In = "in" {
        /// Generation of the link.
        link: u32,
        /// Sender's client id; empty for a master's or the service's.
        from: &'a str,
        /// `SDP_OFFER`, `SDP_ANSWER`, `ICE_CANDIDATE`, `UNKNOWN`.
        kind: &'a str,
        /// Decoded payload bytes.
        size: u32,
        /// First 16 hex digits of the payload's SHA-256.
        sha: &'a str,
    }
    /// A message was recognised as already delivered and kept from the application.
    Duplicate = "duplicate" {
        /// Generation of the link.
        link: u32,
        /// Sender's client id.
        from: &'a str,
        /// Message type.
        kind: &'a str,
        /// First 16 hex digits of the payload's SHA-256.
        sha: &'a str,
    }
    /// The application handed a message to the session.
    Out = "out" {
        /// The session's ticket.
        ticket: u32,
        /// Recipient's client id; empty from a viewer.
        to: &'a str,
        /// Message type.
        kind: &'a str,
        /// Decoded payload bytes.
        size: u32,
        /// First 16 hex digits of the payload's SHA-256.
        sha: &'a str,
    }
    /// A message was refused before it was queued.
    Refused = "refused" {
        /// Recipient's client id.
        to: &'a str,
        /// Message type.
        kind: &'a str,
        /// Why.
        why: &'a str,
    }
    /// All bytes of a message were written to a link.
    Written = "written" {
        /// The session's ticket.
        ticket: u32,
        /// Generation of the link.
        link: u32,
    }
    /// The service acknowledged everything up to this message (pong after it).
    Confirmed = "confirmed" {
        /// The session's ticket.
        ticket: u32,
        /// Generation of the link.
        link: u32,
    }
    /// A message will not, or may not have, reached the service.
    SendFailed = "send_failed" {
        /// The session's ticket.
        ticket: u32,
        /// `expired`, `unconfirmed`, `rejected`, `stopped`.
        why: &'a str,
    }
    /// A STATUS_RESPONSE arrived.
    Status = "status" {
        /// Correlation id it names.
        corr: &'a str,
        /// Status code.
        code: u32,
        /// AWS error type.
        error: &'a str,
    }
    /// The storage session was joined: its offer is the `in` that follows.
    StorageJoined = "storage_joined" {
        /// Generation of the link.
        link: u32,
        /// From the join to the offer.
        took_ms: u64,
    }
    /// GO_AWAY arrived.
    GoAway = "go_away" {
        /// Generation of the link.
        link: u32,
    }
    /// RECONNECT_ICE_SERVER arrived.
    ReconnectIce = "reconnect_ice" {
        /// Generation of the link.
        link: u32,
    }
    /// A fresh ICE server list was taken over.
    Ice = "ice" {
        /// Servers in the list.
        servers: u32,
        /// Shortest time to live.
        ttl_s: u32,
    }
    /// A ping went out.
    Ping = "ping" {
        /// Generation of the link.
        link: u32,
    }
    /// Its pong came back.
    Pong = "pong" {
        /// Generation of the link.
        link: u32,
        /// Round trip.
        took_ms: u64,
    }
    /// The link was given up: nothing heard for too long.
    HalfOpen = "half_open" {
        /// Generation of the link.
        link: u32,
        /// Since the last received byte.
        silent_ms: u64,
    }
    /// Something the application should know of.
    Error = "error" {
        /// `config`, `peer`, `resource`.
        who: &'a str,
        /// What happened.
        what: &'a str,
        /// What helps.
        remedy: &'a str,
    }
    /// One measurement, after `gauges`; absent where the board cannot measure it.
    Gauge = "gauge" {
        /// `heap_bytes`, `heap_peak_bytes`, `stack_peak_bytes`, `sockets`, `session_bytes`, …
        name: &'a str,
        /// The value, in the unit its name ends in.
        value: u64,
    }
    /// One counter of the session, after `metrics`.
    Metric = "metric" {
        /// Name with its unit last.
        name: &'a str,
        /// The value.
        value: u64,
    }
    /// The session stopped on command.
    Stopped = "stopped" {}
    /// The device is about to reset: its last words.
    Panic = "panic" {
        /// Message and place.
        text: &'a str,
    }
}
