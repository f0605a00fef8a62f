//! Tags and the media-storage configuration of a channel, with the limits of AWS's model.

mod support;

use mock_kvs::{Config, Policies};
use serde_json::{Value, json};
use support::{Answer, Bench};

const STREAM: &str = "arn:aws:kinesisvideo:us-west-2:123456789012:stream/attic/1700000000000";

#[tokio::test]
async fn tags_come_with_the_channel_change_and_go() {
    let bench = Bench::new().await;
    let body = json!({
        "ChannelName": "garage",
        "Tags": [{ "Key": "room", "Value": "" }, { "Key": "größe:1", "Value": "a b/c=+-@" }],
    });
    let created = bench.call("/createSignalingChannel", &body.to_string()).await;
    let arn = created.json()["ChannelARN"].as_str().expect("an ARN").to_owned();
    assert_eq!(list(&bench, &arn).await, json!({ "room": "", "größe:1": "a b/c=+-@" }));

    let body = json!({
        "ResourceARN": arn,
        "Tags": [{ "Key": "room", "Value": "attic" }, { "Key": "floor", "Value": "2" }],
    });
    let tagged = bench.call("/TagResource", &body.to_string()).await;
    assert_eq!((tagged.status, tagged.body.as_str()), (200, "{}"));
    let body = json!({ "ResourceARN": arn, "TagKeyList": ["größe:1", "never there"] });
    let untagged = bench.call("/UntagResource", &body.to_string()).await;
    assert_eq!((untagged.status, untagged.body.as_str()), (200, "{}"));
    assert_eq!(list(&bench, &arn).await, json!({ "room": "attic", "floor": "2" }));
    assert_eq!(list(&bench, &bench.arn).await, json!({}));
}

#[tokio::test]
async fn a_channel_has_at_most_fifty_tags() {
    let bench = Bench::new().await;
    let tags = |range: std::ops::Range<u32>| -> Vec<Value> {
        range.map(|n| json!({ "Key": format!("k{n}"), "Value": "v" })).collect()
    };
    let body = json!({ "ResourceARN": bench.arn, "Tags": tags(0..50) }).to_string();
    assert_eq!(bench.call("/TagResource", &body).await.status, 200);
    let body = json!({ "ResourceARN": bench.arn, "Tags": tags(50..51) }).to_string();
    let refused = bench.call("/TagResource", &body).await;
    assert_eq!((refused.status, refused.error()), (400, "TagsPerResourceExceededLimitException"));
    let kept = list(&bench, &bench.arn).await;
    assert_eq!(kept.as_object().map(serde_json::Map::len), Some(50), "all or none are added");
    let body = json!({ "ResourceARN": bench.arn, "Tags": tags(7..8) }).to_string();
    assert_eq!(bench.call("/TagResource", &body).await.status, 200, "no new key");
}

#[tokio::test]
async fn what_the_model_forbids_of_tags_is_an_invalid_argument() {
    let bench = Bench::new().await;
    let tag = |key: &str, value: &str| json!([{ "Key": key, "Value": value }]);
    let arn = &bench.arn;
    let cases = [
        ("/TagResource", json!({ "Tags": tag("a", "b") })),
        ("/TagResource", json!({ "ResourceARN": arn })),
        ("/TagResource", json!({ "ResourceARN": arn, "Tags": [] })),
        ("/TagResource", json!({ "ResourceARN": arn, "Tags": [{ "Key": "a" }] })),
        ("/TagResource", json!({ "ResourceARN": arn, "Tags": tag("", "b") })),
        ("/TagResource", json!({ "ResourceARN": arn, "Tags": tag("a!", "b") })),
    ];
    for (path, body) in cases {
        invalid(&bench.call(path, &body.to_string()).await, &body);
    }
    // Another channel: five calls a second and channel are the quota.
    let arn = &bench.mock.create_channel("shed", None).expect("a channel").arn;
    let cases = [
        ("/TagResource", json!({ "ResourceARN": arn, "Tags": tag(&"k".repeat(129), "b") })),
        ("/TagResource", json!({ "ResourceARN": arn, "Tags": tag("a", &"v".repeat(257)) })),
        ("/UntagResource", json!({ "ResourceARN": arn })),
        ("/UntagResource", json!({ "ResourceARN": arn, "TagKeyList": [] })),
        ("/UntagResource", json!({ "ResourceARN": arn, "TagKeyList": vec!["k"; 51] })),
        ("/ListTagsForResource", json!({})),
        ("/ListTagsForResource", json!({ "ResourceARN": arn, "NextToken": "%" })),
    ];
    for (path, body) in cases {
        invalid(&bench.call(path, &body.to_string()).await, &body);
    }
    let body = json!({ "ResourceARN": bench.arn.replace("front-door", "gone") }).to_string();
    let gone = bench.call("/ListTagsForResource", &body).await;
    assert_eq!((gone.status, gone.error()), (404, "ResourceNotFoundException"));
}

#[tokio::test]
async fn storage_is_disabled_until_it_is_enabled() {
    let bench = Bench::new().await;
    let by_name = json!({ "ChannelName": "front-door" });
    let by_arn = json!({ "ChannelARN": bench.arn });
    assert_eq!(storage(&bench, &by_name).await, json!({ "Status": "DISABLED" }));
    let enabled = json!({ "Status": "ENABLED", "StreamARN": STREAM });
    let updated = set_storage(&bench, &enabled).await;
    assert_eq!((updated.status, updated.body.as_str()), (200, "{}"));
    assert_eq!(storage(&bench, &by_arn).await, enabled);
    assert_eq!(set_storage(&bench, &json!({ "Status": "DISABLED" })).await.status, 200);
    assert_eq!(storage(&bench, &by_name).await, json!({ "Status": "DISABLED" }));
}

#[tokio::test]
async fn what_cannot_be_stored_in_is_refused() {
    let bench = Bench::new().await;
    for configuration in [
        json!({ "StreamARN": STREAM }),
        json!({ "Status": "ENABLED" }),
        json!({ "Status": "ON", "StreamARN": STREAM }),
        json!({ "Status": "ENABLED", "StreamARN": bench.arn }),
    ] {
        invalid(&set_storage(&bench, &configuration).await, &configuration);
    }
    let elsewhere = STREAM.replace("us-west-2", "eu-west-1");
    let answer = set_storage(&bench, &json!({ "Status": "ENABLED", "StreamARN": elsewhere })).await;
    assert_eq!((answer.status, answer.error()), (404, "ResourceNotFoundException"));

    let policies = Policies { data_retention: false, ..Policies::default() };
    let bench = Bench::with(Config { policies, ..Config::default() }).await;
    let answer = set_storage(&bench, &json!({ "Status": "ENABLED", "StreamARN": STREAM })).await;
    assert_eq!((answer.status, answer.error()), (400, "NoDataRetentionException"));
}

async fn list(bench: &Bench, arn: &str) -> Value {
    let body = json!({ "ResourceARN": arn }).to_string();
    bench.call("/ListTagsForResource", &body).await.json()["Tags"].clone()
}

async fn storage(bench: &Bench, which: &Value) -> Value {
    let answer = bench.call("/describeMediaStorageConfiguration", &which.to_string()).await;
    answer.json()["MediaStorageConfiguration"].clone()
}

async fn set_storage(bench: &Bench, configuration: &Value) -> Answer {
    let body = json!({ "ChannelARN": bench.arn, "MediaStorageConfiguration": configuration });
    bench.call("/updateMediaStorageConfiguration", &body.to_string()).await
}

fn invalid(answer: &Answer, body: &Value) {
    assert_eq!((answer.status, answer.error()), (400, "InvalidArgumentException"), "{body}");
}
