//! Each way in which a signature can be wrong has its own answer, on calls and on the upgrade, with
//! the literal texts that AWS's SDKs look for.

mod support;

use std::time::Duration;

use mock_kvs::{Change, IssuedCredentials};
use support::socket::{connect, presigned};
use support::{Bench, HOST, signed_post};

const PATH: &str = "/describeSignalingChannel";
const BODY: &str = r#"{"ChannelName": "front-door"}"#;

#[tokio::test]
async fn on_calls() {
    let bench = Bench::new().await;
    let now = bench.wall();
    let old = bench.call_with(&bench.keys, now - Duration::from_secs(302), PATH, BODY).await;
    assert_eq!((old.status, old.error()), (403, "InvalidSignatureException"));
    assert!(old.body.contains("Signature expired"), "{}", old.body);
    let early = bench.call_with(&bench.keys, now + Duration::from_secs(330), PATH, BODY).await;
    assert_eq!((early.status, early.error()), (403, "InvalidSignatureException"));
    assert!(early.body.contains("Signature not yet current"), "{}", early.body);
    for seconds in [-290, 290_i64] {
        let at = if seconds < 0 {
            now - Duration::from_secs(290)
        } else {
            now + Duration::from_secs(290)
        };
        assert_eq!(bench.call_with(&bench.keys, at, PATH, BODY).await.status, 200, "{seconds}");
    }

    let forged = IssuedCredentials { secret_key: "forged".into(), ..bench.keys.clone() };
    let wrong = bench.call_with(&forged, now, PATH, BODY).await;
    assert_eq!((wrong.status, wrong.error()), (403, "InvalidSignatureException"));
    assert!(wrong.body.contains("does not match the signature you provided"), "{}", wrong.body);
    let stranger = IssuedCredentials { access_key_id: "AKIANOBODY".into(), ..bench.keys.clone() };
    let unknown = bench.call_with(&stranger, now, PATH, BODY).await;
    assert_eq!((unknown.status, unknown.error()), (403, "UnrecognizedClientException"));

    let request = signed_post(&bench.keys, now, HOST, PATH, BODY);
    let tampered = bench.exchange(&request.replace("front-door", "back--door")).await;
    assert_eq!(tampered.expect("an answer").error(), "InvalidSignatureException");
    let unsigned: String =
        request.split_inclusive("\r\n").filter(|l| !l.starts_with("authorization")).collect();
    let unsigned = bench.exchange(&unsigned).await.expect("an answer");
    assert_eq!((unsigned.status, unsigned.error()), (403, "MissingAuthenticationTokenException"));
    assert!(unsigned.header("date").is_some(), "a client learns the time from it");
    // An empty token is refused, as AWS does, though the keys have none (spec §2.2).
    let empty = request.replace("\r\n\r\n", "\r\nx-amz-security-token: \r\n\r\n");
    let empty = bench.exchange(&empty).await.expect("an answer");
    assert_eq!((empty.status, empty.error()), (403, "UnrecognizedClientException"));
}

#[tokio::test]
async fn a_session_token_may_stand_unsigned_as_the_c_sdk_sends_it() {
    let bench = Bench::new().await;
    let keys = bench.mock.issue_credentials(Some(Duration::from_secs(900)));
    let request = signed_post(&keys, bench.wall(), HOST, PATH, BODY);
    assert_eq!(bench.exchange(&request).await.expect("an answer").status, 200);
    let long_term = IssuedCredentials { session_token: None, ..keys.clone() };
    let request = signed_post(&long_term, bench.wall(), HOST, PATH, BODY);
    let token = keys.session_token.expect("a token");
    let added = request.replace("\r\n\r\n", &format!("\r\nx-amz-security-token: {token}\r\n\r\n"));
    assert_eq!(bench.exchange(&added).await.expect("an answer").status, 200);
    let missing = bench.exchange(&request).await.expect("an answer");
    assert_eq!(missing.error(), "UnrecognizedClientException");
}

#[tokio::test]
async fn on_the_upgrade() {
    let bench = Bench::new().await;
    let now = bench.wall();
    let late = presigned(&bench.keys, now - Duration::from_secs(310), &bench.arn, None, 299);
    let refused = connect(&bench.mock, bench.device, &late).await.err().expect("refused");
    assert_eq!((refused.status, refused.error.as_str()), (403, "InvalidSignatureException"));
    let early = presigned(&bench.keys, now + Duration::from_secs(420), &bench.arn, None, 299);
    let refused = connect(&bench.mock, bench.device, &early).await.err().expect("refused");
    assert_eq!((refused.status, refused.error.as_str()), (403, "InvalidSignatureException"));
    // A long Expires outlives the five minutes.
    let patient =
        presigned(&bench.keys, now - Duration::from_secs(3600), &bench.arn, None, 604_800);
    assert!(connect(&bench.mock, bench.device, &patient).await.is_ok());
    for expires in [0, 604_801] {
        let url = presigned(&bench.keys, now, &bench.arn, None, expires);
        let refused = connect(&bench.mock, bench.device, &url).await.err().expect("refused");
        assert_eq!(refused.error, "IncompleteSignatureException", "{expires}");
    }
    let url =
        presigned(&bench.keys, now, &bench.arn, Some("a"), 299).replace("ClientId=a", "ClientId=b");
    let refused = connect(&bench.mock, bench.device, &url).await.err().expect("refused");
    assert_eq!((refused.status, refused.error.as_str()), (403, "InvalidSignatureException"));
}

#[tokio::test]
async fn expired_and_revoked_credentials() {
    let bench = Bench::new().await;
    let keys = bench.mock.issue_credentials(Some(Duration::from_secs(900)));
    let url = presigned(&keys, bench.wall(), &bench.arn, None, 299);
    let mut master = connect(&bench.mock, bench.device, &url).await.expect("a master");
    let expire = Change::ExpireCredentials { key: Some(keys.access_key_id.clone()) };
    assert_eq!(bench.mock.change(&expire), Ok(1));
    bench.expect("expiry", |record| record.event.name() == "credentials.expired").await;
    let answer = bench.call_with(&keys, bench.wall(), PATH, BODY).await;
    assert_eq!((answer.status, answer.error()), (403, "ExpiredTokenException"));
    assert!(answer.json()["message"].as_str().expect("a text").contains("expired"));
    // Signed now, with the dead credentials.
    let url = presigned(&keys, bench.wall(), &bench.arn, None, 299);
    let refused = connect(&bench.mock, bench.device, &url).await.err().expect("refused");
    assert_eq!((refused.status, refused.error.as_str()), (403, "ExpiredTokenException"));
    // An open socket survives its credentials (spec §2.3).
    assert!(master.is_quiet().await);
    assert_eq!(bench.mock.change(&Change::RevokeCredentials { key: None }), Ok(2));
    let answer = bench.call(PATH, BODY).await;
    assert_eq!((answer.status, answer.error()), (403, "UnrecognizedClientException"));
}
