//! Create, describe, list, update and delete, with the errors, codes and shapes of AWS's model.

mod support;

use serde_json::json;
use support::Bench;

#[tokio::test]
async fn a_channel_s_life() {
    let bench = Bench::new().await;
    let body = json!({
        "ChannelName": "garage",
        "ChannelType": "SINGLE_MASTER",
        "SingleMasterConfiguration": { "MessageTtlSeconds": 5 },
        "Tags": [{ "Key": "room", "Value": "" }],
        "Unheard": "of",
    });
    let created = bench.call("/createSignalingChannel", &body.to_string()).await;
    assert_eq!(created.status, 200, "{created:?}");
    assert_eq!(created.header("content-type"), Some("application/json"));
    assert_eq!(created.header("x-amzn-requestid").map(str::len), Some(36));
    assert!(created.header("date").expect("a date").ends_with(" GMT"));
    let arn = created.json()["ChannelARN"].as_str().expect("an ARN").to_owned();
    let (start, stamp) = arn.rsplit_once('/').expect("a creation time");
    assert_eq!(start, "arn:aws:kinesisvideo:us-west-2:123456789012:channel/garage");
    assert_eq!(stamp.len(), 13);

    let described = bench.call("/describeSignalingChannel", r#"{"ChannelName": "garage"}"#).await;
    let info = described.json()["ChannelInfo"].clone();
    assert_eq!(info["ChannelARN"], arn.as_str());
    assert_eq!(info["ChannelStatus"], "ACTIVE");
    assert_eq!(info["ChannelType"], "SINGLE_MASTER");
    assert_eq!(info["SingleMasterConfiguration"]["MessageTtlSeconds"], 5);
    assert!(info["CreationTime"].as_f64().expect("seconds") > 1.7e9);
    let version = info["Version"].as_str().expect("a version").to_owned();

    let body = json!({
        "ChannelARN": arn,
        "CurrentVersion": version,
        "SingleMasterConfiguration": { "MessageTtlSeconds": 120 },
    });
    let updated = bench.call("/updateSignalingChannel", &body.to_string()).await;
    assert_eq!((updated.status, updated.body.as_str()), (200, "{}"));
    let again = bench.call("/updateSignalingChannel", &body.to_string()).await;
    assert_eq!((again.status, again.error()), (400, "VersionMismatchException"));

    let by_arn = json!({ "ChannelARN": arn }).to_string();
    let described = bench.call("/describeSignalingChannel", &by_arn).await.json();
    assert_ne!(described["ChannelInfo"]["Version"], version.as_str());

    let body = json!({ "ChannelARN": arn, "CurrentVersion": version }).to_string();
    let stale = bench.call("/deleteSignalingChannel", &body).await;
    assert_eq!((stale.status, stale.error()), (400, "VersionMismatchException"));
    // AWS's C SDK sends an empty version when it never described the channel.
    let body = json!({ "ChannelARN": arn, "CurrentVersion": "" }).to_string();
    let deleted = bench.call("/deleteSignalingChannel", &body).await;
    assert_eq!((deleted.status, deleted.body.as_str()), (200, "{}"));
    let gone = bench.call("/describeSignalingChannel", &by_arn).await;
    assert_eq!((gone.status, gone.error()), (404, "ResourceNotFoundException"));
    let text = "The requested channel is not found or not active.";
    assert_eq!(gone.json(), json!({ "Message": text }));
}

#[tokio::test]
async fn lists_are_paged_and_filtered() {
    let bench = Bench::new().await;
    for name in ["a1", "a2", "a3", "b1"] {
        bench.mock.create_channel(name, None).expect("a channel");
    }
    let names = |answer: &support::Answer| -> Vec<String> {
        let list = answer.json()["ChannelInfoList"].as_array().expect("a list").clone();
        list.iter().map(|info| info["ChannelName"].as_str().expect("a name").into()).collect()
    };
    let condition = json!({ "ComparisonOperator": "BEGINS_WITH", "ComparisonValue": "a" });
    let mut body = json!({ "MaxResults": 2, "ChannelNameCondition": condition });
    let first = bench.call("/listSignalingChannels", &body.to_string()).await;
    assert_eq!(names(&first), ["a1", "a2"]);
    body["NextToken"] = first.json()["NextToken"].clone();
    let second = bench.call("/listSignalingChannels", &body.to_string()).await;
    assert_eq!(names(&second), ["a3"]);
    assert_eq!(second.json().get("NextToken"), None);
    let all = bench.call("/listSignalingChannels", "").await;
    assert_eq!(names(&all), ["a1", "a2", "a3", "b1", "front-door"]);
}

#[tokio::test]
async fn what_the_model_forbids_is_an_invalid_argument() {
    let bench = Bench::new().await;
    let long = "x".repeat(257);
    let cases = [
        ("/createSignalingChannel", json!({})),
        ("/createSignalingChannel", json!({ "ChannelName": "" })),
        ("/createSignalingChannel", json!({ "ChannelName": "a b" })),
        ("/createSignalingChannel", json!({ "ChannelName": long })),
        ("/createSignalingChannel", json!({ "ChannelName": "x", "ChannelType": "MESH" })),
        (
            "/createSignalingChannel",
            json!({ "ChannelName": "x", "SingleMasterConfiguration": { "MessageTtlSeconds": 4 } }),
        ),
        (
            "/createSignalingChannel",
            json!({ "ChannelName": "x", "SingleMasterConfiguration": { "MessageTtlSeconds": 121 } }),
        ),
        ("/describeSignalingChannel", json!({})),
        ("/describeSignalingChannel", json!({ "ChannelARN": "arn:aws:s3:::bucket" })),
        ("/listSignalingChannels", json!({ "MaxResults": 0 })),
        ("/listSignalingChannels", json!({ "MaxResults": 10_001 })),
        ("/listSignalingChannels", json!({ "NextToken": "%" })),
        ("/updateSignalingChannel", json!({ "ChannelARN": bench.arn })),
        ("/updateSignalingChannel", json!({ "ChannelARN": bench.arn, "CurrentVersion": "a-b" })),
        ("/getSignalingChannelEndpoint", json!({})),
        ("/v1/get-ice-server-config", json!({ "ChannelARN": bench.arn, "Service": "STUN" })),
        ("/v1/get-ice-server-config", json!({ "ChannelARN": bench.arn, "ClientId": "a b" })),
    ];
    for (path, body) in cases {
        let answer = bench.call(path, &body.to_string()).await;
        let found = (answer.status, answer.error());
        assert_eq!(found, (400, "InvalidArgumentException"), "{path} {body}");
        assert!(answer.json()["Message"].is_string(), "{path} {body}");
    }
    let twice = bench.call("/createSignalingChannel", r#"{"ChannelName": "front-door"}"#).await;
    assert_eq!((twice.status, twice.error()), (400, "ResourceInUseException"));
    let tags: Vec<_> = (0..51).map(|n| json!({ "Key": format!("k{n}"), "Value": "v" })).collect();
    let body = json!({ "ChannelName": "tagged", "Tags": tags }).to_string();
    let tagged = bench.call("/createSignalingChannel", &body).await;
    assert_eq!((tagged.status, tagged.error()), (400, "TagsPerResourceExceededLimitException"));
    let broken = bench.call("/createSignalingChannel", "{").await;
    assert_eq!((broken.status, broken.error()), (400, "SerializationException"));
    let unknown = bench.call("/createSignallingChannel", "{}").await;
    assert_eq!((unknown.status, unknown.error()), (404, "UnknownOperationException"));
}
