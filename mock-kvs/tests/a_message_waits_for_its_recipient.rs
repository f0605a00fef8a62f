//! Messages for somebody absent are held until the TTL, dropped, or answered; a newer offer replaces
//! an older one; and what a connection consumed is never delivered again.

mod support;

use std::time::Duration;

use mock_kvs::{Absent, Config, Policies};
use support::sim::Sim;
use support::socket::payload;

fn with(absent: Absent) -> Sim {
    Sim::with(Config { policies: Policies { absent, ..Policies::default() }, ..Config::default() })
}

#[tokio::test(start_paused = true)]
async fn until_the_ttl_and_no_longer() {
    let sim = Sim::new();
    let mut viewer = sim.viewer("kitchen").await;
    viewer.send("SDP_OFFER", "", "first", Some("c-1")).await;
    viewer.send("ICE_CANDIDATE", "", "candidate", None).await;
    assert!(viewer.is_quiet().await, "no error for an absent master");
    tokio::time::sleep(Duration::from_secs(30)).await;
    viewer.send("SDP_OFFER", "", "second", None).await;
    assert!(viewer.is_quiet().await);
    assert_eq!(sim.dropped(), ["replaced"]);
    tokio::time::sleep(Duration::from_secs(31)).await;
    // The candidate is 61 s old, the second offer 31 s.
    assert_eq!(sim.dropped(), ["replaced", "ttl"]);
    let mut master = sim.master().await;
    assert_eq!(payload(&master.next().await), "second");
    assert!(master.is_quiet().await);
    drop(master);
    let mut later = sim.master().await;
    assert!(later.is_quiet().await, "a consumed message is not delivered again");
}

#[tokio::test(start_paused = true)]
async fn for_an_absent_viewer_too() {
    let sim = Sim::new();
    let mut master = sim.master().await;
    master.send("SDP_ANSWER", "kitchen", "answer", Some("c-1")).await;
    assert!(master.is_quiet().await);
    let mut viewer = sim.viewer("kitchen").await;
    assert_eq!(payload(&viewer.next().await), "answer");
}

#[tokio::test(start_paused = true)]
async fn or_is_dropped_without_a_word() {
    let sim = with(Absent::Drop);
    let mut viewer = sim.viewer("kitchen").await;
    viewer.send("SDP_OFFER", "", "offer", Some("c-1")).await;
    assert!(viewer.is_quiet().await);
    assert_eq!(sim.dropped(), ["absent"]);
}

#[tokio::test(start_paused = true)]
async fn or_is_answered_when_it_has_a_correlation_id() {
    let sim = with(Absent::StatusResponse);
    let mut master = sim.master().await;
    master.send("SDP_ANSWER", "nobody", "answer", None).await;
    assert!(master.is_quiet().await);
    master.send("SDP_ANSWER", "nobody", "answer", Some("c-9")).await;
    let status = master.next().await;
    assert_eq!(status["messageType"], "STATUS_RESPONSE");
    assert_eq!(status["statusResponse"]["correlationId"], "c-9");
    assert_eq!(status["statusResponse"]["errorType"], "ResourceNotFoundException");
    assert_eq!(status["statusResponse"]["statusCode"], "404");
    assert_eq!(status.get("senderClientId"), None);
}

#[tokio::test(start_paused = true)]
async fn a_channel_deleted_meanwhile_takes_its_messages_along() {
    let sim = Sim::new();
    let mut viewer = sim.viewer("kitchen").await;
    viewer.send("SDP_OFFER", "", "offer", None).await;
    assert!(viewer.is_quiet().await);
    let delete = mock_kvs::Change::DeleteChannel { channel: None };
    assert_eq!(sim.mock.change(&delete), Ok(1));
    assert_eq!(viewer.close_code().await, 1001);
    assert_eq!(sim.dropped(), ["deleted"]);
    let refused = sim.connect("device", None).await.err().expect("refused");
    assert_eq!(refused.status, 404);
}
