//! `SignalingClientStats` and `SignalingClientMetrics` (spec §7).

use super::Time;

/// `SignalingClientStats`: units as the SDK has them, ms or 100 ns by row.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[allow(missing_docs, reason = "rows of spec §7, named as there; docs/api.md has the table")]
pub struct Stats {
    pub describe_channel_start_ms: u64,
    pub describe_channel_end_ms: u64,
    pub get_endpoint_start_ms: u64,
    pub get_endpoint_end_ms: u64,
    pub get_ice_config_start_ms: u64,
    pub get_ice_config_end_ms: u64,
    pub get_token_start_ms: u64,
    pub get_token_end_ms: u64,
    pub create_channel_start_ms: u64,
    pub create_channel_end_ms: u64,
    pub connect_start_ms: u64,
    pub connect_end_ms: u64,
    pub cp_api_call_latency: Time,
    pub dp_api_call_latency: Time,
    pub signaling_client_uptime: Time,
    pub connection_duration: Time,
    pub number_of_messages_sent: u32,
    pub number_of_messages_received: u32,
    pub ice_refresh_count: u32,
    pub number_of_errors: u32,
    pub number_of_runtime_errors: u32,
    pub number_of_reconnects: u32,
    pub api_call_retry_count: u32,
    pub get_token_call_ms: u64,
    pub describe_call_ms: u64,
    pub describe_media_call_ms: u64,
    pub create_call_ms: u64,
    pub get_endpoint_call_ms: u64,
    pub get_ice_config_call_ms: u64,
    pub connect_call_ms: u64,
    pub join_session_call_ms: u64,
    pub create_client_ms: u64,
    pub fetch_client_ms: u64,
    pub connect_client_ms: u64,
    pub offer_to_answer_ms: u64,
    pub offer_received_time: u64,
    pub answer_time_ms: u64,
    pub join_session_to_offer_time: u64,
}

/// `SignalingClientMetrics`, version 1.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default)]
pub struct Metrics {
    /// 0 leaves the rows of version 1 at 0.
    pub version: u32,
    /// The application's.
    pub signaling_start_time: u64,
    /// The application's.
    pub signaling_end_time: u64,
    /// The application's.
    pub signaling_call_time: u64,
    /// What the client counted.
    pub stats: Stats,
}
