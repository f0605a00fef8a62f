/*
 * A program as v1.12.0's headers made it, with a client info of v1.7.3: each struct ends where readable memory ends,
 * so that a byte too many is a crash. It answers one offer (harness: tests/promises/abi.rs).
 */
#define _GNU_SOURCE
#include <com/amazonaws/kinesis/video/webrtcclient/Include.h>
#include <pthread.h>
#include <stdio.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "older.h"

static SIGNALING_CLIENT_HANDLE client;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static int answered;

/* Zeroed memory whose last byte is the last that can be read. */
static void* at_the_edge(size_t size)
{
    size_t page = (size_t) sysconf(_SC_PAGESIZE), whole = (size + page - 1) / page * page;
    char* memory = mmap(NULL, whole + page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED || mprotect(memory + whole, page, PROT_NONE) != 0) {
        exit(2);
    }
    return memory + whole - size;
}

static STATUS send_to(const char* peer, SIGNALING_MESSAGE_TYPE type, size_t length)
{
    SignalingMessage_1_12_0* message = at_the_edge(sizeof *message);
    message->messageType = type;
    strcpy(message->peerClientId, peer);
    memset(message->payload, 'x', length);
    /* The largest is given with its length, and no NUL before the edge but the last byte. */
    message->payloadLen = length == sizeof message->payload - 1 ? (UINT32) length : 0;
    return signalingClientSendMessageSync(client, (PSignalingMessage) message);
}

static STATUS on_message(UINT64 data, PReceivedSignalingMessage given)
{
    const ReceivedSignalingMessage_1_12_0* received = (const ReceivedSignalingMessage_1_12_0*) given;
    ReceivedSignalingMessage_1_12_0 copy = *received;
    STATUS status;

    (void) data;
    if (copy.signalingMessage.messageType != SIGNALING_MESSAGE_TYPE_OFFER || copy.statusCode != 0 ||
        copy.errorType[0] != 0 || strncmp(copy.signalingMessage.payload, "{\"type\":\"offer\"", 15) != 0) {
        printf("FAILED: not the offer\n");
        exit(1);
    }
    status = send_to(copy.signalingMessage.peerClientId, SIGNALING_MESSAGE_TYPE_ANSWER, 1000);
    if (STATUS_SUCCEEDED(status)) {
        status = send_to(copy.signalingMessage.peerClientId, SIGNALING_MESSAGE_TYPE_ICE_CANDIDATE, 10 * 1024);
    }
    if (STATUS_FAILED(status)) {
        printf("FAILED: send 0x%08x\n", status);
        exit(1);
    }
    pthread_mutex_lock(&lock);
    answered = 1;
    pthread_cond_signal(&changed);
    pthread_mutex_unlock(&lock);
    return STATUS_SUCCESS;
}

static int step(const char* what, STATUS status)
{
    if (STATUS_FAILED(status)) {
        printf("FAILED: %s 0x%08x\n", what, status);
        exit(1);
    }
    return 0;
}

int main(int argc, char* argv[])
{
    SignalingClientInfo_1_7_3* info = at_the_edge(sizeof *info);
    ChannelInfo* channel = at_the_edge(sizeof *channel);
    SignalingClientCallbacks* callbacks = at_the_edge(sizeof *callbacks);
    SignalingClientMetrics* metrics = at_the_edge(sizeof *metrics);
    PIceConfigInfo ice = NULL;
    PAwsCredentialProvider provider = NULL;
    struct timespec until = {time(NULL) + 30, 0};
    UINT32 count = 0;
    char line[16];

    info->version = 1;
    strcpy(info->clientId, "older");
    channel->version = 1;
    channel->pChannelName = argc > 1 ? argv[1] : NULL;
    channel->pRegion = getenv("AWS_DEFAULT_REGION");
    channel->pControlPlaneUrl = getenv("CONTROL_PLANE_URI");
    channel->pCertPath = getenv("AWS_KVS_CACERT_PATH");
    channel->channelType = SIGNALING_CHANNEL_TYPE_SINGLE_MASTER;
    channel->channelRoleType = SIGNALING_CHANNEL_ROLE_TYPE_MASTER;
    channel->retry = TRUE;
    callbacks->messageReceivedFn = on_message;
    step("provider", createStaticCredentialProvider(getenv("AWS_ACCESS_KEY_ID"), 0, getenv("AWS_SECRET_ACCESS_KEY"), 0,
                                                    getenv("AWS_SESSION_TOKEN"), 0, MAX_UINT64, &provider));
    step("create", createSignalingClientSync((PSignalingClientInfo) info, channel, callbacks, provider, &client));
    step("fetch", signalingClientFetchSync(client));
    step("connect", signalingClientConnectSync(client));
    printf("?offer\n");
    fflush(stdout);
    if (fgets(line, sizeof line, stdin) == NULL) {
        return 1;
    }
    pthread_mutex_lock(&lock);
    while (!answered) {
        if (pthread_cond_timedwait(&changed, &lock, &until) != 0) {
            printf("FAILED: no offer\n");
            return 1;
        }
    }
    pthread_mutex_unlock(&lock);
    step("count", signalingClientGetIceConfigInfoCount(client, &count));
    step("ice", signalingClientGetIceConfigInfo(client, 0, &ice));
    {
        const IceConfigInfo_1_11_0* older = (const IceConfigInfo_1_11_0*) ice;
        if (count == 0 || older->uriCount == 0 || older->ttl != ice->ttl || strcmp(older->uris[0], ice->uris[0]) != 0) {
            printf("FAILED: the first of the ICE list\n");
            return 1;
        }
    }
    metrics->version = 7;
    step("metrics", signalingClientGetMetrics(client, metrics));
    if (metrics->version != 1 || metrics->signalingClientStats.numberOfMessagesSent != 2) {
        printf("FAILED: metrics\n");
        return 1;
    }
    step("free", freeSignalingClient(&client));
    step("free", freeStaticCredentialProvider(&provider));
    printf("served\n");
    return 0;
}
