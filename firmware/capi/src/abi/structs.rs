//! The structs, in declaration order (spec §4.3).

use core::ffi::{c_char, c_void};

use super::{Bool, Status, Time, limits};

/// `Tag`.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct Tag {
    /// 0.
    pub version: u32,
    /// Key.
    pub name: *const c_char,
    /// Value.
    pub value: *const c_char,
}

/// `AwsCredentials`.
#[repr(C)]
#[derive(Debug)]
pub struct AwsCredentials {
    /// 0.
    pub version: u32,
    /// Of the whole allocation: the strings stand behind the struct.
    pub size: u32,
    /// Access key id.
    pub access_key_id: *mut c_char,
    /// Its length.
    pub access_key_id_len: u32,
    /// Secret key.
    pub secret_key: *mut c_char,
    /// Its length.
    pub secret_key_len: u32,
    /// Session token; may be NULL.
    pub session_token: *mut c_char,
    /// Its length.
    pub session_token_len: u32,
    /// Absolute.
    pub expiration: Time,
}

/// `GetCredentialsFunc`.
pub type GetCredentials =
    unsafe extern "C" fn(*mut AwsCredentialProvider, *mut *mut AwsCredentials) -> Status;

/// `AwsCredentialProvider`: the first member of every provider.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct AwsCredentialProvider {
    /// Gives credentials that stay the provider's.
    pub credentials: Option<GetCredentials>,
}

/// `KvsRetryStrategy`.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct RetryStrategy {
    /// The strategy's own.
    pub strategy: *mut u64,
    /// Its configuration.
    pub config: *mut u64,
    /// DISABLED 0, EXPONENTIAL_BACKOFF_WAIT 1.
    pub kind: u32,
}

/// `CreateRetryStrategyFn` and `FreeRetryStrategyFn`.
pub type RetryStrategyCall = unsafe extern "C" fn(*mut RetryStrategy) -> Status;
/// `GetCurrentRetryAttemptNumberFn`.
pub type RetryAttempt = unsafe extern "C" fn(*mut RetryStrategy, *mut u32) -> Status;
/// `ExecuteRetryStrategyFn`: gives the wait in 100 ns.
pub type RetryExecute = unsafe extern "C" fn(*mut RetryStrategy, *mut u64) -> Status;

/// `KvsRetryStrategyCallbacks`.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default)]
pub struct RetryStrategyCallbacks {
    /// Builds the strategy.
    pub create: Option<RetryStrategyCall>,
    /// Says how often it was executed.
    pub attempt: Option<RetryAttempt>,
    /// Frees it.
    pub free: Option<RetryStrategyCall>,
    /// Gives the next wait.
    pub execute: Option<RetryExecute>,
}

/// `SignalingClientInfo`, version 2.
#[repr(C)]
#[derive(Debug)]
pub struct ClientInfo {
    /// At most 2.
    pub version: u32,
    /// A viewer's id.
    pub client_id: [c_char; limits::CLIENT_ID + 1],
    /// Verbose 1 to silent 7.
    pub logging_level: u32,
    /// From version 1 on.
    pub cache_file_path: *mut c_char,
    /// For create and fetch.
    pub retry: RetryStrategyCallbacks,
    /// −1: 7.
    pub creation_max_retry_attempts: i32,
    /// Written by create.
    pub retry_count_read_only: u32,
    /// Not used.
    pub minimum_threads: u32,
    /// Not used.
    pub maximum_threads: u32,
}

/// `ChannelInfo`, version 1.
#[repr(C)]
#[derive(Debug)]
pub struct ChannelInfo {
    /// At most 1.
    pub version: u32,
    /// Or the ARN.
    pub channel_name: *mut c_char,
    /// When given, describe and create are skipped.
    pub channel_arn: *mut c_char,
    /// Only checked.
    pub storage_stream_arn: *mut c_char,
    /// NULL: `us-west-2`.
    pub region: *mut c_char,
    /// NULL or empty: the region's.
    pub control_plane_url: *mut c_char,
    /// PEM file with the CAs to trust.
    pub cert_path: *mut c_char,
    /// NULL: the SDK's agent name.
    pub user_agent_postfix: *mut c_char,
    /// Appended.
    pub custom_user_agent: *mut c_char,
    /// Not read.
    pub user_agent: *mut c_char,
    /// Only checked.
    pub kms_key_id: *mut c_char,
    /// SINGLE_MASTER 1.
    pub channel_type: u32,
    /// MASTER 1, VIEWER 2.
    pub channel_role_type: u32,
    /// Not used.
    pub reserved: Bool,
    /// 0: 10 h.
    pub caching_period: Time,
    /// FALSE: the first failed step ends a call.
    pub retry: Bool,
    /// Not used.
    pub reconnect: Bool,
    /// 0: 60 s.
    pub message_ttl: Time,
    /// At most 50.
    pub tag_count: u32,
    /// For a channel that is created.
    pub tags: *mut Tag,
    /// From version 1 on.
    pub caching_policy: u32,
    /// Not used.
    pub async_ice_server_config: Bool,
    /// Join the storage session.
    pub use_media_storage: Bool,
}

/// `SignalingMessage`, version 0.
#[repr(C)]
#[derive(Debug)]
pub struct Message {
    /// 0.
    pub version: u32,
    /// Offer, answer or candidate.
    pub message_type: u32,
    /// Empty for none.
    pub correlation_id: [c_char; limits::CORRELATION_ID + 1],
    /// To whom, or from whom.
    pub peer_client_id: [c_char; limits::CLIENT_ID + 1],
    /// 0: up to the NUL.
    pub payload_len: u32,
    /// Before base64.
    pub payload: [c_char; limits::MESSAGE + 1],
}

/// `ReceivedSignalingMessage`.
#[repr(C)]
#[derive(Debug)]
pub struct ReceivedMessage {
    /// The message.
    pub message: Message,
    /// Of a STATUS_RESPONSE; those are not passed on.
    pub status_code: u32,
    /// The same.
    pub error_type: [c_char; limits::ERROR_TYPE + 1],
    /// The same.
    pub description: [c_char; limits::DESCRIPTION + 1],
}

/// `IceConfigInfo`, version 0.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct IceConfig {
    /// 0.
    pub version: u32,
    /// 100 ns.
    pub ttl: Time,
    /// At most 4.
    pub uri_count: u32,
    /// TURN URIs.
    pub uris: [[c_char; limits::ICE_URI + 1]; limits::ICE_URIS],
    /// TURN user name.
    pub user_name: [c_char; limits::ICE_USER_NAME + 1],
    /// TURN password.
    pub password: [c_char; limits::ICE_PASSWORD + 1],
}

/// `SignalingClientMessageReceivedFunc`.
pub type MessageReceived = unsafe extern "C" fn(u64, *mut ReceivedMessage) -> Status;
/// `SignalingClientErrorReportFunc`.
pub type ErrorReport = unsafe extern "C" fn(u64, Status, *mut c_char, u32) -> Status;
/// `SignalingClientStateChangedFunc`.
pub type StateChanged = unsafe extern "C" fn(u64, u32) -> Status;
/// `GetCurrentTimeFunc`.
pub type CurrentTime = unsafe extern "C" fn(u64) -> Time;

/// `SignalingClientCallbacks`, version 0. Every function may be NULL.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct Callbacks {
    /// 0.
    pub version: u32,
    /// Passed to every function.
    pub custom_data: u64,
    /// A message came.
    pub message_received: Option<MessageReceived>,
    /// Something went wrong that no call returns.
    pub error_report: Option<ErrorReport>,
    /// A state was entered.
    pub state_changed: Option<StateChanged>,
    /// The application's clock.
    pub current_time: Option<CurrentTime>,
}

/// Something C passes around without looking into it.
pub type Opaque = *mut c_void;
