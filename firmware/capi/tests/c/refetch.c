/*
 * Two fetches of one client under a caching policy; which calls that takes is the service's to count.
 * argv: channel, policy, cache file, and what the first fetch is to return (default 0).
 */
#include "check.h"

int main(int argc, char* argv[])
{
    SIGNALING_CLIENT_HANDLE client = INVALID_SIGNALING_CLIENT_HANDLE_VALUE;
    SignalingClientInfo info = {.version = SIGNALING_CLIENT_INFO_CURRENT_VERSION, .clientId = "camera"};
    ChannelInfo channel = {0};
    SignalingClientCallbacks callbacks = {.version = SIGNALING_CLIENT_CALLBACKS_CURRENT_VERSION};
    PAwsCredentialProvider provider = NULL;

    CHECK(argc >= 4);
    info.cacheFilePath = argv[3];
    info.signalingClientCreationMaxRetryAttempts = 0;
    at_the_service(&channel, argv[1], SIGNALING_CHANNEL_ROLE_TYPE_MASTER);
    channel.pCertPath = NULL;
    channel.cachingPolicy = (SIGNALING_API_CALL_CACHE_TYPE) atoi(argv[2]);
    channel.cachingPeriod = SIGNALING_API_CALL_CACHE_TTL_SENTINEL_VALUE;
    channel.useMediaStorage = TRUE;
    provider = the_service_s_keys();
    IS(createSignalingClientSync(&info, &channel, &callbacks, provider, &client), STATUS_NULL_ARG);
    channel.pCertPath = (PCHAR) "/nowhere/ca.pem";
    IS(createSignalingClientSync(&info, &channel, &callbacks, provider, &client),
       STATUS_SIGNALING_INVALID_CERTIFICATE_PATH_LENGTH);
    channel.pCertPath = getenv("AWS_KVS_CACERT_PATH");
    IS(createSignalingClientSync(&info, &channel, &callbacks, provider, &client), STATUS_SUCCESS);
    if (argc > 4) {
        IS(signalingClientFetchSync(client), (STATUS) strtoul(argv[4], NULL, 16));
    } else {
        IS(signalingClientFetchSync(client), STATUS_SUCCESS);
        IS(signalingClientFetchSync(client), STATUS_SUCCESS);
    }
    IS(freeSignalingClient(&client), STATUS_SUCCESS);
    IS(freeStaticCredentialProvider(&provider), STATUS_SUCCESS);
    printf("fetched\n");
    return 0;
}
