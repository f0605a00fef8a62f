//! The service model `kinesisvideo`, as far as it is about signaling channels.

use std::time::{Duration, UNIX_EPOCH};

use aws_sdk_kinesisvideo::types::{
    ChannelNameCondition, ChannelProtocol, ChannelRole, ChannelType, ComparisonOperator,
    MediaStorageConfiguration, MediaStorageConfigurationStatus,
    SingleMasterChannelEndpointConfiguration, SingleMasterConfiguration, Status, Tag,
};

use crate::client::Sdk;

pub const STREAM: &str = "arn:aws:kinesisvideo:us-west-2:123456789012:stream/attic/1700000000000";

#[tokio::test]
async fn a_channel_is_created_described_updated_and_deleted() {
    let sdk = Sdk::new().await;
    let ttl = |seconds| SingleMasterConfiguration::builder().message_ttl_seconds(seconds).build();
    let created = sdk
        .video
        .create_signaling_channel()
        .channel_name("garage")
        .channel_type(ChannelType::SingleMaster)
        .single_master_configuration(ttl(30))
        .tags(tag("room", "attic"))
        .send()
        .await
        .expect("created");
    let arn = created.channel_arn().expect("an ARN");

    let by_name = sdk.video.describe_signaling_channel().channel_name("garage");
    let info = by_name.send().await.expect("described").channel_info.expect("a channel");
    assert_eq!(info.channel_arn(), Some(arn));
    assert_eq!(info.channel_name(), Some("garage"));
    assert_eq!(info.channel_type(), Some(&ChannelType::SingleMaster));
    assert_eq!(info.channel_status(), Some(&Status::Active));
    let message_ttl = info.single_master_configuration().and_then(|c| c.message_ttl_seconds());
    assert_eq!(message_ttl, Some(30));
    let created_at = info.creation_time().expect("a time").to_millis().expect("milliseconds");
    let now = UNIX_EPOCH + Duration::from_millis(sdk.bench.mock.wall_ms());
    let age = now.duration_since(UNIX_EPOCH + Duration::from_millis(created_at.unsigned_abs()));
    assert!(age.expect("in the past") < Duration::from_secs(60));

    let version = info.version().expect("a version");
    let update = sdk.video.update_signaling_channel().channel_arn(arn).current_version(version);
    update.single_master_configuration(ttl(45)).send().await.expect("updated");
    let by_arn = sdk.video.describe_signaling_channel().channel_arn(arn);
    let info = by_arn.send().await.expect("described").channel_info.expect("a channel");
    assert_ne!(info.version(), Some(version));
    let message_ttl = info.single_master_configuration().and_then(|c| c.message_ttl_seconds());
    assert_eq!(message_ttl, Some(45));

    let delete = sdk.video.delete_signaling_channel().channel_arn(arn);
    delete.current_version(info.version().expect("one")).send().await.expect("deleted");
    let again = sdk.video.describe_signaling_channel().channel_arn(arn).send().await;
    assert!(again.expect_err("it is gone").into_service_error().is_resource_not_found_exception());
}

#[tokio::test]
async fn channels_are_listed_by_the_sdk_s_paginator() {
    let sdk = Sdk::new().await;
    for name in ["a1", "a2", "a3", "b1"] {
        sdk.bench.mock.create_channel(name, None).expect("a channel");
    }
    let condition = ChannelNameCondition::builder()
        .comparison_operator(ComparisonOperator::BeginsWith)
        .comparison_value("a")
        .build();
    let list = sdk.video.list_signaling_channels().channel_name_condition(condition);
    let mut pages = list.max_results(2).into_paginator().send();
    let mut names: Vec<Vec<String>> = Vec::new();
    while let Some(page) = pages.next().await {
        let page = page.expect("a page").channel_info_list.expect("a list");
        names.push(page.into_iter().map(|info| info.channel_name.expect("a name")).collect());
    }
    assert_eq!(names, [vec!["a1".to_owned(), "a2".into()], vec!["a3".into()]]);
}

#[tokio::test]
async fn endpoints_of_every_protocol_and_role() {
    let sdk = Sdk::new().await;
    for role in [ChannelRole::Master, ChannelRole::Viewer] {
        let configuration = SingleMasterChannelEndpointConfiguration::builder()
            .protocols(ChannelProtocol::Wss)
            .protocols(ChannelProtocol::Https)
            .protocols(ChannelProtocol::Webrtc)
            .role(role)
            .build();
        let answer = sdk
            .video
            .get_signaling_channel_endpoint()
            .channel_arn(&sdk.bench.arn)
            .single_master_channel_endpoint_configuration(configuration)
            .send()
            .await
            .expect("endpoints");
        let endpoints: Vec<_> = answer
            .resource_endpoint_list()
            .iter()
            .map(|e| (e.protocol().expect("one").as_str(), e.resource_endpoint().expect("one")))
            .collect();
        let (wss, https) =
            (format!("wss://{}", sdk.bench.device), format!("https://{}", sdk.bench.device));
        assert_eq!(endpoints, [("WSS", &*wss), ("HTTPS", &*https), ("WEBRTC", &*https)]);
    }
}

#[tokio::test]
async fn tags_are_added_listed_and_removed() {
    let sdk = Sdk::new().await;
    let arn = &sdk.bench.arn;
    let add = sdk.video.tag_resource().resource_arn(arn);
    add.tags(tag("room", "attic")).tags(tag("floor", "2")).send().await.expect("tagged");
    let list = || sdk.video.list_tags_for_resource().resource_arn(arn).send();
    let tags = list().await.expect("listed").tags.expect("tags");
    assert_eq!(tags.get("room").map(String::as_str), Some("attic"));
    assert_eq!(tags.len(), 2);
    let remove = sdk.video.untag_resource().resource_arn(arn).tag_key_list("room");
    remove.send().await.expect("untagged");
    let tags = list().await.expect("listed").tags.expect("tags");
    assert_eq!(tags.get("floor").map(String::as_str), Some("2"));
    assert_eq!(tags.len(), 1);
}

#[tokio::test]
async fn storage_is_configured() {
    let sdk = Sdk::new().await;
    let arn = &sdk.bench.arn;
    let describe = || sdk.video.describe_media_storage_configuration().channel_arn(arn).send();
    let before = describe().await.expect("described").media_storage_configuration.expect("one");
    assert_eq!(before.status(), &MediaStorageConfigurationStatus::Disabled);
    assert_eq!(before.stream_arn(), None);
    let configuration = storage_in(STREAM);
    let update = sdk.video.update_media_storage_configuration().channel_arn(arn);
    update.media_storage_configuration(configuration.clone()).send().await.expect("updated");
    let after = describe().await.expect("described").media_storage_configuration.expect("one");
    assert_eq!(after, configuration);
}

pub fn storage_in(stream_arn: &str) -> MediaStorageConfiguration {
    MediaStorageConfiguration::builder()
        .stream_arn(stream_arn)
        .status(MediaStorageConfigurationStatus::Enabled)
        .build()
        .expect("a configuration")
}

pub fn tag(key: &str, value: &str) -> Tag {
    Tag::builder().key(key).value(value).build().expect("a tag")
}
