//! What a client sees of each fault, over real TLS sockets; and that a rule fires as often as it says,
//! at what it names, for whom it is meant.

mod clock;
mod dns;
mod http;
mod link;
#[path = "../support/mod.rs"]
mod support;
mod table;
mod tls;
mod triggers;
mod websocket;

use support::Bench;

const PATH: &str = "/describeSignalingChannel";
const BODY: &str = r#"{"ChannelName": "front-door"}"#;

/// A mock under one rule.
async fn under(spec: &str) -> Bench {
    let bench = Bench::new().await;
    bench.mock.arm(support::fault(spec)).expect("armed");
    bench
}
