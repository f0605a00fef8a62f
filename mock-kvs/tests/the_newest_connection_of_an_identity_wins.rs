//! A second master, or a second viewer of the same id, takes the place of the first, which sees what
//! the policy says; the eleventh viewer is refused.

mod support;

use mock_kvs::{Config, Displaced, Policies, Quotas};
use support::Bench;
use support::sim::Sim;
use support::socket::payload;

async fn bench(displaced: Displaced) -> Bench {
    let policies = Policies { displaced, ..Policies::default() };
    let quotas = Quotas { connects: false, ..Quotas::default() };
    Bench::with(Config { policies, quotas, ..Config::default() }).await
}

#[tokio::test]
async fn the_displaced_master_is_closed_with_1001_by_default() {
    let bench = Bench::new().await;
    let mut first = bench.master().await;
    let mut second = bench.master().await;
    assert_eq!(first.close_code().await, 1001);
    let mut viewer = bench.viewer("kitchen").await;
    viewer.send("SDP_OFFER", "", "offer", None).await;
    assert_eq!(payload(&second.next().await), "offer");
    // The end of the first does not free the second's place.
    drop(first);
    bench.expect("the end of the first", |record| record.event.name() == "conn.end").await;
    viewer.send("ICE_CANDIDATE", "", "candidate", None).await;
    assert_eq!(payload(&second.next().await), "candidate");
}

#[tokio::test]
async fn policies_close_with_1000_drop_or_leave_deaf() {
    let normal = bench(Displaced::Normal).await;
    let mut first = normal.master().await;
    let _second = normal.master().await;
    assert_eq!(first.close_code().await, 1000);

    let dropping = bench(Displaced::Drop).await;
    let mut first = dropping.master().await;
    let _second = dropping.master().await;
    assert!(first.next_frame().await.is_err());

    let deafening = bench(Displaced::Deaf).await;
    let mut first = deafening.master().await;
    let mut second = deafening.master().await;
    let mut viewer = deafening.viewer("kitchen").await;
    viewer.send("SDP_OFFER", "", "offer", None).await;
    assert_eq!(payload(&second.next().await), "offer");
    assert!(first.is_quiet().await, "it is open, and hears nothing but its pong");
}

#[tokio::test]
async fn a_viewer_of_the_same_id_takes_over_and_the_eleventh_is_refused() {
    let bench = bench(Displaced::GoingAway).await;
    let mut viewers = Vec::new();
    for n in 0..10 {
        viewers.push(bench.viewer(&format!("v{n}")).await);
    }
    let refused = bench.connect(bench.device, Some("v10")).await.err().expect("refused");
    assert_eq!((refused.status, refused.error.as_str()), (400, "ClientLimitExceededException"));
    let _again = bench.viewer("v3").await;
    assert_eq!(viewers[3].close_code().await, 1001);
    assert!(viewers[4].is_quiet().await);
    drop(viewers.remove(0));
    bench
        .expect("the first viewer's end", |record| {
            record.conn == Some(1) && record.event.name() == "conn.end"
        })
        .await;
    let _eleventh = bench.viewer("v10").await;
}

#[tokio::test]
async fn ids_outside_the_model_and_unknown_channels_are_refused() {
    let bench = bench(Displaced::GoingAway).await;
    for id in ["", "aws_me", "AWS_me", "a%20b"] {
        let refused = bench.connect(bench.device, Some(id)).await.err().expect("refused");
        assert_eq!(
            (refused.status, refused.error.as_str()),
            (400, "InvalidArgumentException"),
            "{id}"
        );
    }
    let elsewhere = bench.arn.replace("front-door", "back-door");
    let url = support::socket::presigned(&bench.keys, bench.wall(), &elsewhere, None, 299);
    let refused =
        support::socket::connect(&bench.mock, bench.device, &url).await.err().expect("refused");
    assert_eq!((refused.status, refused.error.as_str()), (404, "ResourceNotFoundException"));
}

#[tokio::test(start_paused = true)]
async fn a_fourth_connect_in_a_second_exceeds_the_quota() {
    let sim = Sim::new();
    for _ in 0..3 {
        sim.master().await;
    }
    let refused = sim.connect("device", None).await.err().expect("refused");
    assert_eq!((refused.status, refused.error.as_str()), (400, "ClientLimitExceededException"));
    // Viewers have a quota of their own, and time fills the master's again.
    sim.viewer("kitchen").await;
    tokio::time::sleep(std::time::Duration::from_millis(334)).await;
    sim.master().await;
}
