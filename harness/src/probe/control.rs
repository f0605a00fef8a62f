//! Probes of the HTTPS calls.

use std::io;

use serde_json::{Value, json};

use super::client::{Answer, Client, Keys, Signed};
use super::tape::{Provenance, Tape};

const CREATE: &str = "/createSignalingChannel";
const DESCRIBE: &str = "/describeSignalingChannel";
const ENDPOINT: &str = "/getSignalingChannelEndpoint";

async fn call(
    client: &Client,
    tape: &mut Tape,
    path: &str,
    body: &Value,
    signed: Signed<'_>,
) -> io::Result<Answer> {
    tape.asked(&format!("POST {path} {body}"));
    let answer = client.post(&client.host(), path, &body.to_string(), signed).await?;
    tape.answered(&answer);
    Ok(answer)
}

pub(super) async fn create(
    client: &Client,
    tape: &mut Tape,
    channel: &str,
) -> io::Result<Option<String>> {
    let body = json!({ "ChannelName": channel });
    tape.begin("absent", Provenance::Sdk, "A channel that is not there");
    call(client, tape, DESCRIBE, &body, Signed::Well).await?;
    tape.begin("create", Provenance::Model, "A channel is created");
    let path = CREATE;
    tape.asked(&format!("POST {path} {body}"));
    let answer = client.post(&client.host(), path, &body.to_string(), Signed::Well).await?;
    let arn = answer.text("/ChannelARN");
    if let Some(arn) = &arn {
        tape.hide(arn, "<arn>");
        tape.hide(arn.split(':').nth(4).unwrap_or_default(), "<account>");
    }
    tape.answered(&answer);
    tape.begin("create-again", Provenance::Model, "Its name is taken");
    call(client, tape, path, &body, Signed::Well).await?;
    Ok(arn)
}

pub(super) async fn describe(
    client: &Client,
    tape: &mut Tape,
    channel: &str,
    arn: &str,
) -> io::Result<()> {
    tape.begin("describe", Provenance::Model, "A channel by its name, by its ARN, and by neither");
    call(client, tape, DESCRIBE, &json!({ "ChannelName": channel }), Signed::Well).await?;
    call(client, tape, DESCRIBE, &json!({ "ChannelARN": arn }), Signed::Well).await?;
    call(client, tape, DESCRIBE, &json!({}), Signed::Well).await?;
    tape.begin("list", Provenance::Model, "Channels whose names begin with this one's");
    let begins = json!({ "ComparisonOperator": "BEGINS_WITH", "ComparisonValue": channel });
    let body = json!({ "ChannelNameCondition": begins, "MaxResults": 1 });
    call(client, tape, "/listSignalingChannels", &body, Signed::Well).await.map(drop)
}

pub(super) async fn refuse(
    client: &Client,
    tape: &mut Tape,
    channel: &str,
    arn: &str,
) -> io::Result<()> {
    tape.begin("bad-name", Provenance::Field, "The text of a violated constraint");
    call(client, tape, CREATE, &json!({ "ChannelName": "no spaces" }), Signed::Well).await?;
    tape.begin("bad-json", Provenance::Ours, "A body that is not JSON");
    tape.asked(&format!("POST {DESCRIBE} {{"));
    let answer = client.post(&client.host(), DESCRIBE, "{", Signed::Well).await?;
    tape.answered(&answer);
    tape.begin("unknown-path", Provenance::Ours, "A path that no operation has");
    call(client, tape, "/noSuchOperation", &json!({}), Signed::Well).await?;
    tape.begin("old-version", Provenance::Model, "An update under another version");
    let other = json!({ "ChannelARN": arn, "CurrentVersion": "AAAAAAAAAAAAAAAAAAAA" });
    call(client, tape, "/updateSignalingChannel", &other, Signed::Well).await?;
    tape.begin("extra-member", Provenance::Ours, "A member that the model does not have");
    let body = json!({ "ChannelName": channel, "Surprise": true });
    call(client, tape, DESCRIBE, &body, Signed::Well).await.map(drop)
}

pub(super) async fn signatures(client: &Client, tape: &mut Tape, channel: &str) -> io::Result<()> {
    let body = json!({ "ChannelName": channel });
    tape.begin("unsigned", Provenance::Doc, "No signature");
    call(client, tape, DESCRIBE, &body, Signed::Not).await?;
    tape.begin("old-date", Provenance::Sdk, "Signed ten minutes ago");
    call(client, tape, DESCRIBE, &body, Signed::At(-600)).await?;
    tape.begin("early-date", Provenance::Sdk, "Signed ten minutes from now");
    call(client, tape, DESCRIBE, &body, Signed::At(600)).await?;
    let wrong = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA".to_owned();
    let forged = Keys { secret_key: wrong.clone(), ..client.keys.clone() };
    tape.begin("wrong-secret", Provenance::Doc, "Signed with another secret key");
    call(client, tape, DESCRIBE, &body, Signed::By(&forged)).await?;
    let unknown = Keys {
        access_key_id: "AKIAIOSFODNN7EXAMPLE".to_owned(),
        secret_key: wrong,
        session_token: String::new(),
    };
    tape.begin("unknown-key", Provenance::Doc, "Signed with a key that nobody has");
    call(client, tape, DESCRIBE, &body, Signed::By(&unknown)).await.map(drop)
}

pub(super) async fn tags(client: &Client, tape: &mut Tape, arn: &str) -> io::Result<()> {
    tape.begin("tags", Provenance::Model, "Tags are set, listed and taken away");
    let tagged = json!({ "ResourceARN": arn, "Tags": [{ "Key": "site", "Value": "lab" }] });
    call(client, tape, "/TagResource", &tagged, Signed::Well).await?;
    let listed = json!({ "ResourceARN": arn });
    call(client, tape, "/ListTagsForResource", &listed, Signed::Well).await?;
    let untagged = json!({ "ResourceARN": arn, "TagKeyList": ["site", "absent"] });
    call(client, tape, "/UntagResource", &untagged, Signed::Well).await.map(drop)
}

/// The hosts for WSS and HTTPS.
pub(super) async fn endpoints(
    client: &Client,
    tape: &mut Tape,
    arn: &str,
) -> io::Result<(Option<String>, Option<String>)> {
    let mut found = (None, None);
    tape.begin("endpoints", Provenance::Model, "Endpoints for each role and protocol");
    for role in ["MASTER", "VIEWER"] {
        let asked = json!({ "Protocols": ["WSS", "HTTPS"], "Role": role });
        let body = json!({ "ChannelARN": arn, "SingleMasterChannelEndpointConfiguration": asked });
        let answer = call(client, tape, ENDPOINT, &body, Signed::Well).await?;
        let hosts: Vec<_> = (0..2)
            .filter_map(|place| {
                answer.text(&format!("/ResourceEndpointList/{place}/ResourceEndpoint"))
            })
            .collect();
        let host =
            |scheme: &str| hosts.iter().find_map(|url| url.strip_prefix(scheme)).map(str::to_owned);
        // Both roles' sockets are probed on the master's endpoint: it serves either.
        found = (found.0.or(host("wss://")), found.1.or(host("https://")));
    }
    Ok(found)
}

pub(super) async fn ice(client: &Client, tape: &mut Tape, host: &str, arn: &str) -> io::Result<()> {
    tape.begin("ice-servers", Provenance::Field, "TURN servers, how many URIs, and their TTL");
    let path = "/v1/get-ice-server-config";
    let body = json!({ "ChannelARN": arn, "ClientId": "probe", "Service": "TURN" });
    tape.asked(&format!("POST {path} {body}"));
    let answer = client.post(host, path, &body.to_string(), Signed::Well).await?;
    tape.answered(&answer);
    Ok(())
}

pub(super) async fn delete(client: &Client, tape: &mut Tape, arn: Option<&str>) -> io::Result<()> {
    tape.begin("delete", Provenance::Model, "The channel is deleted, and deleted again");
    let Some(arn) = arn else {
        tape.got("nothing was created");
        return Ok(());
    };
    for _ in 0..2 {
        let body = json!({ "ChannelARN": arn });
        call(client, tape, "/deleteSignalingChannel", &body, Signed::Well).await?;
    }
    Ok(())
}
