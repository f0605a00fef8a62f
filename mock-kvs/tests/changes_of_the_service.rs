//! What can be changed at a running service, and what a client sees of it.

mod support;

use std::time::Duration;

use mock_kvs::{Change, ChannelStatus, Config, Policies, Target};
use serde_json::{Value, json};
use support::sim::Sim;

#[tokio::test(start_paused = true)]
async fn a_channel_that_is_not_active_serves_nobody() {
    let sim = Sim::new();
    for (status, word) in [
        (ChannelStatus::Creating, "CREATING"),
        (ChannelStatus::Updating, "UPDATING"),
        (ChannelStatus::Deleting, "DELETING"),
    ] {
        sim.mock.change(&Change::ChannelStatus { channel: None, status }).expect("changed");
        assert_eq!(describe(&sim).await["ChannelStatus"], word);
        let arn = json!({ "ChannelARN": sim.arn });
        assert_eq!(
            error(&sim, "/getSignalingChannelEndpoint", &arn).await,
            "ResourceInUseException"
        );
        let ice = "/v1/get-ice-server-config";
        assert_eq!(error(&sim, ice, &arn).await, "ResourceNotFoundException");
        let refused = sim.connect("device", None).await.err().expect("refused");
        assert_eq!(refused.error, "ResourceNotFoundException");
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
    let active = ChannelStatus::Active;
    sim.mock.change(&Change::ChannelStatus { channel: None, status: active }).expect("changed");
    let _master = sim.master().await;
}

#[tokio::test(start_paused = true)]
async fn creating_and_deleting_take_their_time_where_the_policies_say_so() {
    let (creating, deleting) = (Duration::from_secs(5), Duration::from_secs(7));
    let policies = Policies { creating, deleting, ..Policies::default() };
    let sim = Sim::with(Config { policies, ..Config::default() });
    assert_eq!(describe(&sim).await["ChannelStatus"], "CREATING");
    tokio::time::sleep(creating).await;
    assert_eq!(describe(&sim).await["ChannelStatus"], "ACTIVE");
    let delete = Change::DeleteChannel { channel: Some("front-door".into()) };
    assert_eq!(sim.mock.change(&delete), Ok(1));
    assert_eq!(describe(&sim).await["ChannelStatus"], "DELETING");
    tokio::time::sleep(deleting).await;
    let name = json!({ "ChannelName": "front-door" });
    assert_eq!(error(&sim, DESCRIBE, &name).await, "ResourceNotFoundException");
}

#[tokio::test(start_paused = true)]
async fn a_channel_created_again_has_another_arn() {
    let sim = Sim::new();
    let mut master = sim.master().await;
    let create = Change::CreateChannel { channel: "front-door".into() };
    assert_eq!(sim.mock.change(&create), Ok(1));
    assert_eq!(master.close_code().await, 1001);
    assert_ne!(describe(&sim).await["ChannelARN"], sim.arn.as_str());
    let arn = json!({ "ChannelARN": sim.arn });
    assert_eq!(error(&sim, DESCRIBE, &arn).await, "ResourceNotFoundException");
}

#[tokio::test(start_paused = true)]
async fn endpoints_get_other_names() {
    let sim = Sim::new();
    let before = endpoints(&sim).await;
    assert_eq!(endpoints(&sim).await, before);
    sim.mock.change(&Change::Endpoints { channel: None }).expect("changed");
    assert_ne!(endpoints(&sim).await, before);
}

#[tokio::test(start_paused = true)]
async fn storage_is_switched_on_and_off() {
    let sim = Sim::new();
    let arn = json!({ "ChannelARN": sim.arn });
    for (enabled, status) in [(true, "ENABLED"), (false, "DISABLED")] {
        sim.mock.change(&Change::MediaStorage { channel: None, enabled }).expect("changed");
        let answer = call(&sim, "/describeMediaStorageConfiguration", &arn).await.json();
        let configuration = &answer["MediaStorageConfiguration"];
        assert_eq!(configuration["Status"], status);
        assert_eq!(configuration["StreamARN"].is_string(), enabled, "{configuration}");
        let join = call(&sim, "/joinStorageSession", &json!({ "channelArn": sim.arn })).await;
        assert_eq!(join.status, if enabled { 200 } else { 400 });
    }
}

#[tokio::test(start_paused = true)]
async fn quotas_are_switched_on_and_off() {
    let sim = Sim::new();
    let mut viewer = sim.viewer("kitchen").await;
    // Off by default: the sixth offer in a second passes.
    assert_eq!(refusals(&sim, &mut viewer).await, 0);
    let quotas = |sends: bool, calls: bool| Change::Quotas {
        connects: None,
        calls: Some(calls),
        sends: Some(sends),
        viewers: Some(1),
    };
    sim.mock.change(&quotas(true, true)).expect("changed");
    assert!(refusals(&sim, &mut viewer).await > 0);
    let refused = sim.connect("viewer", Some("garden")).await.err().expect("a second viewer");
    assert_eq!(refused.error, "ClientLimitExceededException");
    let mut answers = Vec::new();
    for _ in 0..6 {
        answers.push(call(&sim, DESCRIBE, &json!({ "ChannelARN": sim.arn })).await.status);
    }
    assert_eq!(answers, [200, 200, 200, 200, 200, 400]);
    sim.mock.change(&quotas(false, false)).expect("changed");
    assert_eq!(refusals(&sim, &mut viewer).await, 0);
    assert_eq!(call(&sim, DESCRIBE, &json!({ "ChannelARN": sim.arn })).await.status, 200);
}

#[tokio::test(start_paused = true)]
async fn the_clock_is_moved() {
    let sim = Sim::new();
    let (keys, before) = (&sim.keys, sim.mock.wall_ms());
    sim.mock.change(&Change::Clock { offset_ms: 420_000 }).expect("changed");
    assert!(sim.mock.wall_ms() >= before + 420_000);
    let at = std::time::UNIX_EPOCH + Duration::from_millis(before);
    let url = support::socket::presigned(keys, at, &sim.arn, None, 299);
    let stream = sim.mock.connect_memory("device").await.expect("connected");
    let refused = support::socket::upgrade(stream, &url).await.err().expect("too late");
    assert_eq!((refused.status, refused.error.as_str()), (403, "InvalidSignatureException"));
}

#[tokio::test(start_paused = true)]
async fn a_connection_is_displaced_closed_or_dropped() {
    let sim = Sim::new();
    let to = || Target::actor("device");
    let mut master = sim.master().await;
    assert_eq!(sim.mock.change(&Change::Displace { to: to() }), Ok(1));
    assert_eq!(master.close_code().await, 1001);
    gone(master).await;
    let mut master = sim.master().await;
    let close = Change::Close { to: to(), code: 4321, reason: "because".into() };
    assert_eq!(sim.mock.change(&close), Ok(1));
    assert_eq!(master.close_code().await, 4321);
    gone(master).await;
    let mut master = sim.master().await;
    assert_eq!(sim.mock.change(&Change::DropConnection { to: to() }), Ok(1));
    let end = master.next_frame().await;
    assert!(end.is_err(), "no close frame: {end:?}");
}

/// The paused clock only moves when nothing is left to be done.
async fn gone(socket: support::socket::Socket<mock_kvs::MemoryStream>) {
    drop(socket);
    tokio::time::sleep(Duration::from_millis(1)).await;
}

const DESCRIBE: &str = "/describeSignalingChannel";

async fn call(sim: &Sim, path: &str, body: &Value) -> support::Answer {
    sim.call(path, &body.to_string()).await.expect("an answer")
}

async fn error(sim: &Sim, path: &str, body: &Value) -> String {
    call(sim, path, body).await.error().to_owned()
}

async fn describe(sim: &Sim) -> Value {
    let name = json!({ "ChannelName": "front-door" });
    call(sim, DESCRIBE, &name).await.json()["ChannelInfo"].clone()
}

async fn endpoints(sim: &Sim) -> Value {
    let body = json!({ "ChannelARN": sim.arn });
    call(sim, "/getSignalingChannelEndpoint", &body).await.json()["ResourceEndpointList"].clone()
}

/// How many of ten offers at once are refused.
async fn refusals(
    sim: &Sim,
    viewer: &mut support::socket::Socket<mock_kvs::MemoryStream>,
) -> usize {
    tokio::time::sleep(Duration::from_secs(2)).await;
    let before = sim.dropped().iter().filter(|why| **why == "quota").count();
    for _ in 0..10 {
        viewer.send("SDP_OFFER", "", "offer", None).await;
    }
    assert!(viewer.is_quiet().await);
    sim.dropped().iter().filter(|why| **why == "quota").count() - before
}
