/*
 * Credentials for a device's certificate, asked for by a program and by its client (spec §9).
 * argv: endpoint as host:port, certificate, key, CA, channel.
 */
#define _GNU_SOURCE
#include "check.h"
#include <dlfcn.h>
#include <netdb.h>
#include <pthread.h>
#include <time.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static int connected;
static UINT64 ahead;

/* AWS's names lead to this machine: the certificate is asked for on them only. */
int getaddrinfo(const char* node, const char* service, const struct addrinfo* hints, struct addrinfo** result)
{
    int (*libc)(const char*, const char*, const struct addrinfo*, struct addrinfo**);
    *(void**) &libc = dlsym(RTLD_NEXT, "getaddrinfo");
    return libc(node != NULL && strstr(node, ".amazonaws.com") != NULL ? "127.0.0.1" : node, service, hints, result);
}

/* The program's clock can be moved. */
static UINT64 now(UINT64 data)
{
    struct timespec time;
    clock_gettime(CLOCK_REALTIME, &time);
    CHECK(data == 42);
    return (UINT64) time.tv_sec * HUNDREDS_OF_NANOS_IN_A_SECOND + (UINT64) time.tv_nsec / 100 +
        __atomic_load_n(&ahead, __ATOMIC_SEQ_CST);
}

static STATUS on_state(UINT64 data, SIGNALING_CLIENT_STATE state)
{
    CHECK(data == 42);
    pthread_mutex_lock(&lock);
    connected += state == SIGNALING_CLIENT_STATE_CONNECTED;
    pthread_cond_broadcast(&changed);
    pthread_mutex_unlock(&lock);
    return STATUS_SUCCESS;
}

static void connections(int number)
{
    struct timespec until = {time(NULL) + 60, 0};
    pthread_mutex_lock(&lock);
    while (connected < number) {
        CHECK(pthread_cond_timedwait(&changed, &lock, &until) == 0);
    }
    pthread_mutex_unlock(&lock);
}

static void* ask_often(void* provider)
{
    for (int i = 0; i < 200; i++) {
        PAwsCredentials given = NULL;
        IS(((PAwsCredentialProvider) provider)->getCredentialsFn(provider, &given), STATUS_SUCCESS);
        CHECK(given->accessKeyIdLen == strlen(given->accessKeyId));
    }
    return NULL;
}

static void refusals(char* argv[])
{
    PAwsCredentialProvider provider = NULL;
    char endpoint[MAX_URI_CHAR_LEN + 2], path[MAX_PATH_LEN + 2], name[MAX_ROLE_ALIAS_LEN + 2];

    memset(endpoint, 'a', sizeof(endpoint));
    memset(path, 'a', sizeof(path));
    memset(name, 'a', sizeof(name));
    endpoint[sizeof(endpoint) - 1] = path[sizeof(path) - 1] = name[sizeof(name) - 1] = 0;
#define LWS(...) createLwsIotCredentialProvider(__VA_ARGS__, &provider)
#define CURL(...) createCurlIotCredentialProvider(__VA_ARGS__, &provider)
    IS(LWS(NULL, argv[2], argv[3], argv[4], "cameras", "camera"), STATUS_NULL_ARG);
    IS(LWS(argv[1], NULL, argv[3], argv[4], "cameras", "camera"), STATUS_NULL_ARG);
    IS(LWS(argv[1], argv[2], NULL, argv[4], "cameras", "camera"), STATUS_NULL_ARG);
    IS(LWS(argv[1], argv[2], argv[3], argv[4], NULL, "camera"), STATUS_NULL_ARG);
    IS(LWS(argv[1], argv[2], argv[3], argv[4], "cameras", NULL), STATUS_NULL_ARG);
    IS(createLwsIotCredentialProvider(argv[1], argv[2], argv[3], argv[4], "cameras", "camera", NULL), STATUS_NULL_ARG);
    IS(LWS(endpoint, argv[2], argv[3], argv[4], "cameras", "camera"), STATUS_IOT_INVALID_URI_LEN);
    IS(LWS(argv[1], path, argv[3], argv[4], "cameras", "camera"), STATUS_PATH_TOO_LONG);
    IS(LWS(argv[1], argv[2], argv[3], argv[4], name, "camera"), STATUS_MAX_ROLE_ALIAS_LEN_EXCEEDED);
    IS(LWS(argv[1], argv[2], argv[3], argv[4], "cameras", name), STATUS_MAX_IOT_THING_NAME_LENGTH);
    IS(LWS(argv[1], argv[2], argv[3], argv[4], "cameras", "a\r\nb: c"), STATUS_INVALID_ARG);
    /* Files that are not there, or not what they should be. */
    IS(LWS(argv[1], "/nowhere", argv[3], argv[4], "cameras", "camera"), STATUS_IOT_CREATE_LWS_CONTEXT_FAILED);
    IS(LWS(argv[1], argv[2], argv[2], argv[4], "cameras", "camera"), STATUS_IOT_CREATE_LWS_CONTEXT_FAILED);
    IS(CURL(argv[1], argv[2], argv[3], "/nowhere", "cameras", "camera"), STATUS_CURL_PERFORM_FAILED);
    /* Nobody there. */
    IS(LWS("127.0.0.1:1", argv[2], argv[3], argv[4], "cameras", "camera"), STATUS_IOT_INVALID_RESPONSE_LENGTH);
    IS(CURL("127.0.0.1:1", argv[2], argv[3], argv[4], "cameras", "camera"), STATUS_CURL_PERFORM_FAILED);
    /* What the service refuses has no credentials in it. */
    IS(LWS(argv[1], argv[2], argv[3], argv[4], "doorbells", "camera"), STATUS_IOT_NULL_AWS_CREDS);
    IS(CURL(argv[1], argv[2], argv[3], argv[4], "cameras", "doorbell"), STATUS_IOT_NULL_AWS_CREDS);
    ask("slow");
    IS(createCurlIotCredentialProviderWithTimeAndTimeout(argv[1], argv[2], argv[3], argv[4], "cameras", "camera",
                                                         HUNDREDS_OF_NANOS_IN_A_SECOND, HUNDREDS_OF_NANOS_IN_A_SECOND,
                                                         now, 42, &provider),
       STATUS_CURL_PERFORM_FAILED);
    ask("quick");
    CHECK(provider == NULL);
}

static void standalone(char* argv[])
{
    PAwsCredentialProvider provider = NULL;
    PAwsCredentials first = NULL, again = NULL;
    pthread_t threads[4];

    IS(createCurlIotCredentialProviderWithTime(argv[1], argv[2], argv[3], argv[4], "cameras", "camera", now, 42, &provider),
       STATUS_SUCCESS);
    IS(provider->getCredentialsFn(NULL, &first), STATUS_NULL_ARG);
    IS(provider->getCredentialsFn(provider, NULL), STATUS_NULL_ARG);
    IS(provider->getCredentialsFn(provider, &first), STATUS_SUCCESS);
    CHECK(first->version == AWS_CREDENTIALS_CURRENT_VERSION && strncmp(first->accessKeyId, "ASIA", 4) == 0);
    CHECK(first->secretKeyLen == strlen(first->secretKey) && first->sessionTokenLen == strlen(first->sessionToken));
    /* An hour, less 1 to 20 percent. */
    CHECK(first->expiration > now(42) + 47 * HUNDREDS_OF_NANOS_IN_A_MINUTE);
    CHECK(first->expiration < now(42) + HUNDREDS_OF_NANOS_IN_AN_HOUR);
    IS(provider->getCredentialsFn(provider, &again), STATUS_SUCCESS);
    CHECK(again == first);

    /* Asked from several threads while they are renewed. */
    for (int i = 0; i < 4; i++) {
        CHECK(pthread_create(&threads[i], NULL, ask_often, provider) == 0);
    }
    __atomic_store_n(&ahead, 59 * HUNDREDS_OF_NANOS_IN_A_MINUTE, __ATOMIC_SEQ_CST);
    IS(provider->getCredentialsFn(provider, &again), STATUS_SUCCESS);
    for (int i = 0; i < 4; i++) {
        CHECK(pthread_join(threads[i], NULL) == 0);
    }
    /* Who still reads the old ones reads them whole. */
    CHECK(again != first && strcmp(again->accessKeyId, first->accessKeyId) != 0);
    IS(freeIotCredentialProvider(&provider), STATUS_SUCCESS);
    CHECK(provider == NULL);
    IS(freeIotCredentialProvider(&provider), STATUS_SUCCESS);
    IS(freeIotCredentialProvider(NULL), STATUS_NULL_ARG);
    __atomic_store_n(&ahead, 0, __ATOMIC_SEQ_CST);
}

static void in_a_client(char* argv[])
{
    SIGNALING_CLIENT_HANDLE client = INVALID_SIGNALING_CLIENT_HANDLE_VALUE;
    SignalingClientInfo info = {.version = SIGNALING_CLIENT_INFO_CURRENT_VERSION, .clientId = "camera"};
    ChannelInfo channel = {0};
    SignalingClientCallbacks callbacks = {.version = SIGNALING_CLIENT_CALLBACKS_CURRENT_VERSION};
    PAwsCredentialProvider provider = NULL;
    PAwsCredentials given = NULL;
    char first[MAX_ACCESS_KEY_LEN + 1];

    at_the_service(&channel, argv[5], SIGNALING_CHANNEL_ROLE_TYPE_MASTER);
    channel.pCertPath = argv[4];
    callbacks.customData = 42;
    callbacks.stateChangeFn = on_state;
    callbacks.getCurrentTimeFn = now;
    IS(createLwsIotCredentialProviderWithTime(argv[1], argv[2], argv[3], argv[4], "cameras", "camera", now, 42, &provider),
       STATUS_SUCCESS);
    IS(provider->getCredentialsFn(provider, &given), STATUS_SUCCESS);
    strcpy(first, given->accessKeyId);
    IS(createSignalingClientSync(&info, &channel, &callbacks, provider, &client), STATUS_SUCCESS);
    IS(signalingClientFetchSync(client), STATUS_SUCCESS);
    IS(signalingClientConnectSync(client), STATUS_SUCCESS);

    /* Refused long before their end: the provider does not give them a second time. */
    ask("expire");
    ask("close");
    connections(2);
    IS(provider->getCredentialsFn(provider, &given), STATUS_SUCCESS);
    CHECK(strcmp(given->accessKeyId, first) != 0);
    strcpy(first, given->accessKeyId);

    /* More than an hour passes, and the connection is lost: the keys have ended, and others are had. */
    __atomic_store_n(&ahead, 3700 * HUNDREDS_OF_NANOS_IN_A_SECOND, __ATOMIC_SEQ_CST);
    ask("later");
    ask("close");
    connections(3);
    IS(provider->getCredentialsFn(provider, &given), STATUS_SUCCESS);
    CHECK(strcmp(given->accessKeyId, first) != 0);
    IS(freeSignalingClient(&client), STATUS_SUCCESS);
    IS(freeIotCredentialProvider(&provider), STATUS_SUCCESS);
}

int main(int argc, char* argv[])
{
    CHECK(argc == 6);
    refusals(argv);
    standalone(argv);
    in_a_client(argv);
    printf("served\n");
    return 0;
}
