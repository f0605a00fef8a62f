//! Answers to calls, and to the upgrade.

use super::support::{self, Bench, fault};
use super::{BODY, PATH, under};

#[tokio::test]
async fn http_errors_at_the_call_and_as_often_as_they_say() {
    let bench = Bench::new().await;
    let spec = r#"{"fault": "http-error", "call": "describe", "status": 500, "nth": 2}"#;
    bench.mock.arm(fault(spec)).expect("armed");
    assert_eq!(bench.call(PATH, BODY).await.status, 200);
    let second = bench.call(PATH, BODY).await;
    assert_eq!((second.status, second.error()), (500, "InternalFailure"));
    assert_eq!(bench.call(PATH, BODY).await.status, 200);
    assert_eq!(bench.count("fault.fired"), 1);

    let spec = r#"{"fault": "http-error", "status": 429, "error": "ThrottlingException",
                   "message": "slow \"down\"", "as": "throttle"}"#;
    let rule = bench.mock.arm(fault(spec)).expect("armed");
    let first = bench.call(PATH, BODY).await;
    assert_eq!((first.status, first.error()), (429, "ThrottlingException"));
    assert_eq!(first.json()["Message"], "slow \"down\"");
    assert!(bench.mock.heal(&rule));
    assert!(!bench.mock.heal(&rule), "healed once");
    assert_eq!(bench.call(PATH, BODY).await.status, 200);
}

#[tokio::test]
async fn html_split_and_chunked_bodies() {
    let bench = Bench::new().await;
    let html = bench.mock.arm(fault(r#"{"fault": "html-error", "status": 502}"#)).expect("armed");
    let page = bench.call(PATH, BODY).await;
    assert_eq!((page.status, page.header("content-type")), (502, Some("text/html")));
    assert!(page.body.starts_with("<html>"));
    bench.mock.heal(&html);

    let split = r#"{"fault": "split-body", "bytes": "7B", "delay": "1ms"}"#;
    let split = bench.mock.arm(fault(split)).expect("armed");
    let pieces = bench.call(PATH, BODY).await;
    assert!(pieces.header("content-length").is_some());
    assert_eq!(pieces.json()["ChannelInfo"]["ChannelName"], "front-door");
    bench.mock.heal(&split);

    bench.mock.arm(fault(r#"{"fault": "chunked", "bytes": "10B"}"#)).expect("armed");
    let chunks = bench.call(PATH, BODY).await;
    assert_eq!(chunks.header("transfer-encoding"), Some("chunked"));
    assert_eq!(chunks.json()["ChannelInfo"]["ChannelName"], "front-door");
}

#[tokio::test]
async fn an_answer_comes_later() {
    let bench = Bench::new().await;
    bench.mock.arm(fault(r#"{"fault": "http-delay", "delay": "150ms"}"#)).expect("armed");
    let before = bench.mock.now_us();
    assert_eq!(bench.call(PATH, BODY).await.status, 200);
    assert!(bench.mock.now_us() - before >= 150_000);
}

#[tokio::test]
async fn the_upgrade_is_refused_and_other_calls_are_not() {
    let bench = Bench::new().await;
    let spec = r#"{"fault": "upgrade-error", "status": 503, "times": 1}"#;
    bench.mock.arm(fault(spec)).expect("armed");
    assert_eq!(bench.call(PATH, BODY).await.status, 200);
    let refused = bench.connect(bench.device, None).await.err().expect("refused");
    assert_eq!(refused.status, 503);
    let _master = bench.master().await;
}

#[tokio::test]
async fn any_modelled_exception_by_its_name() {
    for (error, status, key) in [
        ("AccessDeniedException", 401, "Message"),
        ("AccountChannelLimitExceededException", 400, "Message"),
        ("ClientLimitExceededException", 400, "Message"),
        ("InvalidClientException", 400, "message"),
        ("NotAuthorizedException", 401, "Message"),
        ("ResourceNotFoundException", 404, "Message"),
        ("SessionExpiredException", 400, "message"),
    ] {
        let spec = format!(r#"{{"fault": "http-error", "error": "{error}"}}"#);
        let answer = under(&spec).await.call(PATH, BODY).await;
        assert_eq!((answer.status, answer.error()), (status, error));
        assert!(answer.json()[key].is_string(), "{answer:?}");
    }
    // The storage model has its own key for all of them.
    let spec = r#"{"fault": "http-error", "status": 403, "error": "AccessDeniedException",
                   "call": "join-storage"}"#;
    let bench = under(spec).await;
    let body = format!(r#"{{"channelArn": "{}"}}"#, bench.arn);
    let answer = bench.call("/joinStorageSession", &body).await;
    assert_eq!(answer.status, 403);
    assert!(answer.json()["message"].is_string(), "{answer:?}");
}

#[tokio::test]
async fn every_call_has_its_word() {
    for (word, path) in [
        ("create", "/createSignalingChannel"),
        ("describe", "/describeSignalingChannel"),
        ("list", "/listSignalingChannels"),
        ("update", "/updateSignalingChannel"),
        ("delete", "/deleteSignalingChannel"),
        ("endpoint", "/getSignalingChannelEndpoint"),
        ("ice-config", "/v1/get-ice-server-config"),
        ("tag", "/TagResource"),
        ("untag", "/UntagResource"),
        ("list-tags", "/ListTagsForResource"),
        ("describe-storage", "/describeMediaStorageConfiguration"),
        ("update-storage", "/updateMediaStorageConfiguration"),
        ("alexa-offer", "/v1/send-alexa-offer-to-master"),
        ("join-storage", "/joinStorageSession"),
        ("join-storage", "/joinStorageSessionAsViewer"),
    ] {
        let spec = format!(r#"{{"fault": "http-error", "status": 418, "call": "{word}"}}"#);
        let bench = under(&spec).await;
        assert_eq!(bench.call(path, "{}").await.status, 418, "{word}");
        let other = if word == "list" { PATH } else { "/listSignalingChannels" };
        assert_ne!(bench.call(other, BODY).await.status, 418, "{word}");
    }
    let spec = r#"{"fault": "http-error", "status": 429, "call": "role-alias"}"#;
    let bench = under(spec).await;
    let request = format!(
        "GET /role-aliases/cameras/credentials HTTP/1.1\r\nhost: {}\r\n\r\n",
        support::HOST
    );
    let answer = bench.exchange(&request).await.expect("an answer");
    assert_eq!((answer.status, answer.error()), (429, "ThrottlingException"));
}

#[tokio::test]
async fn a_late_101() {
    let bench = under(r#"{"fault": "http-delay", "call": "connect", "delay": "150ms"}"#).await;
    let before = bench.mock.now_us();
    let _master = bench.master().await;
    assert!(bench.mock.now_us() - before >= 150_000);
}

#[tokio::test]
async fn a_captive_portal() {
    let answer = under(r#"{"fault": "redirect"}"#).await.call(PATH, BODY).await;
    assert_eq!((answer.status, answer.header("content-type")), (302, Some("text/html")));
    assert_eq!(answer.header("location"), Some("http://portal.invalid/login"));
    let spec = r#"{"fault": "redirect", "status": 307, "message": "https://elsewhere.invalid/"}"#;
    let answer = under(spec).await.call(PATH, BODY).await;
    assert_eq!(answer.status, 307);
    assert_eq!(answer.header("location"), Some("https://elsewhere.invalid/"));
}

#[tokio::test]
async fn a_body_that_ends_with_the_connection() {
    let answer = under(r#"{"fault": "no-length"}"#).await.call(PATH, BODY).await;
    assert_eq!(answer.header("content-length"), None);
    assert_eq!(answer.header("transfer-encoding"), None);
    assert_eq!(answer.json()["ChannelInfo"]["ChannelName"], "front-door");
}

#[tokio::test]
async fn a_body_that_no_buffer_holds() {
    let answer = under(r#"{"fault": "oversize", "bytes": "100kB"}"#).await.call(PATH, BODY).await;
    assert_eq!(answer.header("content-length"), Some("100000"));
    assert_eq!(answer.json()["ChannelInfo"]["ChannelName"], "front-door");
}

#[tokio::test]
async fn a_body_that_is_no_json() {
    let answer = under(r#"{"fault": "bad-json"}"#).await.call(PATH, BODY).await;
    assert_eq!(answer.status, 200);
    assert!(answer.body.starts_with("{\"ChannelInfo\""), "{answer:?}");
    assert!(serde_json::from_str::<serde_json::Value>(&answer.body).is_err(), "{answer:?}");
    let spec = r#"{"fault": "bad-json", "body": "nothing"}"#;
    assert_eq!(under(spec).await.call(PATH, BODY).await.body, "nothing");
}

#[tokio::test]
async fn a_body_with_more_and_with_fewer_members() {
    let answer = under(r#"{"fault": "extra-fields"}"#).await.call(PATH, BODY).await.json();
    assert!(answer["SomethingNew"].is_object());
    assert!(answer["ChannelInfo"]["SomethingNew"].is_object());
    assert_eq!(answer["ChannelInfo"]["ChannelName"], "front-door");

    let spec = r#"{"fault": "missing-fields", "message": "ChannelARN"}"#;
    let answer = under(spec).await.call(PATH, BODY).await.json();
    assert_eq!(answer["ChannelInfo"].get("ChannelARN"), None);
    assert_eq!(answer["ChannelInfo"]["ChannelName"], "front-door");
    let answer = under(r#"{"fault": "missing-fields"}"#).await.call(PATH, BODY).await;
    assert_eq!(answer.body, "{}");
}

#[tokio::test]
async fn a_date_that_is_wrong_by_itself() {
    let bench = Bench::new().await;
    let right = bench.call(PATH, BODY).await;
    bench.mock.arm(fault(r#"{"fault": "wrong-date", "offset": "-8d"}"#)).expect("armed");
    let wrong = bench.call(PATH, BODY).await;
    // The signature, made by the right time, is accepted.
    assert_eq!(wrong.status, 200);
    let day = |answer: &support::Answer| answer.header("date").map(|date| date[5..16].to_owned());
    assert_ne!(day(&right), day(&wrong));
}
