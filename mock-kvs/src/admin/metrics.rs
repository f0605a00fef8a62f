//! Counters and levels in Prometheus' text format 0.0.4.

use std::fmt::{Display, Write as _};

use axum::body::Body;
use axum::extract::State;
use http::header::CONTENT_TYPE;
use http::{HeaderValue, Response};

use crate::mock::Mock;

pub(super) async fn read(State(mock): State<Mock>) -> Response<Body> {
    let mut response = Response::new(Body::from(text(&mock)));
    let format = HeaderValue::from_static("text/plain; version=0.0.4; charset=utf-8");
    response.headers_mut().insert(CONTENT_TYPE, format);
    response
}

fn text(mock: &Mock) -> String {
    let mut page = Page::default();
    let labels = [("version", env!("CARGO_PKG_VERSION")), ("region", mock.region())];
    page.one("info", "gauge", "What is running; always 1.", &labels, 1);
    let uptime = mock.now_us() / 1_000_000;
    page.one("uptime_seconds", "counter", "Since the mock was made.", &[], uptime);
    let offset = mock.shared.with(|state, _| state.clock_offset_ms);
    let help = "How far the service's clock is off the machine's.";
    page.one("clock_offset_milliseconds", "gauge", help, &[], offset);
    levels(&mut page, mock);
    counts(&mut page, mock);
    page.0
}

fn levels(page: &mut Page, mock: &Mock) {
    let (channels, waiting, connections, masters, viewers, rules) = mock.shared.with(|state, _| {
        let roles: Vec<_> = state
            .conns
            .keys()
            .filter_map(|conn| state.service.identity(*conn))
            .map(|(role, _)| role)
            .collect();
        let masters = roles.iter().filter(|role| **role == crate::Role::Master).count();
        let (channels, waiting) = state.service.totals();
        let viewers = roles.len() - masters;
        (channels, waiting, state.conns.len(), masters, viewers, state.rules.all().len())
    });
    page.one("channels", "gauge", "Signaling channels.", &[], channels);
    page.one("messages_waiting", "gauge", "Messages for absent recipients.", &[], waiting);
    page.one("connections", "gauge", "Accepted connections that live.", &[], connections);
    page.head("websockets", "gauge", "Open WebSockets.");
    page.line("websockets", &[("role", "master")], masters);
    page.line("websockets", &[("role", "viewer")], viewers);
    page.one("rules", "gauge", "Faults in force.", &[], rules);
}

fn counts(page: &mut Page, mock: &Mock) {
    let counts = mock.journal().counts();
    page.head("events_total", "counter", "Records of the journal by event.");
    for (event, count) in &counts.events {
        page.line("events_total", &[("event", event)], count);
    }
    page.head("responses_total", "counter", "Answers to HTTPS calls.");
    for ((api, status), count) in &counts.responses {
        page.line("responses_total", &[("api", api), ("status", &status.to_string())], count);
    }
    page.head("upgrades_total", "counter", "Answers to WebSocket upgrades.");
    for ((role, status), count) in &counts.upgrades {
        page.line("upgrades_total", &[("role", role), ("status", &status.to_string())], count);
    }
    page.head("messages_total", "counter", "Messages from (in) and to (out) clients.");
    for ((direction, kind), count) in &counts.messages {
        page.line("messages_total", &[("direction", direction), ("type", kind)], count);
    }
    page.head("faults_fired_total", "counter", "How often faults acted.");
    for (fault, count) in &counts.faults {
        page.line("faults_fired_total", &[("fault", fault)], count);
    }
}

/// The page so far. Writing to a text cannot fail.
#[derive(Default)]
struct Page(String);

impl Page {
    fn one(
        &mut self,
        name: &str,
        kind: &str,
        help: &str,
        labels: &[(&str, &str)],
        value: impl Display,
    ) {
        self.head(name, kind, help);
        self.line(name, labels, value);
    }

    fn head(&mut self, name: &str, kind: &str, help: &str) {
        let _ = writeln!(self.0, "# HELP mock_kvs_{name} {help}\n# TYPE mock_kvs_{name} {kind}");
    }

    fn line(&mut self, name: &str, labels: &[(&str, &str)], value: impl Display) {
        let _ = write!(self.0, "mock_kvs_{name}");
        for (place, (label, value)) in labels.iter().enumerate() {
            let open = if place == 0 { '{' } else { ',' };
            let value = value.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n");
            let _ = write!(self.0, "{open}{label}=\"{value}\"");
        }
        let close = if labels.is_empty() { "" } else { "}" };
        let _ = writeln!(self.0, "{close} {value}");
    }
}
