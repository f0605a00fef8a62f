//! The service models `kinesisvideosignaling` and `kinesisvideowebrtcstorage`, at the endpoints that
//! the control plane returned.

use aws_sdk_kinesisvideo::types::{
    ChannelProtocol, ChannelRole, SingleMasterChannelEndpointConfiguration,
};
use aws_sdk_kinesisvideosignaling::types::Service;

use crate::client::Sdk;
use crate::control_plane::{STREAM, storage_in};

#[tokio::test]
async fn ice_servers_are_fetched_at_the_returned_endpoint() {
    let sdk = Sdk::new().await;
    let signaling = sdk.signaling(&endpoint(&sdk, ChannelProtocol::Https).await);
    let answer = signaling
        .get_ice_server_config()
        .channel_arn(&sdk.bench.arn)
        .client_id("phone")
        .service(Service::Turn)
        .username("anna")
        .send()
        .await
        .expect("servers");
    let servers = answer.ice_server_list();
    assert_eq!(servers.len(), 2);
    for server in servers {
        assert_eq!((server.ttl(), server.uris().len()), (Some(300), 3));
        assert!(server.username().is_some() && server.password().is_some());
    }
    let get = signaling.get_ice_server_config().channel_arn(&sdk.bench.arn).client_id("a b");
    let error = get.send().await.expect_err("no client id").into_service_error();
    assert!(error.is_invalid_argument_exception(), "{error:?}");
    let gone = sdk.bench.arn.replace("front-door", "gone");
    let get = signaling.get_ice_server_config().channel_arn(gone);
    let error = get.send().await.expect_err("no channel").into_service_error();
    assert!(error.is_resource_not_found_exception(), "{error:?}");
}

#[tokio::test]
async fn an_offer_from_alexa_is_answered_by_the_master() {
    let sdk = Sdk::new().await;
    let signaling = sdk.signaling(&endpoint(&sdk, ChannelProtocol::Https).await);
    let send = || signaling.send_alexa_offer_to_master().sender_client_id("echo");
    let mut master = sdk.bench.master().await;
    let offer = send().channel_arn(&sdk.bench.arn).message_payload("dj0w").send();
    let (answer, ()) = tokio::join!(offer, async {
        let offer = master.next().await;
        assert_eq!(offer["senderClientId"], "echo");
        master.send("SDP_ANSWER", "echo", "v=1", None).await;
    });
    assert_eq!(answer.expect("an answer").answer(), Some("dj0x"));

    let malformed = send().channel_arn(&sdk.bench.arn).message_payload("!").send().await;
    let error = malformed.expect_err("no base64").into_service_error();
    assert!(error.is_invalid_argument_exception(), "{error:?}");
    let gone = send().channel_arn(sdk.bench.arn.replace("front-door", "gone"));
    let error = gone.message_payload("dj0w").send().await.expect_err("gone").into_service_error();
    assert!(error.is_resource_not_found_exception(), "{error:?}");
}

#[tokio::test]
async fn master_and_viewer_join_a_storage_session() {
    let sdk = Sdk::new().await;
    let arn = &sdk.bench.arn;
    let storage = sdk.storage(&endpoint(&sdk, ChannelProtocol::Webrtc).await);
    let error = storage.join_storage_session().channel_arn(arn).send().await;
    let error = error.expect_err("storage is disabled").into_service_error();
    assert!(error.is_invalid_argument_exception(), "{error:?}");
    let update = sdk.video.update_media_storage_configuration().channel_arn(arn);
    update.media_storage_configuration(storage_in(STREAM)).send().await.expect("enabled");

    let mut master = sdk.bench.master().await;
    storage.join_storage_session().channel_arn(arn).send().await.expect("joined");
    assert_eq!(master.next().await["messageType"], "SDP_OFFER");
    let mut viewer = sdk.bench.viewer("phone").await;
    let join = storage.join_storage_session_as_viewer().channel_arn(arn).client_id("phone");
    join.send().await.expect("joined");
    assert_eq!(viewer.next().await["messageType"], "SDP_OFFER");

    let gone = arn.replace("front-door", "gone");
    let error = storage.join_storage_session().channel_arn(&gone).send().await;
    let error = error.expect_err("gone").into_service_error();
    assert!(error.is_resource_not_found_exception(), "{error:?}");
    let join = storage.join_storage_session_as_viewer().channel_arn(&gone).client_id("phone");
    let error = join.send().await.expect_err("gone").into_service_error();
    assert!(error.is_resource_not_found_exception(), "{error:?}");
}

/// The endpoint of a protocol, as the control plane returns it.
async fn endpoint(sdk: &Sdk, protocol: ChannelProtocol) -> String {
    let configuration = SingleMasterChannelEndpointConfiguration::builder()
        .protocols(protocol)
        .role(ChannelRole::Master)
        .build();
    let ask = sdk.video.get_signaling_channel_endpoint().channel_arn(&sdk.bench.arn);
    let answer = ask.single_master_channel_endpoint_configuration(configuration).send().await;
    let endpoints = answer.expect("endpoints").resource_endpoint_list.expect("a list");
    endpoints[0].resource_endpoint().expect("an endpoint").to_owned()
}
