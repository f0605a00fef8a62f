/*
 * ICE servers of a client that is READY: asked for anew once less than 30 s of their time are left (spec §5.7, §4.8).
 * The service gives them 31 s. argv: channel.
 */
#define _POSIX_C_SOURCE 200809L
#include "check.h"
#include <time.h>

static int entered[SIGNALING_CLIENT_STATE_MAX_VALUE];

static STATUS on_state(UINT64 data, SIGNALING_CLIENT_STATE state)
{
    (void) data;
    __atomic_add_fetch(&entered[state], 1, __ATOMIC_SEQ_CST);
    return STATUS_SUCCESS;
}

int main(int argc, char* argv[])
{
    SIGNALING_CLIENT_HANDLE client = INVALID_SIGNALING_CLIENT_HANDLE_VALUE;
    SignalingClientInfo info = {.version = SIGNALING_CLIENT_INFO_CURRENT_VERSION, .clientId = "camera"};
    ChannelInfo channel = {0};
    SignalingClientCallbacks callbacks = {.version = SIGNALING_CLIENT_CALLBACKS_CURRENT_VERSION};
    SignalingClientMetrics metrics = {.version = SIGNALING_CLIENT_METRICS_CURRENT_VERSION};
    PAwsCredentialProvider provider = NULL;
    struct timespec second = {1, 100000000};
    PIceConfigInfo first, again;
    UINT32 count;
    CHAR userName[MAX_ICE_CONFIG_USER_NAME_LEN + 1];

    CHECK(argc == 2);
    at_the_service(&channel, argv[1], SIGNALING_CHANNEL_ROLE_TYPE_MASTER);
    callbacks.stateChangeFn = on_state;
    provider = the_service_s_keys();
    IS(createSignalingClientSync(&info, &channel, &callbacks, provider, &client), STATUS_SUCCESS);
    IS(signalingClientGetIceConfigInfoCount(client, &count), STATUS_INVALID_STREAM_STATE);
    IS(signalingClientFetchSync(client), STATUS_SUCCESS);
    IS(signalingClientGetIceConfigInfoCount(client, &count), STATUS_SUCCESS);
    IS(signalingClientGetIceConfigInfo(client, 0, &first), STATUS_SUCCESS);
    CHECK(count > 1 && first->ttl == 31 * (UINT64) HUNDREDS_OF_NANOS_IN_A_SECOND);
    CHECK(entered[SIGNALING_CLIENT_STATE_GET_ICE_CONFIG] == 1 && entered[SIGNALING_CLIENT_STATE_READY] == 1);

    /* Time has to pass: 30 s of grace are left of 31. */
    nanosleep(&second, NULL);
    strcpy(userName, first->userName);
    IS(signalingClientGetIceConfigInfo(client, 0, &again), STATUS_SUCCESS);
    CHECK(entered[SIGNALING_CLIENT_STATE_GET_ICE_CONFIG] == 2 && entered[SIGNALING_CLIENT_STATE_READY] == 2);
    CHECK(entered[SIGNALING_CLIENT_STATE_CONNECTING] == 0);
    /* What was given before is as it was. */
    CHECK(again != first && strcmp(first->userName, userName) == 0 && strcmp(again->userName, userName) != 0);
    IS(signalingClientGetMetrics(client, &metrics), STATUS_SUCCESS);
    CHECK(metrics.signalingClientStats.iceRefreshCount == 2);

    /* A refresh that fails is told by the getter. */
    ask("fail");
    nanosleep(&second, NULL);
    IS(signalingClientGetIceConfigInfoCount(client, &count), STATUS_SIGNALING_GET_ICE_CONFIG_CALL_FAILED);
    ask("heal");
    IS(signalingClientGetIceConfigInfoCount(client, &count), STATUS_SUCCESS);
    CHECK(count > 1);
    IS(freeSignalingClient(&client), STATUS_SUCCESS);
    IS(freeStaticCredentialProvider(&provider), STATUS_SUCCESS);
    printf("relayed\n");
    return 0;
}
