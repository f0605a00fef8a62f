/*
 * What clients take of the heap: every allocation of the process is counted, by its usable size. Nothing in here is
 * ours but the path, so that the SDK's own library can be measured by the same program.
 *
 *   memory clients N CHANNEL    N masters, each on CHANNEL-<number>: idle, then with 10 KiB received and answered
 *   memory offer CHANNEL        a viewer that offers 10 KiB and ends with the answer
 */
#define _GNU_SOURCE
#include <com/amazonaws/kinesis/video/webrtcclient/Include.h>
#include <errno.h>
#include <malloc.h>
#include <pthread.h>
#include <stdio.h>
#include <time.h>

#define MAX_CLIENTS 100
#define PAYLOAD 10240

static size_t now, peak, blocks;

/* glibc's own, under the names that a program may define for itself. */
void* __libc_malloc(size_t);
void* __libc_calloc(size_t, size_t);
void* __libc_realloc(void*, size_t);
void* __libc_memalign(size_t, size_t);
void __libc_free(void*);

static void* counted(void* block)
{
    if (block != NULL) {
        size_t sum = __atomic_add_fetch(&now, malloc_usable_size(block), __ATOMIC_SEQ_CST);
        size_t seen = __atomic_load_n(&peak, __ATOMIC_SEQ_CST);
        __atomic_add_fetch(&blocks, 1, __ATOMIC_SEQ_CST);
        while (sum > seen && !__atomic_compare_exchange_n(&peak, &seen, sum, 0, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST)) {
        }
    }
    return block;
}

static void forget(void* block)
{
    if (block != NULL) {
        __atomic_sub_fetch(&now, malloc_usable_size(block), __ATOMIC_SEQ_CST);
        __atomic_sub_fetch(&blocks, 1, __ATOMIC_SEQ_CST);
    }
}

void* malloc(size_t size)
{
    return counted(__libc_malloc(size));
}

void* calloc(size_t count, size_t size)
{
    return counted(__libc_calloc(count, size));
}

void* realloc(void* block, size_t size)
{
    void* moved;

    forget(block);
    moved = counted(__libc_realloc(block, size));
    if (moved == NULL && size > 0) {
        counted(block);
    }
    return moved;
}

void* memalign(size_t alignment, size_t size)
{
    return counted(__libc_memalign(alignment, size));
}

void* aligned_alloc(size_t alignment, size_t size)
{
    return memalign(alignment, size);
}

int posix_memalign(void** block, size_t alignment, size_t size)
{
    *block = memalign(alignment, size);
    return *block == NULL ? ENOMEM : 0;
}

void free(void* block)
{
    forget(block);
    __libc_free(block);
}

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static SIGNALING_CLIENT_HANDLE clients[MAX_CLIENTS];
static SignalingMessage message;
static int received;

static void wait_for(int count)
{
    struct timespec until = {time(NULL) + 60, 0};

    pthread_mutex_lock(&lock);
    while (received < count) {
        if (pthread_cond_timedwait(&changed, &lock, &until) != 0) {
            printf("FAILED: nothing received\n");
            exit(1);
        }
    }
    pthread_mutex_unlock(&lock);
}

static STATUS send_to(SIGNALING_CLIENT_HANDLE client, const char* peer, SIGNALING_MESSAGE_TYPE type)
{
    message.version = SIGNALING_MESSAGE_CURRENT_VERSION;
    message.messageType = type;
    strcpy(message.peerClientId, peer);
    strcpy(message.correlationId, "1");
    memset(message.payload, type == SIGNALING_MESSAGE_TYPE_OFFER ? 'o' : 'a', PAYLOAD);
    message.payloadLen = PAYLOAD;
    return signalingClientSendMessageSync(client, &message);
}

static STATUS on_message(UINT64 data, PReceivedSignalingMessage given)
{
    if (given->signalingMessage.messageType == SIGNALING_MESSAGE_TYPE_OFFER) {
        STATUS status = send_to(clients[data], given->signalingMessage.peerClientId, SIGNALING_MESSAGE_TYPE_ANSWER);
        if (STATUS_FAILED(status)) {
            printf("FAILED: answer 0x%08x\n", status);
        }
    }
    pthread_mutex_lock(&lock);
    received++;
    pthread_cond_signal(&changed);
    pthread_mutex_unlock(&lock);
    return STATUS_SUCCESS;
}

static STATUS begin(int number, PCHAR name, int master, PAwsCredentialProvider provider)
{
    SignalingClientInfo info;
    ChannelInfo channel;
    SignalingClientCallbacks callbacks;
    STATUS status;

    memset(&info, 0, sizeof info);
    memset(&channel, 0, sizeof channel);
    memset(&callbacks, 0, sizeof callbacks);
    info.version = SIGNALING_CLIENT_INFO_CURRENT_VERSION;
    info.signalingClientCreationMaxRetryAttempts = CREATE_SIGNALING_CLIENT_RETRY_ATTEMPTS_SENTINEL_VALUE;
    info.loggingLevel = LOG_LEVEL_SILENT;
    strcpy(info.clientId, master ? "master" : "viewer");
    channel.version = CHANNEL_INFO_CURRENT_VERSION;
    channel.pChannelName = name;
    channel.pRegion = getenv("AWS_DEFAULT_REGION");
    channel.pControlPlaneUrl = getenv("CONTROL_PLANE_URI");
    channel.pCertPath = getenv("AWS_KVS_CACERT_PATH");
    channel.channelType = SIGNALING_CHANNEL_TYPE_SINGLE_MASTER;
    channel.channelRoleType = master ? SIGNALING_CHANNEL_ROLE_TYPE_MASTER : SIGNALING_CHANNEL_ROLE_TYPE_VIEWER;
    channel.retry = TRUE;
    callbacks.customData = (UINT64) number;
    callbacks.messageReceivedFn = on_message;
    status = createSignalingClientSync(&info, &channel, &callbacks, provider, &clients[number]);
    status = STATUS_FAILED(status) ? status : signalingClientFetchSync(clients[number]);
    return STATUS_FAILED(status) ? status : signalingClientConnectSync(clients[number]);
}

static STATUS masters(int count, const char* channel, PAwsCredentialProvider provider)
{
    STATUS status = STATUS_SUCCESS;
    size_t before = now, idle;
    char name[64], line[16];
    int i;

    peak = now;
    for (i = 0; i < count && STATUS_SUCCEEDED(status); i++) {
        snprintf(name, sizeof name, "%.40s-%d", channel, i);
        status = begin(i, name, 1, provider);
    }
    idle = now - before;
    printf("%d clients: idle %zu, coming up %zu, blocks %zu\n", count, idle, peak - before, blocks);
    for (i = 0; i < 1 && STATUS_SUCCEEDED(status); i++) {
        peak = now;
        printf("?offer\n");
        fflush(stdout);
        if (fgets(line, sizeof line, stdin) == NULL) {
            return STATUS_INVALID_OPERATION;
        }
        wait_for(1);
        printf("%d clients: message %zu\n", count, peak - before - idle);
    }
    for (i = 0; i < count; i++) {
        freeSignalingClient(&clients[i]);
    }
    printf("%d clients: left %zd\n", count, (ssize_t) (now - before));
    return status;
}

int main(int argc, char* argv[])
{
    PAwsCredentialProvider provider = NULL;
    PCHAR token = getenv("AWS_SESSION_TOKEN");
    STATUS status;

    printf("a first line, for stdio's buffer\n");
    status = createStaticCredentialProvider(getenv("AWS_ACCESS_KEY_ID"), 0, getenv("AWS_SECRET_ACCESS_KEY"), 0, token, 0,
                                            MAX_UINT64, &provider);
    status = STATUS_FAILED(status) ? status : initKvsWebRtc();
    if (STATUS_SUCCEEDED(status) && argc == 4 && strcmp(argv[1], "clients") == 0) {
        status = masters(atoi(argv[2]), argv[3], provider);
    } else if (STATUS_SUCCEEDED(status) && argc == 3) {
        status = begin(0, argv[2], 0, provider);
        status = STATUS_FAILED(status) ? status : send_to(clients[0], "", SIGNALING_MESSAGE_TYPE_OFFER);
        if (STATUS_SUCCEEDED(status)) {
            wait_for(1);
        }
        freeSignalingClient(&clients[0]);
    }
    freeStaticCredentialProvider(&provider);
    deinitKvsWebRtc();
    printf("ended 0x%08x\n", status);
    return STATUS_FAILED(status) ? 1 : 0;
}
