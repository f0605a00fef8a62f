//! The counters and latencies of the C SDK's `SignalingClientStats` (spec §7).

/// Start and end of the last run of one step, and so its latency.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Span {
    /// Wall time in ms; 0 when it never ran.
    pub start_unix_ms: u64,
    /// Wall time in ms; 0 while it runs or when it never ran.
    pub end_unix_ms: u64,
    /// How long the last complete run took, by the monotonic clock.
    pub took_ms: u64,
}

/// What a session counted since it was built.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Metrics {
    /// DescribeSignalingChannel.
    pub describe: Span,
    /// CreateSignalingChannel.
    pub create: Span,
    /// GetSignalingChannelEndpoint.
    pub endpoint: Span,
    /// GetIceServerConfig.
    pub ice_config: Span,
    /// The credential provider.
    pub credentials: Span,
    /// From opening the link to the service's 101.
    pub connect: Span,
    /// Smoothed latency of control-plane calls, in 100 ns (α = 0.05, seed 0).
    pub control_plane_latency_100ns: u64,
    /// The same for data-plane calls.
    pub data_plane_latency_100ns: u64,
    /// Since the session was built.
    pub uptime_ms: u64,
    /// Of the connection that stands; 0 when none does.
    pub connection_ms: u64,
    /// Messages written whole.
    pub messages_sent: u32,
    /// Messages delivered to the application: SDP, ICE candidates and unknown types.
    pub messages_received: u32,
    /// Messages recognised as delivered before.
    pub duplicates: u32,
    /// GetIceServerConfig attempts, the first included.
    pub ice_refreshes: u32,
    /// Refused [`crate::Session::send`] calls.
    pub errors: u32,
    /// Failed ICE refreshes, failed reconnects, bad received messages.
    pub runtime_errors: u32,
    /// Reconnects begun after a connection was lost.
    pub reconnects: u32,
    /// Attempts since the last stable connection: the back-off's exponent.
    pub retries: u32,
    /// Links opened, HTTPS and WebSocket.
    pub links_opened: u32,
    /// Events a caller lost because it did not drain `poll`.
    pub events_lost: u32,
    /// The last offer received to its answer written, or offer written to its answer received.
    pub offer_to_answer_ms: u64,
}
