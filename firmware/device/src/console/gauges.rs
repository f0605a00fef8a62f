//! `gauges` and `metrics`: one line for each value, then the `ack`.

use kvs_signaling::Metrics;
use kvs_signaling::event::LinkKind;
use kvs_trace::Event as Trace;

use crate::engine::Engine;
use crate::port::Port;
use crate::report::Report;

/// Without a session.
pub(super) fn idle<P: Port>(port: &P, report: &Report<'_, P>) {
    report.line(Trace::Gauge { name: "sockets", value: 0 });
    report.line(Trace::Gauge { name: "links", value: 0 });
    port.gauges(&mut |name, value| report.line(Trace::Gauge { name, value }));
}

/// With one. `sockets` counts WebSockets, `links` all connections (decision 7).
pub(super) fn serving<P: Port, A>(engine: &mut Engine<'_, P, A>, memory_bytes: usize) {
    let up = |kind| u64::from(engine.links.slot(kind).is_up());
    let (sockets, https) = (up(LinkKind::WebSocket), up(LinkKind::Https));
    let report = engine.report;
    report.line(Trace::Gauge { name: "sockets", value: sockets });
    report.line(Trace::Gauge { name: "links", value: sockets + https });
    report.line(Trace::Gauge { name: "session_bytes", value: memory_bytes as u64 });
    engine.port.gauges(&mut |name, value| report.line(Trace::Gauge { name, value }));
}

/// Every counter of the session (spec §7).
pub(super) fn metrics<P: Port>(report: &Report<'_, P>, metrics: &Metrics) {
    let values = [
        ("describe_ms", metrics.describe.took_ms),
        ("create_ms", metrics.create.took_ms),
        ("endpoint_ms", metrics.endpoint.took_ms),
        ("ice_config_ms", metrics.ice_config.took_ms),
        ("credentials_ms", metrics.credentials.took_ms),
        ("connect_ms", metrics.connect.took_ms),
        ("control_plane_latency_100ns", metrics.control_plane_latency_100ns),
        ("data_plane_latency_100ns", metrics.data_plane_latency_100ns),
        ("offer_to_answer_ms", metrics.offer_to_answer_ms),
        ("uptime_ms", metrics.uptime_ms),
        ("connection_ms", metrics.connection_ms),
        ("messages_sent", metrics.messages_sent.into()),
        ("messages_received", metrics.messages_received.into()),
        ("duplicates", metrics.duplicates.into()),
        ("ice_refreshes", metrics.ice_refreshes.into()),
        ("errors", metrics.errors.into()),
        ("runtime_errors", metrics.runtime_errors.into()),
        ("reconnects", metrics.reconnects.into()),
        ("retries", metrics.retries.into()),
        ("links_opened", metrics.links_opened.into()),
        ("events_lost", metrics.events_lost.into()),
    ];
    for (name, value) in values {
        report.line(Trace::Metric { name, value });
    }
}
