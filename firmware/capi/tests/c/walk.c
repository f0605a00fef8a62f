/*
 * One client through every function, with what spec §4.8, §5.7, §5.12 and §7 say of it checked on the way. The
 * harness around it (tests/c_programs.rs) changes the service when it reads "?word" here, and answers with a line.
 */
static void dump(void);
#define WHEN_FAILED() dump()
#include "check.h"
#include <pthread.h>
#include <time.h>

#define STATES SIGNALING_CLIENT_STATE_MAX_VALUE
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static int entered[STATES], errors, messages;
static CHAR lastPeer[MAX_SIGNALING_CLIENT_ID_LEN + 1], lastPayload[MAX_SIGNALING_MESSAGE_LEN + 1];

static void dump(void)
{
    for (int i = 0; i < STATES; i++) {
        printf("  state %d entered %d times\n", i, entered[i]);
    }
    fflush(stdout);
}

static STATUS on_state(UINT64 data, SIGNALING_CLIENT_STATE state)
{
    CHECK(data == 42);
    pthread_mutex_lock(&lock);
    entered[state]++;
    pthread_cond_broadcast(&changed);
    pthread_mutex_unlock(&lock);
    return STATUS_SUCCESS;
}

static STATUS on_error(UINT64 data, STATUS status, PCHAR text, UINT32 length)
{
    CHECK(data == 42 && length == strlen(text));
    printf("error 0x%08x %s\n", status, text);
    pthread_mutex_lock(&lock);
    errors++;
    pthread_mutex_unlock(&lock);
    return STATUS_SUCCESS;
}

static STATUS on_message(UINT64 data, PReceivedSignalingMessage received)
{
    CHECK(data == 42);
    pthread_mutex_lock(&lock);
    messages++;
    strcpy(lastPeer, received->signalingMessage.peerClientId);
    memcpy(lastPayload, received->signalingMessage.payload, received->signalingMessage.payloadLen + 1);
    pthread_cond_broadcast(&changed);
    pthread_mutex_unlock(&lock);
    return STATUS_SUCCESS;
}

/* Waits until a counter has that value. */
static void wait_for(int* counter, int value)
{
    struct timespec until = {time(NULL) + 30, 0};
    pthread_mutex_lock(&lock);
    while (*counter < value) {
        CHECK(pthread_cond_timedwait(&changed, &lock, &until) == 0);
    }
    pthread_mutex_unlock(&lock);
}

static int counts(int describe, int create, int endpoint, int ice, int ready, int connecting, int connected)
{
    int expected[] = {describe, create, endpoint, ice, ready, connecting, connected};
    return memcmp(&entered[SIGNALING_CLIENT_STATE_DESCRIBE], expected, sizeof expected) == 0;
}

static void bad_arguments(SIGNALING_CLIENT_HANDLE client)
{
    SignalingClientMetrics before, after;
    SIGNALING_CLIENT_STATE state;
    UINT32 count;
    PIceConfigInfo ice;
    PSignalingMessage message = calloc(1, sizeof(SignalingMessage));
    before.version = after.version = SIGNALING_CLIENT_METRICS_CURRENT_VERSION;

    IS(signalingClientGetMetrics(client, &before), STATUS_SUCCESS);
    IS(signalingClientSendMessageSync(client, NULL), STATUS_NULL_ARG);
    IS(signalingClientGetIceConfigInfoCount(client, NULL), STATUS_NULL_ARG);
    IS(signalingClientGetIceConfigInfo(client, 0, NULL), STATUS_NULL_ARG);
    IS(signalingClientGetCurrentState(client, NULL), STATUS_NULL_ARG);
    IS(signalingClientGetMetrics(client, NULL), STATUS_NULL_ARG);
    IS(signalingClientGetMetrics(client, &after), STATUS_SUCCESS);
    CHECK(after.signalingClientStats.numberOfErrors == before.signalingClientStats.numberOfErrors + 5);

    message->version = SIGNALING_MESSAGE_CURRENT_VERSION + 1;
    IS(signalingClientSendMessageSync(client, message), STATUS_SIGNALING_INVALID_SIGNALING_MESSAGE_VERSION);
    message->version = 0;
    message->messageType = SIGNALING_MESSAGE_TYPE_GO_AWAY;
    IS(signalingClientSendMessageSync(client, message), STATUS_INVALID_ARG);
    message->messageType = SIGNALING_MESSAGE_TYPE_ANSWER;
    memset(message->payload, 'x', MAX_SIGNALING_MESSAGE_LEN);
    IS(signalingClientSendMessageSync(client, message), STATUS_SIGNALING_MAX_MESSAGE_LEN_AFTER_ENCODING);
    free(message);

    IS(signalingClientFetchSync(0), STATUS_NULL_ARG);
    IS(signalingClientConnectSync(999999), STATUS_NULL_ARG);
    IS(signalingClientGetIceConfigInfoCount(0, &count), STATUS_NULL_ARG);
    IS(signalingClientGetIceConfigInfo(client, MAX_ICE_CONFIG_COUNT + 1, &ice), STATUS_INVALID_ARG);
    state = SIGNALING_CLIENT_STATE_READY;
    IS(signalingClientGetCurrentState(0, &state), STATUS_NULL_ARG);
    CHECK(state == SIGNALING_CLIENT_STATE_UNKNOWN);
    IS(freeSignalingClient(NULL), STATUS_NULL_ARG);
    IS(signalingClientGetStateString(SIGNALING_CLIENT_STATE_READY, NULL), STATUS_NULL_ARG);
}

static void ice(SIGNALING_CLIENT_HANDLE client)
{
    UINT32 count = 0;
    PIceConfigInfo info = NULL;

    IS(signalingClientGetIceConfigInfoCount(client, &count), STATUS_SUCCESS);
    CHECK(count > 0 && count <= MAX_ICE_CONFIG_COUNT);
    IS(signalingClientGetIceConfigInfo(client, count, &info), STATUS_INVALID_ARG);
    for (UINT32 i = 0; i < count; i++) {
        IS(signalingClientGetIceConfigInfo(client, i, &info), STATUS_SUCCESS);
        CHECK(info->version == SIGNALING_ICE_CONFIG_INFO_CURRENT_VERSION);
        CHECK(info->uriCount > 0 && strncmp(info->uris[0], "turn", 4) == 0);
        CHECK(info->userName[0] != 0 && info->password[0] != 0);
        CHECK(info->ttl >= 30 * (UINT64) HUNDREDS_OF_NANOS_IN_A_SECOND);
    }
}

static STATUS send_to(SIGNALING_CLIENT_HANDLE client, const char* peer, SIGNALING_MESSAGE_TYPE type, const char* text)
{
    STATUS status;
    PSignalingMessage message = calloc(1, sizeof(SignalingMessage));
    message->messageType = type;
    strcpy(message->peerClientId, peer);
    strcpy(message->payload, text);
    status = signalingClientSendMessageSync(client, message);
    free(message);
    return status;
}

int main(int argc, char* argv[])
{
    SIGNALING_CLIENT_HANDLE client = INVALID_SIGNALING_CLIENT_HANDLE_VALUE, again;
    SignalingClientInfo info;
    ChannelInfo channel;
    SignalingClientCallbacks callbacks;
    SignalingClientMetrics metrics;
    PAwsCredentialProvider provider = NULL;
    SIGNALING_CLIENT_STATE state;
    PCHAR text;
    BOOL by_arn = argc > 2;
    int* e = entered;

    memset(&info, 0, sizeof(info));
    memset(&channel, 0, sizeof(channel));
    memset(&callbacks, 0, sizeof(callbacks));
    memset(&metrics, 0, sizeof(metrics));
    info.version = SIGNALING_CLIENT_INFO_CURRENT_VERSION;
    info.signalingClientCreationMaxRetryAttempts = 0;
    strcpy(info.clientId, "walker");
    channel.version = CHANNEL_INFO_CURRENT_VERSION;
    at_the_service(&channel, by_arn ? NULL : argv[1], SIGNALING_CHANNEL_ROLE_TYPE_MASTER);
    channel.pChannelArn = by_arn ? argv[2] : NULL;
    callbacks.customData = 42;
    callbacks.messageReceivedFn = on_message;
    callbacks.errorReportFn = on_error;
    callbacks.stateChangeFn = on_state;

    provider = the_service_s_keys();
    IS(createSignalingClientSync(NULL, &channel, &callbacks, provider, &client), STATUS_NULL_ARG);
    IS(createSignalingClientSync(&info, NULL, &callbacks, provider, &client), STATUS_NULL_ARG);
    IS(createSignalingClientSync(&info, &channel, &callbacks, NULL, &client), STATUS_NULL_ARG);
    IS(createSignalingClientSync(&info, &channel, &callbacks, provider, NULL), STATUS_NULL_ARG);
    channel.messageTtl = 1;
    IS(createSignalingClientSync(&info, &channel, &callbacks, provider, &client),
       STATUS_SIGNALING_INVALID_MESSAGE_TTL_VALUE);
    channel.messageTtl = 0;
    CHECK(client == INVALID_SIGNALING_CLIENT_HANDLE_VALUE && e[SIGNALING_CLIENT_STATE_NEW] == 0);

    IS(createSignalingClientSync(&info, &channel, &callbacks, provider, &client), STATUS_SUCCESS);
    CHECK(channel.messageTtl == 60 * HUNDREDS_OF_NANOS_IN_A_SECOND);
    CHECK(e[SIGNALING_CLIENT_STATE_NEW] == 1 && e[SIGNALING_CLIENT_STATE_GET_CREDENTIALS] == 1);
    CHECK(counts(0, 0, 0, 0, 0, 0, 0));
    IS(signalingClientConnectSync(client), STATUS_INVALID_STREAM_STATE);
    IS(send_to(client, "anna", SIGNALING_MESSAGE_TYPE_ANSWER, "too early"), STATUS_INVALID_STREAM_STATE);

    IS(signalingClientFetchSync(client), STATUS_SUCCESS);
    CHECK(by_arn ? counts(0, 0, 1, 1, 1, 0, 0) : counts(2, 1, 1, 1, 1, 0, 0));
    CHECK(e[SIGNALING_CLIENT_STATE_GET_CREDENTIALS] == 1);
    IS(signalingClientGetCurrentState(client, &state), STATUS_SUCCESS);
    CHECK(state == SIGNALING_CLIENT_STATE_READY);
    IS(signalingClientGetStateString(state, &text), STATUS_SUCCESS);
    CHECK(strcmp(text, "Ready") == 0);
    ice(client);
    IS(signalingClientGetMetrics(client, &metrics), STATUS_SUCCESS);
    CHECK(metrics.signalingClientStats.iceRefreshCount == 1);

    IS(signalingClientConnectSync(client), STATUS_SUCCESS);
    CHECK(by_arn ? counts(0, 0, 1, 1, 1, 1, 1) : counts(2, 1, 1, 1, 1, 1, 1));
    CHECK(e[SIGNALING_CLIENT_STATE_DISCONNECTED] == 0);
    IS(signalingClientConnectSync(client), STATUS_SUCCESS);
    CHECK(e[SIGNALING_CLIENT_STATE_CONNECTED] == 1);
    bad_arguments(client);

    ask("offer");
    wait_for(&messages, 1);
    CHECK(strcmp(lastPeer, "anna") == 0 && strncmp(lastPayload, "{\"type\":\"offer\"", 15) == 0);
    IS(send_to(client, lastPeer, SIGNALING_MESSAGE_TYPE_ANSWER, "{\"type\":\"answer\"}"), STATUS_SUCCESS);
    IS(send_to(client, lastPeer, SIGNALING_MESSAGE_TYPE_ICE_CANDIDATE, "{\"candidate\":\"\"}"), STATUS_SUCCESS);
    ask("answered");

    ask("go-away");
    wait_for(&e[SIGNALING_CLIENT_STATE_CONNECTED], 2);
    ask("close");
    wait_for(&e[SIGNALING_CLIENT_STATE_CONNECTED], 3);
    ask("reconnect-ice");
    /* The socket stays; a refresh is told as the SDK tells one. */
    wait_for(&e[SIGNALING_CLIENT_STATE_CONNECTED], 4);
    ice(client);
    metrics.version = SIGNALING_CLIENT_METRICS_CURRENT_VERSION;
    IS(signalingClientGetMetrics(client, &metrics), STATUS_SUCCESS);
    CHECK(metrics.signalingClientStats.numberOfReconnects == 1);
    CHECK(metrics.signalingClientStats.numberOfMessagesSent == 2);
    CHECK(metrics.signalingClientStats.numberOfMessagesReceived == 1);
    CHECK(metrics.signalingClientStats.connectionDuration > 0);
    CHECK(metrics.signalingClientStats.cpApiCallLatency > 0 && metrics.signalingClientStats.dpApiCallLatency > 0);
    CHECK(metrics.signalingClientStats.createClientTime < 15000);
    CHECK(metrics.signalingClientStats.getTokenEndTime >= metrics.signalingClientStats.getTokenStartTime);
    CHECK(metrics.signalingClientStats.answerTime > 1600000000000ULL);
    metrics.version = 0;
    IS(signalingClientGetMetrics(client, &metrics), STATUS_SUCCESS);
    CHECK(metrics.signalingClientStats.connectCallTime == 0 && metrics.signalingClientStats.numberOfMessagesSent == 2);

    memset(entered, 0, sizeof(entered));
    IS(signalingClientDisconnectSync(client), STATUS_SUCCESS);
    CHECK(e[SIGNALING_CLIENT_STATE_DISCONNECTED] == 1 && counts(0, 0, 0, 0, 1, 0, 0));
    IS(signalingClientDisconnectSync(client), STATUS_SUCCESS);
    CHECK(e[SIGNALING_CLIENT_STATE_DISCONNECTED] == 1);
    IS(send_to(client, "anna", SIGNALING_MESSAGE_TYPE_ANSWER, "too late"), STATUS_INVALID_STREAM_STATE);
    ice(client);
    IS(signalingClientConnectSync(client), STATUS_SUCCESS);
    CHECK(e[SIGNALING_CLIENT_STATE_CONNECTED] == 1);
    IS(signalingClientFetchSync(client), STATUS_SUCCESS);
    IS(signalingClientConnectSync(client), STATUS_SUCCESS);

    IS(signalingClientDeleteSync(client), STATUS_SUCCESS);
    CHECK(e[SIGNALING_CLIENT_STATE_DELETE] == 1 && e[SIGNALING_CLIENT_STATE_DELETED] == 1);
    IS(signalingClientDeleteSync(client), STATUS_SUCCESS);
    IS(signalingClientConnectSync(client), STATUS_INVALID_STREAM_STATE);
    IS(send_to(client, "anna", SIGNALING_MESSAGE_TYPE_ANSWER, "gone"), STATUS_INVALID_STREAM_STATE);
    ask("deleted");

    again = client;
    IS(freeSignalingClient(&client), STATUS_SUCCESS);
    CHECK(client == INVALID_SIGNALING_CLIENT_HANDLE_VALUE);
    IS(freeSignalingClient(&client), STATUS_SUCCESS);
    IS(signalingClientConnectSync(again), STATUS_NULL_ARG);
    IS(freeStaticCredentialProvider(&provider), STATUS_SUCCESS);
    IS(freeStaticCredentialProvider(&provider), STATUS_SUCCESS);
    CHECK(errors == 0);
    printf("walked\n");
    return 0;
}
