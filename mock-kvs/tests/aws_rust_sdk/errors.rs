//! Errors arrive as the types of the model, with the text and the request id beside them.

use std::time::Duration;

use aws_sdk_kinesisvideo::error::ProvideErrorMetadata as _;
use aws_sdk_kinesisvideo::operation::RequestId as _;
use mock_kvs::{Change, ChannelStatus, Config, Policies};

use crate::client::Sdk;
use crate::control_plane::{STREAM, storage_in, tag};

#[tokio::test]
async fn a_name_that_is_taken_or_malformed() {
    let sdk = Sdk::new().await;
    let create = |name: &str| sdk.video.create_signaling_channel().channel_name(name).send();
    let error = create("front-door").await.expect_err("it exists").into_service_error();
    assert!(error.is_resource_in_use_exception(), "{error:?}");
    assert_eq!(error.message(), Some("Channel front-door already exists."));
    assert_eq!(error.request_id().map(str::len), Some(36));
    let error = create("front door").await.expect_err("a space").into_service_error();
    assert!(error.is_invalid_argument_exception(), "{error:?}");
}

#[tokio::test]
async fn a_version_that_is_not_the_latest() {
    let sdk = Sdk::new().await;
    let arn = &sdk.bench.arn;
    let update = sdk.video.update_signaling_channel().channel_arn(arn).current_version("OLD");
    let error = update.send().await.expect_err("stale").into_service_error();
    assert!(error.is_version_mismatch_exception(), "{error:?}");
    let delete = sdk.video.delete_signaling_channel().channel_arn(arn).current_version("OLD");
    let error = delete.send().await.expect_err("stale").into_service_error();
    assert!(error.is_version_mismatch_exception(), "{error:?}");
}

#[tokio::test]
async fn a_channel_that_is_not_active_or_not_there() {
    let sdk = Sdk::new().await;
    let updating = Change::ChannelStatus { channel: None, status: ChannelStatus::Updating };
    sdk.bench.mock.change(&updating).expect("changed");
    let endpoint = || sdk.video.get_signaling_channel_endpoint();
    let error = endpoint().channel_arn(&sdk.bench.arn).send().await.expect_err("not active");
    assert!(error.into_service_error().is_resource_in_use_exception());
    let update = sdk.video.update_media_storage_configuration().channel_arn(&sdk.bench.arn);
    let error = update.media_storage_configuration(storage_in(STREAM)).send().await;
    let error = error.expect_err("not active").into_service_error();
    assert!(error.is_resource_in_use_exception(), "{error:?}");

    let gone = sdk.bench.arn.replace("front-door", "gone");
    let error = endpoint().channel_arn(&gone).send().await.expect_err("gone");
    assert!(error.into_service_error().is_resource_not_found_exception());
    let error = sdk.video.list_tags_for_resource().resource_arn(&gone).send().await;
    assert!(error.expect_err("gone").into_service_error().is_resource_not_found_exception());
    let error = sdk.video.untag_resource().resource_arn(&gone).tag_key_list("a").send().await;
    assert!(error.expect_err("gone").into_service_error().is_resource_not_found_exception());
    let error = sdk.video.describe_media_storage_configuration().channel_arn(&gone).send().await;
    assert!(error.expect_err("gone").into_service_error().is_resource_not_found_exception());
}

#[tokio::test]
async fn too_many_tags() {
    let sdk = Sdk::new().await;
    let tags: Vec<_> = (0..50).map(|n| tag(&format!("k{n}"), "v")).collect();
    let add = || sdk.video.tag_resource().resource_arn(&sdk.bench.arn);
    add().set_tags(Some(tags)).send().await.expect("fifty fit");
    let error = add().tags(tag("one", "more")).send().await.expect_err("51");
    let error = error.into_service_error();
    assert!(error.is_tags_per_resource_exceeded_limit_exception(), "{error:?}");
}

#[tokio::test]
async fn too_many_calls() {
    let sdk = Sdk::new().await;
    // One channel may be described five times a second: of so many at once some must be refused.
    let calls =
        (0..40).map(|_| sdk.video.describe_signaling_channel().channel_arn(&sdk.bench.arn).send());
    let refused: Vec<_> =
        futures_util::future::join_all(calls).await.into_iter().filter_map(Result::err).collect();
    assert!(!refused.is_empty());
    for error in refused {
        let error = error.into_service_error();
        assert!(error.is_client_limit_exceeded_exception(), "{error:?}");
    }
}

#[tokio::test]
async fn a_stream_without_data_retention() {
    let policies = Policies { data_retention: false, ..Policies::default() };
    let sdk = Sdk::with(Config { policies, ..Config::default() }).await;
    let update = sdk.video.update_media_storage_configuration().channel_arn(&sdk.bench.arn);
    let error = update.media_storage_configuration(storage_in(STREAM)).send().await;
    let error = error.expect_err("no retention").into_service_error();
    assert!(error.is_no_data_retention_exception(), "{error:?}");
}

#[tokio::test]
async fn errors_from_before_the_service_carry_their_code() {
    let sdk = Sdk::new().await;
    let describe = |client: &aws_sdk_kinesisvideo::Client| {
        client.describe_signaling_channel().channel_name("front-door").send()
    };
    let mut keys = sdk.bench.mock.issue_credentials(Some(Duration::from_secs(900)));
    let expire = Change::ExpireCredentials { key: Some(keys.access_key_id.clone()) };
    sdk.bench.mock.change(&expire).expect("expired");
    let error = describe(&sdk.video_with(&keys)).await.expect_err("expired");
    assert_eq!(error.code(), Some("ExpiredTokenException"));
    assert_eq!(error.raw_response().map(|raw| raw.status().as_u16()), Some(403));
    keys.access_key_id = "ASIAUNHEARDOF".into();
    let error = describe(&sdk.video_with(&keys)).await.expect_err("unknown");
    assert_eq!(error.code(), Some("UnrecognizedClientException"));
    assert!(error.message().is_some());
}
