//! A viewer's offer reaches the master with its sender's name, the answer goes back without one,
//! in both casings, and what is sent on success is answered by silence.

mod support;

use serde_json::json;
use support::Bench;
use support::socket::payload;

#[tokio::test]
async fn offer_answer_and_candidates_in_both_casings() {
    let bench = Bench::new().await;
    let mut master = bench.master().await;
    let mut viewer = bench.viewer("kitchen").await;

    viewer.send("SDP_OFFER", "", "the offer", Some("c-1")).await;
    let offer = master.next().await;
    assert_eq!(offer["messageType"], "SDP_OFFER");
    assert_eq!(offer["senderClientId"], "kitchen");
    assert_eq!(payload(&offer), "the offer");

    // As AWS's C SDK writes it, with its blanks.
    let answer = "{\n\t\"action\": \"SDP_ANSWER\",\n\t\"RecipientClientId\": \"kitchen\",\n\t\
                  \"MessagePayload\": \"YW5zd2Vy\",\n\t\"CorrelationId\": \"c-2\"\n}";
    master.send_text(answer).await;
    let answer = viewer.next().await;
    assert_eq!(answer["messageType"], "SDP_ANSWER");
    assert_eq!(answer.get("senderClientId"), None);
    assert_eq!(payload(&answer), "answer");

    master.send("ICE_CANDIDATE", "kitchen", "one", None).await;
    master.send("ICE_CANDIDATE", "kitchen", "two", None).await;
    assert_eq!(payload(&viewer.next().await), "one");
    assert_eq!(payload(&viewer.next().await), "two");
    assert!(master.is_quiet().await);
    assert!(viewer.is_quiet().await);
    bench.mock.shutdown().await;
}

#[tokio::test]
async fn an_offer_s_ice_server_list_is_relayed() {
    let bench = Bench::new().await;
    let mut master = bench.master().await;
    let mut viewer = bench.viewer("kitchen").await;
    let servers = json!([{ "Password": "p", "Ttl": 298, "Uris": ["turn:a"], "Username": "u" }]);
    let frame = json!({
        "action": "SDP_OFFER",
        "RecipientClientId": "",
        "MessagePayload": "b2ZmZXI=",
        "IceServerList": servers,
    });
    viewer.send_text(&frame.to_string()).await;
    assert_eq!(master.next().await["IceServerList"], servers);
}

#[tokio::test]
async fn a_plain_listener_works_the_same() {
    use futures_util::SinkExt as _;
    use tokio_tungstenite::tungstenite::Message;
    let bench = Bench::new().await;
    let any = "127.0.0.1:0".parse().expect("an address");
    let plain = bench.mock.listen_tcp("viewer", any, mock_kvs::Tls::Off).await.expect("a port");
    let mut master = bench.master().await;
    let url = support::socket::presigned(&bench.keys, bench.wall(), &bench.arn, Some("plain"), 299);
    let stream = tokio::net::TcpStream::connect(plain).await.expect("connected");
    let (mut viewer, _) =
        tokio_tungstenite::client_async(url, stream).await.expect("a viewer in plain text");
    let frame = json!({ "action": "SDP_OFFER", "messagePayload": "b2ZmZXI=" });
    viewer.send(Message::text(frame.to_string())).await.expect("sent");
    assert_eq!(master.next().await["senderClientId"], "plain");
}
