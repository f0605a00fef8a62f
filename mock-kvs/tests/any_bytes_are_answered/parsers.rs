//! The parsers, called directly.

use super::support::sim::Sim;
use mock_kvs::service::message::Inbound;
use mock_kvs::service::shape;
use mock_kvs::sigv4::{Request, Signed, parse_amz_date, query_value};
use proptest::prelude::*;

proptest! {
    #[test]
    fn envelopes(text in "\\PC{0,200}") {
        if let Ok(inbound) = Inbound::parse(&text) {
            let _ = inbound.measure();
        }
    }

    #[test]
    fn envelopes_of_the_right_shape(
        action in "SDP_OFFER|SDP_ANSWER|ICE_CANDIDATE|GO_AWAY|\\PC{0,8}",
        recipient in proptest::option::of("\\PC{0,300}"),
        payload in proptest::option::of("[A-Za-z0-9+/=]{0,64}|\\PC{0,16}"),
        corr in proptest::option::of("\\PC{0,300}"),
        is_pascal in any::<bool>(),
    ) {
        let key = |camel: &str| {
            let mut key = camel.to_owned();
            if is_pascal {
                key.replace_range(..1, &camel[..1].to_ascii_uppercase());
            }
            key
        };
        let frame = serde_json::json!({
            "action": action,
            (key("recipientClientId")): recipient,
            (key("messagePayload")): payload,
            (key("correlationId")): corr,
        });
        let text = frame.to_string();
        let inbound = Inbound::parse(&text).expect("of the right shape");
        prop_assert_eq!(inbound.payload.as_ref(), payload.unwrap_or_default());
        prop_assert_eq!(
            inbound.recipient.as_deref().unwrap_or(""),
            recipient.unwrap_or_default()
        );
    }

    #[test]
    fn signatures(query in "\\PC{0,200}", authorization in "[ -~]{0,200}", date in "\\PC{0,20}") {
        let mut headers = http::HeaderMap::new();
        if let Ok(value) = http::HeaderValue::try_from(&authorization) {
            headers.insert(http::header::AUTHORIZATION, value);
        }
        for headers in [&headers, &http::HeaderMap::new()] {
            let request =
                Request { method: "GET", path: "/", query: &query, headers, body_sha256: "" };
            prop_assert!(Signed::parse(&request).is_err());
        }
        let _ = parse_amz_date(&date);
        let _ = query_value(&query, "X-Amz-Date");
    }

    #[test]
    fn an_arn_is_recognised_by_its_parts(name in "[a-zA-Z0-9_.-]{1,40}", junk in "\\PC{0,80}") {
        let arn = format!("arn:aws-cn:kinesisvideo:cn-north-1:123456789012:channel/{name}/1767225600000");
        prop_assert!(shape::is_arn(&arn));
        prop_assert!(!shape::is_arn(&arn.replace("kinesisvideo", "kinesis")));
        let longer = format!("{arn}/");
        prop_assert!(!shape::is_arn(&longer));
        let _ = shape::is_arn(&junk);
    }
}

#[tokio::test(start_paused = true)]
async fn a_socket_survives_nonsense() {
    let sim = Sim::new();
    let mut viewer = sim.viewer("kitchen").await;
    let nonsense = [
        "",
        "{}",
        "[]",
        "null",
        "\"action\"",
        "{\"action\": 7}",
        "{\"action\": \"SDP_OFFER\", \"Action\": \"SDP_OFFER\"}",
        "{\"action\": \"SDP_OFFER\"}",
        "{\"action\": \"SDP_OFFER\", \"messagePayload\": null}",
        "{\"action\": \"SDP_OFFER\", \"messagePayload\": \"%%%\"}",
        "{\"action\": \"GO_AWAY\", \"messagePayload\": \"YQ==\"}",
        "{\"action\": \"SDP_OFFER\", \"messagePayload\": \"YQ==\", \"correlationId\": \"a b\"}",
    ];
    for text in nonsense {
        viewer.send_text(text).await;
        assert!(viewer.is_quiet().await, "{text}");
    }
    viewer.send_text("{\"action\": \"NEWS\", \"correlationId\": \"c-1\"}").await;
    let refused = viewer.next().await;
    assert_eq!(refused["statusResponse"]["statusCode"], "400");
    assert_eq!(sim.dropped().len(), nonsense.len(), "all but the empty one, and the last");
}
