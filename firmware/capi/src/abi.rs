//! What C sees: types, layouts, codes and limits (spec §0.2, §4.3–§4.7).
//!
//! Names in C are the SDK's; here they are Rust's, with the C name in the documentation. Enumerations
//! are plain numbers on this side: C may pass any value.

pub mod layout;
pub mod limits;
pub mod stats;
pub mod status;
pub mod structs;

/// `STATUS`: 0 is success.
pub type Status = u32;
/// `BOOL`.
pub type Bool = i32;
/// `SIGNALING_CLIENT_HANDLE`; 0 is none.
pub type Handle = u64;
/// Times: 100 ns units, absolute ones since 1970.
pub type Time = u64;

/// Units in a millisecond.
pub const PER_MS: Time = 10_000;
/// Units in a second.
pub const PER_S: Time = 10_000_000;

/// `SIGNALING_CLIENT_STATE`.
pub mod state {
    /// The number and its text, in order.
    pub const ALL: [(u32, &core::ffi::CStr); 17] = [
        (UNKNOWN, c"Unknown"),
        (NEW, c"New"),
        (GET_CREDENTIALS, c"Get Security Credentials"),
        (DESCRIBE, c"Describe Channel"),
        (CREATE, c"Create Channel"),
        (GET_ENDPOINT, c"Get Channel Endpoint"),
        (GET_ICE_CONFIG, c"Get ICE Server Configuration"),
        (READY, c"Ready"),
        (CONNECTING, c"Connecting"),
        (CONNECTED, c"Connected"),
        (DISCONNECTED, c"Disconnected"),
        (DELETE, c"Delete"),
        (DELETED, c"Deleted"),
        (DESCRIBE_MEDIA, c"Describe Media Storage"),
        (JOIN_SESSION, c"Join Session"),
        (JOIN_SESSION_WAITING, c"Join Session Waiting"),
        (JOIN_SESSION_CONNECTED, c"Join Session Connected"),
    ];
    macro_rules! states {
        ($($name:ident = $value:literal),+ $(,)?) => {
            $(#[allow(missing_docs, reason = "the name says it")] pub const $name: u32 = $value;)+
        };
    }
    states! {
        UNKNOWN = 0, NEW = 1, GET_CREDENTIALS = 2, DESCRIBE = 3, CREATE = 4, GET_ENDPOINT = 5,
        GET_ICE_CONFIG = 6, READY = 7, CONNECTING = 8, CONNECTED = 9, DISCONNECTED = 10,
        DELETE = 11, DELETED = 12, DESCRIBE_MEDIA = 13, JOIN_SESSION = 14,
        JOIN_SESSION_WAITING = 15, JOIN_SESSION_CONNECTED = 16,
    }
}

/// `SIGNALING_MESSAGE_TYPE`.
pub mod message_type {
    /// SDP offer.
    pub const OFFER: u32 = 0;
    /// SDP answer.
    pub const ANSWER: u32 = 1;
    /// ICE candidate.
    pub const ICE_CANDIDATE: u32 = 2;
    /// Any type this client does not know; only received.
    pub const UNKNOWN: u32 = 6;
}

/// `SIGNALING_CHANNEL_ROLE_TYPE`.
pub mod role {
    /// Master.
    pub const MASTER: u32 = 1;
    /// Viewer.
    pub const VIEWER: u32 = 2;
}

/// `SIGNALING_API_CALL_CACHE_TYPE`.
pub mod cache_policy {
    /// Every fetch calls.
    pub const NONE: u32 = 0;
    /// Describe and GetEndpoint are good for the caching period.
    pub const DESCRIBE_GETENDPOINT: u32 = 1;
    /// The same, and over a restart.
    pub const FILE: u32 = 2;
    /// The same, but for DescribeMediaStorageConfiguration.
    pub const FILE_EXCEPT_DESCRIBE_MEDIA: u32 = 3;
}
