//! SendAlexaOfferToMaster: blocks until the master answers, or the message TTL is over. In virtual
//! time, so that a TTL costs nothing.

mod support;

use mock_kvs::{Absent, Config, Policies};
use serde_json::json;
use support::Answer;
use support::sim::Sim;

const PATH: &str = "/v1/send-alexa-offer-to-master";
/// base64 of `v=0`, `v=1`.
const OFFER: &str = "dj0w";
const ANSWER: &str = "dj0x";

#[tokio::test(start_paused = true)]
async fn the_master_s_answer_is_the_call_s() {
    let sim = Sim::new();
    let mut master = sim.master().await;
    let (call, ()) = tokio::join!(offer(&sim, "echo"), async {
        let offer = master.next().await;
        assert_eq!(offer["messageType"], "SDP_OFFER");
        assert_eq!(offer["senderClientId"], "echo");
        assert_eq!(offer["messagePayload"], OFFER);
        master.send("SDP_ANSWER", "somebody-else", "no", None).await;
        master.send("SDP_ANSWER", "echo", "v=1", None).await;
    });
    assert_eq!((call.status, call.json()), (200, json!({ "Answer": ANSWER })));
}

#[tokio::test(start_paused = true)]
async fn a_master_that_comes_within_the_ttl_gets_the_offer() {
    let sim = Sim::new();
    let (call, ()) = tokio::join!(offer(&sim, "echo"), async {
        tokio::time::sleep(std::time::Duration::from_secs(59)).await;
        let mut master = sim.master().await;
        assert_eq!(master.next().await["senderClientId"], "echo");
        master.send("SDP_ANSWER", "echo", "v=1", None).await;
    });
    assert_eq!(call.status, 200, "{call:?}");
}

#[tokio::test(start_paused = true)]
async fn without_an_answer_it_ends_with_the_ttl() {
    let sim = Sim::new();
    let before = tokio::time::Instant::now();
    let call = offer(&sim, "echo").await;
    assert_eq!((call.status, call.error()), (404, "ResourceNotFoundException"));
    assert_eq!(before.elapsed().as_secs(), 60);
    // An answer that comes too late is a message for a viewer who is not there.
    let mut master = sim.master().await;
    master.send("SDP_ANSWER", "echo", "v=1", None).await;
    assert!(master.is_quiet().await);
    let mut viewer = sim.viewer("echo").await;
    assert_eq!(viewer.next().await["messagePayload"], ANSWER);
}

#[tokio::test(start_paused = true)]
async fn a_newer_offer_of_the_same_client_takes_over() {
    let sim = Sim::new();
    let (older, newer, ()) = tokio::join!(
        offer(&sim, "echo"),
        async {
            tokio::time::sleep(std::time::Duration::from_secs(1)).await;
            offer(&sim, "echo").await
        },
        async {
            tokio::time::sleep(std::time::Duration::from_secs(2)).await;
            let mut master = sim.master().await;
            master.next().await;
            master.send("SDP_ANSWER", "echo", "v=1", None).await;
        }
    );
    assert_eq!((older.status, older.error()), (404, "ResourceNotFoundException"));
    assert_eq!((newer.status, newer.json()), (200, json!({ "Answer": ANSWER })));
    assert_eq!(sim.dropped(), ["replaced"]);
}

#[tokio::test(start_paused = true)]
async fn what_the_model_forbids() {
    let policies = Policies { absent: Absent::StatusResponse, ..Policies::default() };
    let sim = Sim::with(Config { policies, ..Config::default() });
    let arn = &sim.arn;
    for body in [
        json!({ "SenderClientId": "echo", "MessagePayload": OFFER }),
        json!({ "ChannelARN": arn, "MessagePayload": OFFER }),
        json!({ "ChannelARN": arn, "SenderClientId": "echo" }),
        json!({ "ChannelARN": arn, "SenderClientId": "e c", "MessagePayload": OFFER }),
        json!({ "ChannelARN": arn, "SenderClientId": "echo", "MessagePayload": "v=0!" }),
    ] {
        let answer = sim.call(PATH, &body.to_string()).await.expect("an answer");
        assert_eq!((answer.status, answer.error()), (400, "InvalidArgumentException"), "{body}");
    }
    tokio::time::sleep(std::time::Duration::from_secs(1)).await; // the quota's second
    let long = "A".repeat(10_001);
    let body = json!({ "ChannelARN": arn, "SenderClientId": "echo", "MessagePayload": long });
    let answer = sim.call(PATH, &body.to_string()).await.expect("an answer");
    assert_eq!((answer.status, answer.error()), (400, "InvalidArgumentException"));
    let absent = offer(&sim, "echo").await;
    assert_eq!((absent.status, absent.error()), (404, "ResourceNotFoundException"));
}

async fn offer(sim: &Sim, sender: &str) -> Answer {
    let body = json!({
        "ChannelARN": sim.arn,
        "SenderClientId": sender,
        "MessagePayload": OFFER,
    });
    sim.call(PATH, &body.to_string()).await.expect("an answer")
}
