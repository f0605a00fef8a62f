/*
 * A master as the SDK's samples write one, on the public signaling API alone: it answers every offer, sends its
 * candidates, follows the state, and recovers as the samples' main loop does. Ends after MASTER_OFFERS offers.
 *
 *   cc -I<include> master.c -lkvs_capi -lpthread -lm -o master && ./master <channel>
 *
 * AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN, AWS_DEFAULT_REGION, AWS_KVS_CACERT_PATH as usual;
 * CONTROL_PLANE_URI for another endpoint than AWS's. Without keys, those of AWS_CONTAINER_CREDENTIALS_FULL_URI.
 */
#define _DEFAULT_SOURCE
#include "container_credentials.h"
#include <com/amazonaws/kinesis/video/webrtcclient/Include.h>
#include <pthread.h>
#include <stdio.h>
#include <time.h>

typedef struct {
    pthread_mutex_t sendLock;
    SIGNALING_CLIENT_HANDLE signalingClientHandle;
    volatile UINT32 offers;
    volatile BOOL recreateRequested;
} MasterConfiguration, *PMasterConfiguration;

static STATUS send_message(PMasterConfiguration config, SIGNALING_MESSAGE_TYPE type, PCHAR peer, const char* payload)
{
    STATUS status;
    PSignalingMessage message = calloc(1, sizeof(SignalingMessage));

    message->version = SIGNALING_MESSAGE_CURRENT_VERSION;
    message->messageType = type;
    strncpy(message->peerClientId, peer, MAX_SIGNALING_CLIENT_ID_LEN);
    strncpy(message->payload, payload, MAX_SIGNALING_MESSAGE_LEN);
    message->payloadLen = (UINT32) strlen(message->payload);

    pthread_mutex_lock(&config->sendLock);
    status = signalingClientSendMessageSync(config->signalingClientHandle, message);
    pthread_mutex_unlock(&config->sendLock);
    free(message);
    return status;
}

static STATUS on_message(UINT64 customData, PReceivedSignalingMessage received)
{
    PMasterConfiguration config = (PMasterConfiguration) (uintptr_t) customData;
    PSignalingMessage message = &received->signalingMessage;
    UINT32 count = 0, i;
    PIceConfigInfo ice = NULL;
    CHAR answer[256];
    STATUS status;

    if (message->messageType == SIGNALING_MESSAGE_TYPE_OFFER) {
        /* A new peer connection wants the TURN servers: asked for inside the callback, as the samples do. */
        status = signalingClientGetIceConfigInfoCount(config->signalingClientHandle, &count);
        for (i = 0; STATUS_SUCCEEDED(status) && i < count; i++) {
            status = signalingClientGetIceConfigInfo(config->signalingClientHandle, i, &ice);
            printf("ice %u uris=%u ttl_s=%u\n", i, ice->uriCount, (UINT32) (ice->ttl / HUNDREDS_OF_NANOS_IN_A_SECOND));
        }
        printf("offer from=%s len=%u\n", message->peerClientId, message->payloadLen);
        /* Where a PeerConnection would make one: no two answers are the same (RFC 8866, session id). */
        snprintf(answer, sizeof(answer), "{\"type\":\"answer\",\"sdp\":\"v=0\\r\\no=- %lld%06u 2 IN IP4 127.0.0.1\\r\\n\"}",
                 (long long) time(NULL), config->offers);
        status = send_message(config, SIGNALING_MESSAGE_TYPE_ANSWER, message->peerClientId, answer);
        printf("answer 0x%08x\n", status);
        status = send_message(config, SIGNALING_MESSAGE_TYPE_ICE_CANDIDATE, message->peerClientId,
                              "{\"candidate\":\"candidate:1 1 udp 1 192.0.2.1 9 typ host\",\"sdpMid\":\"0\"}");
        printf("candidate 0x%08x\n", status);
        config->offers++;
    }
    fflush(stdout);
    return STATUS_SUCCESS;
}

static STATUS on_error(UINT64 customData, STATUS status, PCHAR message, UINT32 length)
{
    PMasterConfiguration config = (PMasterConfiguration) (uintptr_t) customData;

    printf("error 0x%08x %.*s\n", status, (int) length, message);
    fflush(stdout);
    if (status == STATUS_SIGNALING_ICE_CONFIG_REFRESH_FAILED || status == STATUS_SIGNALING_RECONNECT_FAILED) {
        config->recreateRequested = TRUE;
    }
    return STATUS_SUCCESS;
}

static STATUS on_state(UINT64 customData, SIGNALING_CLIENT_STATE state)
{
    PCHAR text = NULL;

    (void) customData;
    signalingClientGetStateString(state, &text);
    printf("state %d %s\n", (int) state, text);
    fflush(stdout);
    return STATUS_SUCCESS;
}

int main(int argc, char* argv[])
{
    STATUS status = STATUS_SUCCESS;
    MasterConfiguration config;
    SignalingClientInfo clientInfo;
    ChannelInfo channelInfo;
    SignalingClientCallbacks callbacks;
    PAwsCredentialProvider provider = NULL, ofKeys = NULL;
    ContainerCredentials container = {.credentials = NULL};
    PCHAR agent = getenv("AWS_CONTAINER_CREDENTIALS_FULL_URI");
    SIGNALING_CLIENT_STATE state;
    PCHAR key = getenv("AWS_ACCESS_KEY_ID"), secret = getenv("AWS_SECRET_ACCESS_KEY"), token = getenv("AWS_SESSION_TOKEN");
    PCHAR limit = getenv("MASTER_OFFERS");
    UINT32 offers = limit == NULL ? 1 : (UINT32) atoi(limit);
    struct timespec tick = {0, 100000000};

    memset(&config, 0, sizeof(config));
    memset(&clientInfo, 0, sizeof(clientInfo));
    memset(&channelInfo, 0, sizeof(channelInfo));
    memset(&callbacks, 0, sizeof(callbacks));
    pthread_mutex_init(&config.sendLock, NULL);

    if (key != NULL && secret != NULL) {
        status = createStaticCredentialProvider(key, 0, secret, 0, token, 0, MAX_UINT64, &ofKeys);
        provider = ofKeys;
    } else if (agent != NULL) {
        provider = container_provider(&container, agent);
    } else {
        fprintf(stderr, "AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY must be set\n");
        return 2;
    }

    clientInfo.version = SIGNALING_CLIENT_INFO_CURRENT_VERSION;
    clientInfo.loggingLevel = LOG_LEVEL_WARN;
    clientInfo.signalingClientCreationMaxRetryAttempts = CREATE_SIGNALING_CLIENT_RETRY_ATTEMPTS_SENTINEL_VALUE;
    strcpy(clientInfo.clientId, "ProducerMaster");

    channelInfo.version = CHANNEL_INFO_CURRENT_VERSION;
    channelInfo.pChannelName = argc > 1 ? argv[1] : (PCHAR) "ScaryTestChannel";
    channelInfo.pRegion = getenv("AWS_DEFAULT_REGION");
    channelInfo.pControlPlaneUrl = getenv("CONTROL_PLANE_URI");
    channelInfo.pCertPath = getenv("AWS_KVS_CACERT_PATH");
    channelInfo.channelType = SIGNALING_CHANNEL_TYPE_SINGLE_MASTER;
    channelInfo.channelRoleType = SIGNALING_CHANNEL_ROLE_TYPE_MASTER;
    channelInfo.cachingPolicy = SIGNALING_API_CALL_CACHE_TYPE_NONE;
    channelInfo.cachingPeriod = SIGNALING_API_CALL_CACHE_TTL_SENTINEL_VALUE;
    channelInfo.retry = TRUE;
    channelInfo.reconnect = TRUE;
    channelInfo.messageTtl = 0;

    callbacks.version = SIGNALING_CLIENT_CALLBACKS_CURRENT_VERSION;
    callbacks.customData = (UINT64) (uintptr_t) &config;
    callbacks.messageReceivedFn = on_message;
    callbacks.errorReportFn = on_error;
    callbacks.stateChangeFn = on_state;

    if (STATUS_SUCCEEDED(status)) {
        status = createSignalingClientSync(&clientInfo, &channelInfo, &callbacks, provider, &config.signalingClientHandle);
    }
    if (STATUS_SUCCEEDED(status)) {
        status = signalingClientFetchSync(config.signalingClientHandle);
    }
    if (STATUS_SUCCEEDED(status)) {
        status = signalingClientConnectSync(config.signalingClientHandle);
    }
    printf("connected 0x%08x\n", status);
    fflush(stdout);

    while (STATUS_SUCCEEDED(status) && config.offers < offers) {
        nanosleep(&tick, NULL);
        if (config.recreateRequested) {
            config.recreateRequested = FALSE;
            printf("fetch 0x%08x\n", signalingClientFetchSync(config.signalingClientHandle));
        }
        if (STATUS_SUCCEEDED(signalingClientGetCurrentState(config.signalingClientHandle, &state)) &&
            state == SIGNALING_CLIENT_STATE_READY) {
            printf("connect 0x%08x\n", signalingClientConnectSync(config.signalingClientHandle));
        }
        fflush(stdout);
    }

    freeSignalingClient(&config.signalingClientHandle);
    freeStaticCredentialProvider(&ofKeys);
    freeAwsCredentials(&container.credentials);
    pthread_mutex_destroy(&config.sendLock);
    printf("done 0x%08x\n", status);
    return STATUS_FAILED(status) ? 1 : 0;
}
