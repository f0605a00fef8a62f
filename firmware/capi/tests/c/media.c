/*
 * The channel's storage session: which states a master passes through, and what is measured (spec §5.3, §7).
 * argv: channel, what the service will say: enabled, disabled, refused.
 */
#define _POSIX_C_SOURCE 200809L
#include "check.h"
#include <pthread.h>
#include <time.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static int entered[SIGNALING_CLIENT_STATE_MAX_VALUE], offers;
static SIGNALING_CLIENT_STATE last;

static STATUS on_state(UINT64 data, SIGNALING_CLIENT_STATE state)
{
    (void) data;
    pthread_mutex_lock(&lock);
    entered[state]++;
    /* A storage session is waited for before it stands, whoever is quicker. */
    CHECK(state != SIGNALING_CLIENT_STATE_JOIN_SESSION_WAITING || last == SIGNALING_CLIENT_STATE_JOIN_SESSION);
    CHECK(state != SIGNALING_CLIENT_STATE_JOIN_SESSION_CONNECTED || last == SIGNALING_CLIENT_STATE_JOIN_SESSION_WAITING);
    last = state;
    pthread_cond_broadcast(&changed);
    pthread_mutex_unlock(&lock);
    return STATUS_SUCCESS;
}

static STATUS on_message(UINT64 data, PReceivedSignalingMessage received)
{
    (void) data;
    CHECK(received->signalingMessage.messageType == SIGNALING_MESSAGE_TYPE_OFFER);
    CHECK(received->signalingMessage.peerClientId[0] == 0);
    pthread_mutex_lock(&lock);
    offers++;
    pthread_cond_broadcast(&changed);
    pthread_mutex_unlock(&lock);
    return STATUS_SUCCESS;
}

static void wait_for(int* counter, int value)
{
    struct timespec until = {time(NULL) + 30, 0};
    pthread_mutex_lock(&lock);
    while (*counter < value) {
        CHECK(pthread_cond_timedwait(&changed, &lock, &until) == 0);
    }
    pthread_mutex_unlock(&lock);
}

static void joined(SIGNALING_CLIENT_HANDLE client)
{
    SignalingClientMetrics metrics = {.version = SIGNALING_CLIENT_METRICS_CURRENT_VERSION};
    PSignalingMessage answer = calloc(1, sizeof(SignalingMessage));
    SIGNALING_CLIENT_STATE state;
    UINT32 count;

    IS(signalingClientConnectSync(client), STATUS_SUCCESS);
    IS(signalingClientGetCurrentState(client, &state), STATUS_SUCCESS);
    CHECK(state == SIGNALING_CLIENT_STATE_JOIN_SESSION_CONNECTED);
    CHECK(entered[SIGNALING_CLIENT_STATE_CONNECTED] == 1 && entered[SIGNALING_CLIENT_STATE_JOIN_SESSION] == 1);
    CHECK(entered[SIGNALING_CLIENT_STATE_JOIN_SESSION_WAITING] == 1);
    CHECK(entered[SIGNALING_CLIENT_STATE_JOIN_SESSION_CONNECTED] == 1);
    IS(signalingClientConnectSync(client), STATUS_SUCCESS);
    wait_for(&offers, 1);
    answer->messageType = SIGNALING_MESSAGE_TYPE_ANSWER;
    strcpy(answer->payload, "{\"type\":\"answer\"}");
    IS(signalingClientSendMessageSync(client, answer), STATUS_SUCCESS);
    free(answer);

    IS(signalingClientGetMetrics(client, &metrics), STATUS_SUCCESS);
    /* The service takes 20 ms for each call; these are ms, and the last one 100 ns. */
    CHECK(metrics.signalingClientStats.describeMediaCallTime >= 20);
    CHECK(metrics.signalingClientStats.describeMediaCallTime < 10000);
    CHECK(metrics.signalingClientStats.joinSessionCallTime >= 20);
    CHECK(metrics.signalingClientStats.joinSessionCallTime < 10000);
    CHECK(metrics.signalingClientStats.joinSessionToOfferRecvTime >= 10 * HUNDREDS_OF_NANOS_IN_A_MILLISECOND);
    CHECK(metrics.signalingClientStats.joinSessionToOfferRecvTime < 15 * HUNDREDS_OF_NANOS_IN_A_SECOND);

    /* Lost and found: joined again. */
    ask("close");
    wait_for(&entered[SIGNALING_CLIENT_STATE_JOIN_SESSION_CONNECTED], 2);
    CHECK(entered[SIGNALING_CLIENT_STATE_JOIN_SESSION] == 2 && entered[SIGNALING_CLIENT_STATE_CONNECTED] == 2);
    /* A refresh of the ICE servers leaves the session joined. */
    ask("reconnect-ice");
    IS(signalingClientGetIceConfigInfoCount(client, &count), STATUS_SUCCESS);
    IS(signalingClientDisconnectSync(client), STATUS_SUCCESS);
    CHECK(last == SIGNALING_CLIENT_STATE_READY);
}

int main(int argc, char* argv[])
{
    SIGNALING_CLIENT_HANDLE client = INVALID_SIGNALING_CLIENT_HANDLE_VALUE;
    SignalingClientInfo info = {.version = SIGNALING_CLIENT_INFO_CURRENT_VERSION, .clientId = "camera"};
    ChannelInfo channel = {0};
    SignalingClientCallbacks callbacks = {.version = SIGNALING_CLIENT_CALLBACKS_CURRENT_VERSION};
    PAwsCredentialProvider provider = NULL;

    CHECK(argc == 3);
    at_the_service(&channel, argv[1], SIGNALING_CHANNEL_ROLE_TYPE_MASTER);
    channel.useMediaStorage = TRUE;
    callbacks.messageReceivedFn = on_message;
    callbacks.stateChangeFn = on_state;
    provider = the_service_s_keys();
    IS(createSignalingClientSync(&info, &channel, &callbacks, provider, &client), STATUS_SUCCESS);
    IS(signalingClientFetchSync(client), STATUS_SUCCESS);
    CHECK(entered[SIGNALING_CLIENT_STATE_DESCRIBE] == 1 && entered[SIGNALING_CLIENT_STATE_DESCRIBE_MEDIA] == 1);
    CHECK(entered[SIGNALING_CLIENT_STATE_GET_ENDPOINT] == 1 && entered[SIGNALING_CLIENT_STATE_GET_ICE_CONFIG] == 1);
    CHECK(entered[SIGNALING_CLIENT_STATE_READY] == 1 && entered[SIGNALING_CLIENT_STATE_CREATE] == 0);
    if (strcmp(argv[2], "enabled") == 0) {
        joined(client);
    } else if (strcmp(argv[2], "disabled") == 0) {
        /* Then there is nothing to join, and a connection is a connection. */
        IS(signalingClientConnectSync(client), STATUS_SUCCESS);
        CHECK(last == SIGNALING_CLIENT_STATE_CONNECTED && entered[SIGNALING_CLIENT_STATE_JOIN_SESSION] == 0);
    } else {
        IS(signalingClientConnectSync(client), STATUS_SIGNALING_JOIN_SESSION_CALL_FAILED);
        CHECK(entered[SIGNALING_CLIENT_STATE_CONNECTED] == 1 && entered[SIGNALING_CLIENT_STATE_JOIN_SESSION] == 1);
        CHECK(entered[SIGNALING_CLIENT_STATE_JOIN_SESSION_WAITING] == 0);
        ask("granted");
        IS(signalingClientConnectSync(client), STATUS_SUCCESS);
        CHECK(last == SIGNALING_CLIENT_STATE_JOIN_SESSION_CONNECTED);
    }
    IS(freeSignalingClient(&client), STATUS_SUCCESS);
    IS(freeStaticCredentialProvider(&provider), STATUS_SUCCESS);
    printf("stored\n");
    return 0;
}
