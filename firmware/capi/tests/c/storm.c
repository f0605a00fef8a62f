/*
 * A master and two viewers in one process, messages flowing both ways, every function called from eight threads and
 * from the callbacks; then each client is freed by three threads at once, at a random moment. In the last round the
 * channel is deleted while all are connected. argv: channel, rounds, seed, longest life of a round in ms.
 */
#define _DEFAULT_SOURCE
#include "check.h"
#include <pthread.h>
#include <unistd.h>

#define CLIENTS 3
#define CALLERS 8
#define FREERS 3

typedef struct {
    SIGNALING_CLIENT_HANDLE handle;
    int master, freed;
} Member;

static const char* names[CLIENTS] = {"master", "v1", "v2"};
static Member members[CLIENTS];
static int over;
static unsigned toMaster, toViewers, calls, late, sent, refused;

#define ADD(counter) __atomic_add_fetch(&(counter), 1, __ATOMIC_SEQ_CST)
#define GET(value) __atomic_load_n(&(value), __ATOMIC_SEQ_CST)
#define SET(value, to) __atomic_store_n(&(value), to, __ATOMIC_SEQ_CST)

static STATUS send_to(Member* member, const char* peer, SIGNALING_MESSAGE_TYPE type, unsigned number, size_t length)
{
    STATUS status;
    PSignalingMessage message = calloc(1, sizeof(SignalingMessage));
    message->messageType = type;
    strcpy(message->peerClientId, peer);
    memset(message->payload, 'x', length);
    /* No two are the same: an offer that came twice would be delivered once. */
    snprintf(message->payload, 16, "%014u", number);
    message->payload[15] = 'x';
    message->payload[14] = ' ';
    status = signalingClientSendMessageSync(GET(member->handle), message);
    ADD(*(STATUS_SUCCEEDED(status) ? &sent : &refused));
    free(message);
    return status;
}

static STATUS on_message(UINT64 data, PReceivedSignalingMessage received)
{
    Member* member = (Member*) (uintptr_t) data;
    SIGNALING_CLIENT_HANDLE own = GET(member->handle);
    SignalingClientMetrics metrics = {.version = 1};
    UINT32 count;
    PIceConfigInfo ice;

    if (GET(member->freed)) {
        ADD(late);
    }
    if (member->master) {
        unsigned number = ADD(toMaster);
        (void) signalingClientGetIceConfigInfoCount(own, &count);
        (void) signalingClientGetIceConfigInfo(own, 0, &ice);
        (void) send_to(member, received->signalingMessage.peerClientId, SIGNALING_MESSAGE_TYPE_ANSWER, number, 2000);
        (void) signalingClientGetMetrics(own, &metrics);
    } else {
        ADD(toViewers);
        (void) signalingClientConnectSync(own);
    }
    /* Refused: from a callback nothing is freed. */
    if (GET(member->freed) == 0 && own != 0) {
        STATUS status = freeSignalingClient(&own);
        CHECK(status == STATUS_INVALID_OPERATION || own == 0);
    }
    return STATUS_SUCCESS;
}

static STATUS on_state(UINT64 data, SIGNALING_CLIENT_STATE state)
{
    Member* member = (Member*) (uintptr_t) data;
    PCHAR text;

    if (GET(member->freed)) {
        ADD(late);
    }
    (void) signalingClientGetStateString(state, &text);
    (void) signalingClientGetCurrentState(GET(member->handle), &state);
    return STATUS_SUCCESS;
}

static STATUS on_error(UINT64 data, STATUS status, PCHAR text, UINT32 length)
{
    Member* member = (Member*) (uintptr_t) data;

    (void) status;
    if (GET(member->freed) || length != strlen(text)) {
        ADD(late);
    }
    return STATUS_SUCCESS;
}

static void* caller(void* argument)
{
    unsigned seed = (unsigned) (uintptr_t) argument;

    while (!GET(over)) {
        Member* member = &members[rand_r(&seed) % CLIENTS];
        SIGNALING_CLIENT_HANDLE own = GET(member->handle);
        SignalingClientMetrics metrics = {.version = 1};
        SIGNALING_CLIENT_STATE state;
        UINT32 count;
        unsigned number = ADD(calls);
        switch (rand_r(&seed) % 200) {
            case 0: (void) signalingClientDisconnectSync(own); break;
            case 1: (void) signalingClientFetchSync(own); break;
            case 2:
            case 3:
            case 4:
            case 5: (void) signalingClientConnectSync(own); break;
            case 6: (void) signalingClientGetIceConfigInfoCount(own, &count); break;
            case 7: (void) signalingClientGetMetrics(own, &metrics); break;
            case 8: (void) signalingClientGetCurrentState(own, &state); break;
            case 9: (void) send_to(member, member->master ? "v1" : "", SIGNALING_MESSAGE_TYPE_OFFER, number, 10240); break;
            default:
                if (send_to(member, member->master ? "v2" : "", SIGNALING_MESSAGE_TYPE_ICE_CANDIDATE, number, 200) ==
                    STATUS_INVALID_STREAM_STATE) {
                    /* Somebody disconnected it. */
                    (void) signalingClientConnectSync(own);
                }
        }
    }
    return NULL;
}

static void* freer(void* argument)
{
    Member* member = argument;
    SIGNALING_CLIENT_HANDLE own = GET(member->handle);

    CHECK(freeSignalingClient(&own) == STATUS_SUCCESS && own == 0);
    return NULL;
}

static void join_in(Member* member, int which, PCHAR channelName, PAwsCredentialProvider provider)
{
    SignalingClientInfo info = {.version = SIGNALING_CLIENT_INFO_CURRENT_VERSION};
    ChannelInfo channel = {0};
    SignalingClientCallbacks callbacks = {0, (UINT64) (uintptr_t) member, on_message, on_error, on_state, NULL};
    SIGNALING_CLIENT_HANDLE created = 0;

    SET(member->freed, 0);
    member->master = which == 0;
    strcpy(info.clientId, names[which]);
    /* Eight threads fetch as fast as they can: now and then the service says that this is too often. */
    info.signalingClientCreationMaxRetryAttempts = CREATE_SIGNALING_CLIENT_RETRY_ATTEMPTS_SENTINEL_VALUE;
    at_the_service(&channel, channelName, member->master ? SIGNALING_CHANNEL_ROLE_TYPE_MASTER : SIGNALING_CHANNEL_ROLE_TYPE_VIEWER);
    IS(createSignalingClientSync(&info, &channel, &callbacks, provider, &created), STATUS_SUCCESS);
    SET(member->handle, created);
    IS(signalingClientFetchSync(created), STATUS_SUCCESS);
    IS(signalingClientConnectSync(created), STATUS_SUCCESS);
}

static void leave(Member* member)
{
    SIGNALING_CLIENT_HANDLE stale = GET(member->handle);
    SIGNALING_CLIENT_STATE state;
    pthread_t freers[FREERS];

    for (int i = 0; i < FREERS; i++) {
        CHECK(pthread_create(&freers[i], NULL, freer, member) == 0);
    }
    for (int i = 0; i < FREERS; i++) {
        pthread_join(freers[i], NULL);
    }
    SET(member->freed, 1);
    IS(signalingClientConnectSync(stale), STATUS_NULL_ARG);
    IS(signalingClientGetCurrentState(stale, &state), STATUS_NULL_ARG);
}

int main(int argc, char* argv[])
{
    int rounds = argc > 2 ? atoi(argv[2]) : 3;
    unsigned seed = argc > 3 ? (unsigned) atoi(argv[3]) : 1, life = argc > 4 ? (unsigned) atoi(argv[4]) : 400;
    PAwsCredentialProvider provider = NULL;

    provider = the_service_s_keys();
    for (int round = 0; round < rounds; round++) {
        pthread_t callers[CALLERS];
        SET(over, 0);
        for (int i = 0; i < CLIENTS; i++) {
            join_in(&members[i], i, argv[1], provider);
        }
        IS(send_to(&members[1], "", SIGNALING_MESSAGE_TYPE_OFFER, 1000000u * (unsigned) round, 6000), STATUS_SUCCESS);
        for (int i = 0; i < CALLERS; i++) {
            CHECK(pthread_create(&callers[i], NULL, caller, (void*) (uintptr_t) (seed + (unsigned) (round * 100 + i))) == 0);
        }
        usleep(1000 * (life / 2 + rand_r(&seed) % (life / 2)));
        if (round + 1 == rounds) {
            STATUS status = signalingClientDeleteSync(GET(members[0].handle));
            CHECK(status == STATUS_SUCCESS || status == STATUS_OPERATION_TIMED_OUT || status == STATUS_SIGNALING_DELETE_CALL_FAILED);
            IS(signalingClientConnectSync(GET(members[0].handle)), STATUS_INVALID_STREAM_STATE);
            printf("deleted 0x%08x\n", status);
        }
        for (int i = 0; i < CLIENTS; i++) {
            leave(&members[rounds % 2 ? i : CLIENTS - 1 - i]);
        }
        SET(over, 1);
        for (int i = 0; i < CALLERS; i++) {
            pthread_join(callers[i], NULL);
        }
    }
    IS(freeStaticCredentialProvider(&provider), STATUS_SUCCESS);
    CHECK(late == 0);
    printf("survived %d rounds: %u calls, %u sent, %u refused, %u received by the master, %u by viewers\n", rounds, calls,
           sent, refused, toMaster, toViewers);
    return 0;
}
