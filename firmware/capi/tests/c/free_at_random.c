/*
 * Clients freed at random moments, under load: calls of other threads are under way, messages and callbacks too.
 * argv: channel, rounds, seed.
 */
#define _DEFAULT_SOURCE
#include "check.h"
#include <pthread.h>
#include <unistd.h>

#define CALLERS 4
static SIGNALING_CLIENT_HANDLE handle;
static int freed;
static unsigned callbacksAfterFree, calls;

static STATUS on_message(UINT64 data, PReceivedSignalingMessage received)
{
    (void) data;
    __atomic_add_fetch(&callbacksAfterFree, (unsigned) __atomic_load_n(&freed, __ATOMIC_SEQ_CST), __ATOMIC_SEQ_CST);
    received->signalingMessage.messageType = SIGNALING_MESSAGE_TYPE_ANSWER;
    (void) signalingClientSendMessageSync(__atomic_load_n(&handle, __ATOMIC_SEQ_CST), &received->signalingMessage);
    return STATUS_SUCCESS;
}

static STATUS on_state(UINT64 data, SIGNALING_CLIENT_STATE state)
{
    SIGNALING_CLIENT_STATE current;
    SIGNALING_CLIENT_HANDLE own = __atomic_load_n(&handle, __ATOMIC_SEQ_CST);
    (void) data;
    (void) state;
    __atomic_add_fetch(&callbacksAfterFree, (unsigned) __atomic_load_n(&freed, __ATOMIC_SEQ_CST), __ATOMIC_SEQ_CST);
    (void) signalingClientGetCurrentState(own, &current);
    /* From the client's own thread: refused, nothing freed. */
    (void) freeSignalingClient(&own);
    return STATUS_SUCCESS;
}

static void* caller(void* argument)
{
    unsigned seed = (unsigned) (uintptr_t) argument;
    PSignalingMessage message = calloc(1, sizeof(SignalingMessage));
    message->messageType = SIGNALING_MESSAGE_TYPE_ICE_CANDIDATE;
    strcpy(message->peerClientId, "anna");
    strcpy(message->payload, "{\"candidate\":\"\"}");
    while (!__atomic_load_n(&freed, __ATOMIC_SEQ_CST)) {
        SIGNALING_CLIENT_HANDLE own = __atomic_load_n(&handle, __ATOMIC_SEQ_CST);
        SIGNALING_CLIENT_STATE state;
        SignalingClientMetrics metrics = {.version = 1};
        UINT32 count;
        switch (rand_r(&seed) % 8) {
            case 0: (void) signalingClientFetchSync(own); break;
            case 1:
            case 2: (void) signalingClientConnectSync(own); break;
            case 3: (void) signalingClientDisconnectSync(own); break;
            case 4: (void) signalingClientGetIceConfigInfoCount(own, &count); break;
            case 5: (void) signalingClientGetMetrics(own, &metrics); break;
            case 6: (void) signalingClientGetCurrentState(own, &state); break;
            default: (void) signalingClientSendMessageSync(own, message); break;
        }
        __atomic_add_fetch(&calls, 1, __ATOMIC_SEQ_CST);
    }
    free(message);
    return NULL;
}

int main(int argc, char* argv[])
{
    int rounds = argc > 2 ? atoi(argv[2]) : 5;
    unsigned seed = argc > 3 ? (unsigned) atoi(argv[3]) : 1;

    for (int round = 0; round < rounds; round++) {
        SignalingClientInfo info = {.version = SIGNALING_CLIENT_INFO_CURRENT_VERSION};
        ChannelInfo channel = {0};
        SignalingClientCallbacks callbacks = {.messageReceivedFn = on_message, .stateChangeFn = on_state};
        PAwsCredentialProvider provider = NULL;
        SIGNALING_CLIENT_HANDLE created = 0, own;
        pthread_t callers[CALLERS];
        STATUS status;

        at_the_service(&channel, argv[1], SIGNALING_CHANNEL_ROLE_TYPE_MASTER);
        __atomic_store_n(&freed, 0, __ATOMIC_SEQ_CST);
        provider = the_service_s_keys();
        status = createSignalingClientSync(&info, &channel, &callbacks, provider, &created);
        if (STATUS_FAILED(status)) {
            printf("FAILED create 0x%08x\n", status);
            return 1;
        }
        __atomic_store_n(&handle, created, __ATOMIC_SEQ_CST);
        for (int i = 0; i < CALLERS; i++) {
            pthread_create(&callers[i], NULL, caller, (void*) (uintptr_t) (seed + (unsigned) i * 77));
        }
        usleep(rand_r(&seed) % 400000);
        own = created;
        status = freeSignalingClient(&own);
        __atomic_store_n(&freed, 1, __ATOMIC_SEQ_CST);
        for (int i = 0; i < CALLERS; i++) {
            pthread_join(callers[i], NULL);
        }
        __atomic_store_n(&handle, 0, __ATOMIC_SEQ_CST);
        freeStaticCredentialProvider(&provider);
        if (STATUS_FAILED(status) || own != 0 || callbacksAfterFree != 0) {
            printf("FAILED free 0x%08x, %u callbacks after it\n", status, callbacksAfterFree);
            return 1;
        }
    }
    printf("survived %d rounds, %u calls\n", rounds, calls);
    return 0;
}
