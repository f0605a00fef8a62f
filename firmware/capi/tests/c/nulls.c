/*
 * Every function of the header with NULL for each pointer that may not be, with a handle that is none and with one that
 * is none any more: refused with NULL_ARG, nothing written, nothing crashed. The harness checks that none is missing.
 */
#include "check.h"

#define GONE ((SIGNALING_CLIENT_HANDLE) 77)

static SignalingClientInfo info;
static ChannelInfo channel;
static SignalingClientCallbacks callbacks;
static CHAR text[] = "text";

static STATUS no_credentials(PAwsCredentialProvider provider, PAwsCredentials* credentials)
{
    (void) provider;
    (void) credentials;
    return STATUS_NOT_IMPLEMENTED;
}

static void clients(void)
{
    AwsCredentialProvider provider = {no_credentials};
    SIGNALING_CLIENT_HANDLE client = 5;

    channel.channelRoleType = SIGNALING_CHANNEL_ROLE_TYPE_MASTER;
    channel.channelType = SIGNALING_CHANNEL_TYPE_SINGLE_MASTER;
    channel.pChannelName = text;
    channel.pCertPath = getenv("AWS_KVS_CACERT_PATH");
    IS(createSignalingClientSync(NULL, &channel, &callbacks, &provider, &client), STATUS_NULL_ARG);
    IS(createSignalingClientSync(&info, NULL, &callbacks, &provider, &client), STATUS_NULL_ARG);
    IS(createSignalingClientSync(&info, &channel, NULL, &provider, &client), STATUS_NULL_ARG);
    IS(createSignalingClientSync(&info, &channel, &callbacks, NULL, &client), STATUS_NULL_ARG);
    IS(createSignalingClientSync(&info, &channel, &callbacks, &provider, NULL), STATUS_NULL_ARG);
    channel.pChannelName = NULL;
    IS(createSignalingClientSync(&info, &channel, &callbacks, &provider, &client), STATUS_NULL_ARG);
    channel.pChannelName = text;
    channel.tagCount = 1;
    CHECK(STATUS_FAILED(createSignalingClientSync(&info, &channel, &callbacks, &provider, &client)));
    channel.tagCount = 0;
    IS(freeSignalingClient(NULL), STATUS_NULL_ARG);
    /* A failure writes no handle. */
    CHECK(client == 5);
    /* What a client was freed under is refused by all but free, for which it is freed already. */
    client = GONE;
    IS(freeSignalingClient(&client), STATUS_SUCCESS);
    CHECK(client == INVALID_SIGNALING_CLIENT_HANDLE_VALUE);
}

static void handles(SIGNALING_CLIENT_HANDLE bad)
{
    static SignalingMessage message;
    static SignalingClientMetrics metrics;
    SIGNALING_CLIENT_STATE state = SIGNALING_CLIENT_STATE_READY;
    PIceConfigInfo ice = NULL;
    UINT32 count = 5;

    strcpy(message.payload, "text");
    IS(signalingClientFetchSync(bad), STATUS_NULL_ARG);
    IS(signalingClientConnectSync(bad), STATUS_NULL_ARG);
    IS(signalingClientDisconnectSync(bad), STATUS_NULL_ARG);
    IS(signalingClientDeleteSync(bad), STATUS_NULL_ARG);
    IS(signalingClientSendMessageSync(bad, &message), STATUS_NULL_ARG);
    IS(signalingClientSendMessageSync(bad, NULL), STATUS_NULL_ARG);
    IS(signalingClientGetIceConfigInfoCount(bad, &count), STATUS_NULL_ARG);
    IS(signalingClientGetIceConfigInfoCount(bad, NULL), STATUS_NULL_ARG);
    IS(signalingClientGetIceConfigInfo(bad, 0, &ice), STATUS_NULL_ARG);
    IS(signalingClientGetIceConfigInfo(bad, 0, NULL), STATUS_NULL_ARG);
    IS(signalingClientGetCurrentState(bad, &state), STATUS_NULL_ARG);
    IS(signalingClientGetCurrentState(bad, NULL), STATUS_NULL_ARG);
    IS(signalingClientGetMetrics(bad, &metrics), STATUS_NULL_ARG);
    IS(signalingClientGetMetrics(bad, NULL), STATUS_NULL_ARG);
    IS(signalingClientGetStateString(SIGNALING_CLIENT_STATE_NEW, NULL), STATUS_NULL_ARG);
    CHECK(count == 5 && ice == NULL && state == SIGNALING_CLIENT_STATE_UNKNOWN);
}

static void keys(void)
{
    PAwsCredentialProvider provider = NULL;
    PAwsCredentials credentials = NULL;

    IS(createStaticCredentialProvider(NULL, 0, text, 0, text, 0, MAX_UINT64, &provider), STATUS_NULL_ARG);
    IS(createStaticCredentialProvider(text, 0, NULL, 0, text, 0, MAX_UINT64, &provider), STATUS_NULL_ARG);
    IS(createStaticCredentialProvider(text, 0, text, 0, text, 0, MAX_UINT64, NULL), STATUS_NULL_ARG);
    IS(freeStaticCredentialProvider(NULL), STATUS_NULL_ARG);
    IS(freeStaticCredentialProvider(&provider), STATUS_SUCCESS);
    IS(createAwsCredentials(NULL, 0, text, 0, NULL, 0, MAX_UINT64, &credentials), STATUS_NULL_ARG);
    IS(createAwsCredentials(text, 0, NULL, 0, NULL, 0, MAX_UINT64, &credentials), STATUS_NULL_ARG);
    IS(createAwsCredentials(text, 0, text, 0, NULL, 0, MAX_UINT64, NULL), STATUS_NULL_ARG);
    IS(freeAwsCredentials(NULL), STATUS_NULL_ARG);
    IS(freeAwsCredentials(&credentials), STATUS_SUCCESS);
    IS(createFileCredentialProvider(NULL, &provider), STATUS_NULL_ARG);
    IS(createFileCredentialProvider(text, NULL), STATUS_NULL_ARG);
    IS(createFileCredentialProviderWithTime(NULL, NULL, 0, &provider), STATUS_NULL_ARG);
    IS(createFileCredentialProviderWithTime(text, NULL, 0, NULL), STATUS_NULL_ARG);
    IS(freeFileCredentialProvider(NULL), STATUS_NULL_ARG);
    IS(freeFileCredentialProvider(&provider), STATUS_SUCCESS);
    CHECK(provider == NULL && credentials == NULL);
}

static void certificates(void)
{
    PAwsCredentialProvider provider = NULL;

    for (int missing = 0; missing < 7; missing++) {
        PCHAR given[6];
        PAwsCredentialProvider* to = missing == 6 ? NULL : &provider;
        for (int i = 0; i < 6; i++) {
            given[i] = i == missing ? NULL : text;
        }
#define TEXTS given[0], given[1], given[2], given[3], given[4], given[5]
        IS(createLwsIotCredentialProvider(TEXTS, to), STATUS_NULL_ARG);
        IS(createLwsIotCredentialProviderWithTime(TEXTS, NULL, 0, to), STATUS_NULL_ARG);
        IS(createCurlIotCredentialProvider(TEXTS, to), STATUS_NULL_ARG);
        IS(createCurlIotCredentialProviderWithTime(TEXTS, NULL, 0, to), STATUS_NULL_ARG);
        IS(createCurlIotCredentialProviderWithTimeAndTimeout(TEXTS, 0, 0, NULL, 0, to), STATUS_NULL_ARG);
    }
    IS(freeIotCredentialProvider(NULL), STATUS_NULL_ARG);
    IS(freeIotCredentialProvider(&provider), STATUS_SUCCESS);
    CHECK(provider == NULL);
}

int main(void)
{
    IS(initKvsWebRtc(), STATUS_SUCCESS);
    clients();
    handles(INVALID_SIGNALING_CLIENT_HANDLE_VALUE);
    handles(GONE);
    handles(MAX_UINT64);
    keys();
    certificates();
    IS(deinitKvsWebRtc(), STATUS_SUCCESS);
    printf("refused\n");
    return 0;
}
