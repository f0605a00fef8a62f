//! The counters and latencies of the C SDK's `SignalingClientStats` (spec §7).

use crate::event::{Api, MessageKind};
use crate::time::Instant;

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
    /// DescribeMediaStorageConfiguration.
    pub media_storage: Span,
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
    /// JoinStorageSession.
    pub join_storage: Span,
    /// From that call to the service's offer.
    pub join_to_offer_ms: u64,
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

/// Keeps [`Metrics`] as things happen.
#[derive(Default)]
pub(crate) struct Counters {
    metrics: Metrics,
    built: Option<Instant>,
    connect_began: Instant,
    offered: Option<Instant>,
}

impl Counters {
    /// What stands at `now`.
    pub(crate) fn at(&self, now: Instant, connected: Option<Instant>) -> Metrics {
        Metrics {
            uptime_ms: self.built.map_or(0, |built| now.since(built)),
            connection_ms: connected.map_or(0, |connected| now.since(connected)),
            ..self.metrics
        }
    }

    /// The first input sets the clock going.
    pub(crate) fn seen(&mut self, now: Instant) {
        self.built.get_or_insert(now);
    }

    pub(crate) fn link_opened(&mut self) {
        count(&mut self.metrics.links_opened);
    }

    pub(crate) fn connect_began(&mut self, now: Instant, unix_ms: u64) {
        self.connect_began = now;
        self.metrics.connect.begin(unix_ms);
    }

    pub(crate) fn connected(&mut self, now: Instant, unix_ms: u64) {
        self.metrics.connect.end(now.since(self.connect_began), unix_ms);
    }

    pub(crate) fn call_began(&mut self, api: Api, unix_ms: u64) {
        if api == Api::IceConfig {
            count(&mut self.metrics.ice_refreshes);
        }
        if let Some(span) = self.span(api) {
            span.begin(unix_ms);
        }
    }

    pub(crate) fn call_ended(&mut self, api: Api, took_ms: u64, unix_ms: u64) {
        if let Some(span) = self.span(api) {
            span.end(took_ms, unix_ms);
        }
        let latency = match api {
            // As the C SDK counts them (spec §7).
            Api::Describe
            | Api::Create
            | Api::MediaStorage
            | Api::Endpoint
            | Api::JoinStorage
            | Api::Delete => &mut self.metrics.control_plane_latency_100ns,
            Api::IceConfig => &mut self.metrics.data_plane_latency_100ns,
            Api::TimeSync | Api::Connect | Api::IotCredentials => return,
        };
        // α = 0.05, as the C SDK's.
        *latency = (took_ms.saturating_mul(10_000) + latency.saturating_mul(19)) / 20;
    }

    pub(crate) fn credentials_asked(&mut self, unix_ms: u64) {
        self.metrics.credentials.begin(unix_ms);
    }

    pub(crate) fn credentials_came(&mut self, took_ms: u64, unix_ms: u64) {
        self.metrics.credentials.end(took_ms, unix_ms);
    }

    pub(crate) fn message_sent(&mut self, kind: MessageKind, now: Instant) {
        count(&mut self.metrics.messages_sent);
        match kind {
            MessageKind::SdpOffer => self.offered = Some(now),
            MessageKind::SdpAnswer => self.answered(now),
            MessageKind::IceCandidate | MessageKind::Unknown => {}
        }
    }

    pub(crate) fn message_received(&mut self, kind: MessageKind, duplicate: bool, now: Instant) {
        if duplicate {
            return count(&mut self.metrics.duplicates);
        }
        count(&mut self.metrics.messages_received);
        match kind {
            MessageKind::SdpOffer => self.offered = Some(now),
            MessageKind::SdpAnswer => self.answered(now),
            MessageKind::IceCandidate | MessageKind::Unknown => {}
        }
    }

    /// A call of the application was refused.
    pub(crate) fn error(&mut self) {
        count(&mut self.metrics.errors);
    }

    pub(crate) fn runtime_error(&mut self) {
        count(&mut self.metrics.runtime_errors);
    }

    /// The storage session's offer came, so long after it was asked for.
    pub(crate) fn storage_joined(&mut self, took_ms: u64) {
        self.metrics.join_to_offer_ms = took_ms;
    }

    pub(crate) fn connection_lost(&mut self) {
        count(&mut self.metrics.reconnects);
    }

    fn answered(&mut self, now: Instant) {
        if let Some(offered) = self.offered.take() {
            self.metrics.offer_to_answer_ms = now.since(offered);
        }
    }

    fn span(&mut self, api: Api) -> Option<&mut Span> {
        match api {
            Api::Describe => Some(&mut self.metrics.describe),
            Api::Create => Some(&mut self.metrics.create),
            Api::Endpoint => Some(&mut self.metrics.endpoint),
            Api::IceConfig => Some(&mut self.metrics.ice_config),
            Api::IotCredentials => Some(&mut self.metrics.credentials),
            Api::MediaStorage => Some(&mut self.metrics.media_storage),
            Api::JoinStorage => Some(&mut self.metrics.join_storage),
            Api::TimeSync | Api::Delete | Api::Connect => None,
        }
    }
}

impl Span {
    fn begin(&mut self, unix_ms: u64) {
        (self.start_unix_ms, self.end_unix_ms) = (unix_ms, 0);
    }

    fn end(&mut self, took_ms: u64, unix_ms: u64) {
        (self.end_unix_ms, self.took_ms) = (unix_ms, took_ms);
    }
}

fn count(counter: &mut u32) {
    *counter = counter.saturating_add(1);
}
