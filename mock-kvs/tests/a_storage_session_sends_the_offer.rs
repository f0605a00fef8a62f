//! JoinStorageSession: the service sends the offer, and takes the answer of whoever joined.

mod support;

use mock_kvs::Event;
use serde_json::{Value, json};
use support::sim::Sim;
use support::socket::payload;

const STREAM: &str = "arn:aws:kinesisvideo:us-west-2:123456789012:stream/attic/1700000000000";

#[tokio::test(start_paused = true)]
async fn the_master_is_offered_a_session_once_per_call() {
    let sim = storing().await;
    let mut master = sim.master().await;
    let arn = json!({ "channelArn": sim.arn });
    let mut offers = Vec::new();
    for _ in 0..2 {
        let joined = sim.call("/joinStorageSession", &arn.to_string()).await.expect("an answer");
        assert_eq!((joined.status, joined.body.as_str()), (200, ""));
        let offer = master.next().await;
        assert_eq!(offer["messageType"], "SDP_OFFER");
        assert_eq!(offer.get("senderClientId"), None);
        offers.push(sdp(&offer));
    }
    assert_ne!(offers[0], offers[1]);
    assert!(offers[0].contains("a=recvonly") && offers[0].contains("H264/90000"));

    // The C SDK answers with an empty recipient, which is an error without a storage session.
    let answer = json!({
        "action": "SDP_ANSWER", "RecipientClientId": "", "MessagePayload": "dj0x",
        "CorrelationId": "c1",
    });
    master.send_text(&answer.to_string()).await;
    assert!(master.is_quiet().await);
    assert_eq!(sent_to(&sim, "SDP_ANSWER"), ["storage"]);
    assert!(sim.dropped().is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_viewer_joins_by_either_path() {
    let sim = storing().await;
    let mut master = sim.master().await;
    let mut viewer = sim.viewer("phone").await;
    let who = json!({ "channelArn": sim.arn, "clientId": "phone" }).to_string();
    for path in ["/joinStorageSessionAsViewer", "/joinStorageSession"] {
        let joined = sim.call(path, &who).await.expect("an answer");
        assert_eq!((joined.status, joined.body.as_str()), (200, ""), "{path}");
        let offer = viewer.next().await;
        assert_eq!(offer["messageType"], "SDP_OFFER");
        assert!(sdp(&offer).contains("a=sendonly"));
    }
    viewer.send("SDP_ANSWER", "", "v=1", None).await;
    viewer.send("ICE_CANDIDATE", "", "candidate:1", None).await;
    assert!(viewer.is_quiet().await);
    assert_eq!(sent_to(&sim, "SDP_ANSWER"), ["storage"]);
    assert_eq!(sent_to(&sim, "ICE_CANDIDATE"), ["storage"]);
    assert!(master.is_quiet().await, "the master hears nothing of it");
    viewer.send("SDP_OFFER", "", "v=0", None).await;
    assert_eq!(master.next().await["senderClientId"], "phone");
}

#[tokio::test(start_paused = true)]
async fn a_session_needs_storage_and_a_channel() {
    let sim = Sim::new();
    let mut master = sim.master().await;
    let join = |body: Value| {
        let sim = &sim;
        async move { sim.call("/joinStorageSession", &body.to_string()).await.expect("an answer") }
    };
    let disabled = join(json!({ "channelArn": sim.arn })).await;
    assert_eq!((disabled.status, disabled.error()), (400, "InvalidArgumentException"));
    let text = "Media storage is not enabled for the channel.";
    assert_eq!(disabled.json(), json!({ "message": text }));
    let capital = join(json!({ "ChannelARN": sim.arn })).await;
    assert_eq!((capital.status, capital.error()), (400, "InvalidArgumentException"));
    let gone = join(json!({ "channelArn": sim.arn.replace("front-door", "gone") })).await;
    assert_eq!((gone.status, gone.error()), (404, "ResourceNotFoundException"));
    let body = json!({ "channelArn": sim.arn }).to_string();
    let nobody = sim.call("/joinStorageSessionAsViewer", &body).await.expect("an answer");
    assert_eq!((nobody.status, nobody.error()), (400, "InvalidArgumentException"));
    assert!(master.is_quiet().await);
}

async fn storing() -> Sim {
    let sim = Sim::new();
    let configuration = json!({ "Status": "ENABLED", "StreamARN": STREAM });
    let body = json!({ "ChannelARN": sim.arn, "MediaStorageConfiguration": configuration });
    let path = "/updateMediaStorageConfiguration";
    assert_eq!(sim.call(path, &body.to_string()).await.expect("an answer").status, 200);
    sim
}

fn sdp(offer: &Value) -> String {
    let description: Value = serde_json::from_str(&payload(offer)).expect("JSON");
    assert_eq!(description["type"], "offer");
    description["sdp"].as_str().expect("an SDP").to_owned()
}

/// Who the messages of a type were for, in order.
fn sent_to(sim: &Sim, wanted: &str) -> Vec<String> {
    let records = sim.mock.journal().since(0);
    let to = records.iter().filter_map(|record| {
        if let Event::WsIn { kind, to, .. } = &record.event
            && *kind == wanted
        {
            Some(to.to_string())
        } else {
            None
        }
    });
    to.collect()
}
