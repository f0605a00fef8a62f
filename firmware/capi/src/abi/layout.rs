//! Sizes and offsets that C counts on, checked when this is compiled. `KvsCapiLayout.h` checks the same
//! numbers where C is compiled, so that the two cannot part.

use core::mem::{offset_of, size_of};

use super::stats::{Metrics, Stats};
use super::structs::{
    AwsCredentialProvider, AwsCredentials, Callbacks, ChannelInfo, ClientInfo, IceConfig, Message,
    ReceivedMessage, RetryStrategyCallbacks, Tag,
};

/// On the 64-bit or 32-bit targets whose 64-bit numbers are aligned to 8 (all but 32-bit x86).
const fn on(wide: usize, narrow: usize) -> usize {
    if size_of::<usize>() == 8 { wide } else { narrow }
}

macro_rules! holds {
    ($($what:expr => $number:expr),+ $(,)?) => { $(const _: () = assert!($what == $number);)+ };
}

#[cfg(not(target_arch = "x86"))]
holds! {
    size_of::<Tag>() => on(24, 12),
    size_of::<AwsCredentials>() => on(64, 40),
    offset_of!(AwsCredentials, access_key_id) => 8,
    offset_of!(AwsCredentials, secret_key) => on(24, 16),
    offset_of!(AwsCredentials, session_token) => on(40, 24),
    offset_of!(AwsCredentials, expiration) => on(56, 32),
    size_of::<AwsCredentialProvider>() => on(8, 4),
    size_of::<RetryStrategyCallbacks>() => on(32, 16),
    size_of::<ClientInfo>() => on(328, 304),
    offset_of!(ClientInfo, client_id) => 4,
    offset_of!(ClientInfo, logging_level) => 264,
    offset_of!(ClientInfo, cache_file_path) => on(272, 268),
    offset_of!(ClientInfo, retry) => on(280, 272),
    offset_of!(ClientInfo, creation_max_retry_attempts) => on(312, 288),
    offset_of!(ClientInfo, retry_count_read_only) => on(316, 292),
    size_of::<ChannelInfo>() => on(160, 104),
    offset_of!(ChannelInfo, channel_name) => on(8, 4),
    offset_of!(ChannelInfo, cert_path) => on(48, 24),
    offset_of!(ChannelInfo, channel_type) => on(88, 44),
    offset_of!(ChannelInfo, channel_role_type) => on(92, 48),
    offset_of!(ChannelInfo, caching_period) => on(104, 56),
    offset_of!(ChannelInfo, retry) => on(112, 64),
    offset_of!(ChannelInfo, message_ttl) => on(120, 72),
    offset_of!(ChannelInfo, tag_count) => on(128, 80),
    offset_of!(ChannelInfo, tags) => on(136, 84),
    offset_of!(ChannelInfo, caching_policy) => on(144, 88),
    offset_of!(ChannelInfo, use_media_storage) => on(152, 96),
    size_of::<Callbacks>() => on(48, 32),
    offset_of!(Callbacks, custom_data) => 8,
    offset_of!(Callbacks, message_received) => 16,
    offset_of!(Callbacks, error_report) => on(24, 20),
    offset_of!(Callbacks, state_changed) => on(32, 24),
    offset_of!(Callbacks, current_time) => on(40, 28),
}

holds! {
    size_of::<Message>() => 19_280,
    offset_of!(Message, correlation_id) => 8,
    offset_of!(Message, peer_client_id) => 265,
    offset_of!(Message, payload_len) => 524,
    offset_of!(Message, payload) => 528,
    size_of::<ReceivedMessage>() => 20_568,
    offset_of!(ReceivedMessage, status_code) => 19_280,
    offset_of!(ReceivedMessage, error_type) => 19_284,
    offset_of!(ReceivedMessage, description) => 19_541,
}

#[cfg(not(target_arch = "x86"))]
holds! {
    size_of::<IceConfig>() => 1_048,
    offset_of!(IceConfig, ttl) => 8,
    offset_of!(IceConfig, uri_count) => 16,
    offset_of!(IceConfig, uris) => 20,
    offset_of!(IceConfig, user_name) => 532,
    offset_of!(IceConfig, password) => 789,
    size_of::<Stats>() => 280,
    offset_of!(Stats, cp_api_call_latency) => 96,
    offset_of!(Stats, number_of_messages_sent) => 128,
    offset_of!(Stats, get_token_call_ms) => 160,
    offset_of!(Stats, join_session_to_offer_time) => 272,
    size_of::<Metrics>() => 312,
    offset_of!(Metrics, signaling_start_time) => 8,
    offset_of!(Metrics, stats) => 32,
}
