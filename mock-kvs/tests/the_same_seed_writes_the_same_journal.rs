//! In memory and under a paused clock, a day with faults is the same day to the byte, again and
//! again; another seed is another day.

mod support;

use std::time::Duration;

use futures_util::{SinkExt as _, StreamExt as _};
use mock_kvs::{Config, MemoryStream};
use support::fault;
use support::sim::Sim;
use support::socket::Socket;
use tokio_tungstenite::tungstenite::Message;

#[test]
fn a_day_with_faults() {
    let first = day(7);
    assert!(first.lines().count() > 15_000, "a day has pings: {}", first.lines().count());
    assert!(first == day(7), "the same seed wrote another journal");
    assert!(first != day(8), "another seed wrote the same journal");
}

/// The journal of a day, as lines of JSON.
fn day(seed: u64) -> String {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build()
        .expect("a runtime");
    runtime.block_on(async {
        let sim = Sim::with(Config { seed, ..Config::default() });
        for spec in [
            r#"{"fault": "jitter", "delay": "30ms", "jitter": "20ms"}"#,
            r#"{"fault": "reset", "on": "SDP_OFFER", "toward": "device", "at": "50%", "p": 0.3}"#,
            r#"{"fault": "http-error", "call": "describe", "status": 500, "p": 0.5}"#,
        ] {
            sim.mock.arm(fault(spec)).expect("armed");
        }
        let end = 86_400_000_000;
        let mut master = sim.master().await;
        let mut viewer = sim.viewer("kitchen").await;
        let mut beat = 0_u32;
        while sim.mock.now_us() < end {
            beat += 1;
            let mut is_alive = step(&mut master).await;
            if beat.is_multiple_of(30) {
                let _ =
                    sim.call("/describeSignalingChannel", r#"{"ChannelName": "front-door"}"#).await;
                if !step(&mut viewer).await {
                    viewer = sim.viewer("kitchen").await;
                }
                viewer.send("SDP_OFFER", "", &format!("offer {beat}"), None).await;
                is_alive &= step(&mut master).await;
            }
            if !is_alive {
                master = sim.master().await;
            }
        }
        let records = sim.mock.journal().since(0);
        sim.mock.shutdown().await;
        let lines = records.iter().map(|record| serde_json::to_string(&**record).expect("JSON"));
        // Certificates are made anew each time, and stand in no record.
        lines.collect::<Vec<_>>().join("\n")
    })
}

/// Ten seconds of listening, and a ping; whether the socket is still there.
async fn step(socket: &mut Socket<MemoryStream>) -> bool {
    let listen = async {
        while let Some(Ok(frame)) = socket.stream.next().await {
            if frame.is_close() {
                break;
            }
        }
    };
    tokio::time::timeout(Duration::from_secs(10), listen).await.is_err()
        && socket.stream.send(Message::Ping("alive".into())).await.is_ok()
}
