//! Ten idle minutes, one hour, and a minute after GO_AWAY end a WebSocket; pings keep it from idling
//! unless the policy says otherwise; every close is a closing handshake.

mod support;

use std::time::Duration;

use futures_util::SinkExt as _;
use mock_kvs::{Change, Config, MemoryStream, Policies, Target};
use support::sim::Sim;
use support::socket::Socket;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::frame::CloseFrame;

#[tokio::test(start_paused = true)]
async fn ten_idle_minutes() {
    let sim = Sim::new();
    let mut master = sim.master().await;
    let at = ended_after(&sim, &mut master, Duration::from_secs(7200)).await;
    assert_eq!(at, Duration::from_secs(600));
}

#[tokio::test(start_paused = true)]
async fn one_hour_in_spite_of_pings() {
    let sim = Sim::new();
    let mut master = sim.master().await;
    let at = ended_after(&sim, &mut master, Duration::from_secs(10)).await;
    assert_eq!(at, Duration::from_secs(3600));
}

#[tokio::test(start_paused = true)]
async fn pings_do_not_count_when_the_policy_says_so() {
    let policies = Policies { pings_reset_idle: false, ..Policies::default() };
    let sim = Sim::with(Config { policies, ..Config::default() });
    let mut master = sim.master().await;
    let at = ended_after(&sim, &mut master, Duration::from_secs(10)).await;
    assert_eq!(at, Duration::from_secs(600));
}

#[tokio::test(start_paused = true)]
async fn a_minute_after_go_away() {
    let sim = Sim::new();
    let mut master = sim.master().await;
    sim.viewer("kitchen").await;
    assert_eq!(sim.mock.change(&Change::GoAway { to: Target::actor("device") }), Ok(1));
    assert_eq!(master.next().await["messageType"], "GO_AWAY");
    // Work goes on in the grace.
    master.send("SDP_ANSWER", "kitchen", "answer", None).await;
    let at = ended_after(&sim, &mut master, Duration::from_secs(10)).await;
    assert_eq!(at, Duration::from_secs(60));
}

#[tokio::test(start_paused = true)]
async fn a_client_that_does_not_answer_a_close_is_cut() {
    let sim = Sim::new();
    // Held but never read: the close frame is not answered.
    let master = sim.master().await;
    let close = Change::Close { to: Target::default(), code: 1001, reason: String::new() };
    assert_eq!(sim.mock.change(&close), Ok(1));
    tokio::time::sleep(Duration::from_secs(6)).await;
    let ends = sim.mock.journal().since(0);
    assert_eq!(ends.last().expect("a record").event.name(), "conn.end");
    drop(master);
}

#[tokio::test(start_paused = true)]
async fn a_client_s_close_is_answered_with_its_code() {
    let sim = Sim::new();
    let mut master = sim.master().await;
    let frame = CloseFrame { code: 4321.into(), reason: "bye".into() };
    master.stream.send(Message::Close(Some(frame))).await.expect("sent");
    assert_eq!(master.close_code().await, 4321);
    let names: Vec<_> =
        sim.mock.journal().since(0).iter().map(|record| record.event.name()).collect();
    assert!(names.ends_with(&["ws.close", "conn.end"]), "{names:?}");
}

#[tokio::test(start_paused = true)]
async fn binary_frames_and_giants_are_closed_and_long_payloads_refused() {
    let sim = Sim::new();
    let mut master = sim.master().await;
    master.stream.send(Message::binary(vec![1, 2, 3])).await.expect("sent");
    assert_eq!(master.close_code().await, 1003);
    let mut viewer = sim.viewer("kitchen").await;
    viewer.send("SDP_OFFER", "", &"x".repeat(14_062), Some("big")).await;
    let refused = viewer.next().await;
    assert_eq!(refused["statusResponse"]["errorType"], "InvalidArgumentException");
    viewer.send("SDP_OFFER", "", &"x".repeat(14_061), Some("fits")).await;
    assert!(viewer.is_quiet().await);
    viewer.send_text(&"x".repeat(200_000)).await;
    assert_eq!(viewer.close_code().await, 1009);
}

/// Sends a ping every so often until the close frame, which must be 1001; how long it took.
async fn ended_after(
    sim: &Sim,
    socket: &mut Socket<MemoryStream>,
    ping_every: Duration,
) -> Duration {
    let start = sim.mock.now_us();
    loop {
        match tokio::time::timeout(ping_every, socket.close_code_slowly()).await {
            Ok(code) => {
                assert_eq!(code, 1001);
                return Duration::from_secs((sim.mock.now_us() - start) / 1_000_000);
            }
            Err(_) => socket.stream.send(Message::Ping("alive".into())).await.expect("sent"),
        }
    }
}
