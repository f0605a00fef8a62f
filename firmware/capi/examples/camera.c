/*
 * A camera's signaling as the SDK's samples write it (their Common.c): one configuration with a lock, a condition and
 * flags; create, fetch, connect; metrics logged; each new peer asks for ICE servers and gets an answer; a loop that
 * fetches or makes the client anew when it reports that it cannot go on. Ends on SIGINT. C99, and C++ as it stands.
 *
 * AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN; or a device's certificate: AWS_IOT_CORE_CREDENTIAL_ENDPOINT,
 * AWS_IOT_CORE_CERT, AWS_IOT_CORE_PRIVATE_KEY, AWS_IOT_CORE_ROLE_ALIAS, AWS_IOT_CORE_THING_NAME. AWS_DEFAULT_REGION,
 * AWS_KVS_CACERT_PATH; CONTROL_PLANE_URI for another endpoint than AWS's.
 */
#define _POSIX_C_SOURCE 200809L
#include <com/amazonaws/kinesis/video/webrtcclient/Include.h>
#include <inttypes.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <time.h>

#define CHK_STATUS(call)                                                                                               \
    do {                                                                                                               \
        retStatus = (call);                                                                                            \
        if (STATUS_FAILED(retStatus)) {                                                                                \
            printf("%s: 0x%08x\n", #call, retStatus);                                                                  \
            goto CleanUp;                                                                                              \
        }                                                                                                              \
    } while (0)

typedef struct {
    pthread_mutex_t signalingSendMessageLock;
    pthread_mutex_t sampleConfigurationObjLock;
    pthread_cond_t cvar;
    BOOL recreateSignalingClient;
    UINT32 offers;
    BOOL usesIot;
    SIGNALING_CLIENT_HANDLE signalingClientHandle;
    PAwsCredentialProvider pCredentialProvider;
    ChannelInfo channelInfo;
    SignalingClientInfo clientInfo;
    SignalingClientCallbacks signalingClientCallbacks;
    SignalingClientMetrics signalingClientMetrics;
} SampleConfiguration, *PSampleConfiguration;

static volatile sig_atomic_t interrupted = 0;

static void on_interrupt(int number)
{
    (void) number;
    interrupted = 1;
}

static STATUS sendSignalingMessage(PSampleConfiguration pConfig, PSignalingMessage pMessage)
{
    STATUS retStatus;

    pthread_mutex_lock(&pConfig->signalingSendMessageLock);
    retStatus = signalingClientSendMessageSync(pConfig->signalingClientHandle, pMessage);
    pthread_mutex_unlock(&pConfig->signalingSendMessageLock);
    return retStatus;
}

static STATUS respond(PSampleConfiguration pConfig, PCHAR peer, SIGNALING_MESSAGE_TYPE type, const char* payload)
{
    STATUS retStatus;
    PSignalingMessage pMessage = (PSignalingMessage) calloc(1, sizeof(SignalingMessage));

    if (pMessage == NULL) {
        return STATUS_NOT_ENOUGH_MEMORY;
    }
    pMessage->version = SIGNALING_MESSAGE_CURRENT_VERSION;
    pMessage->messageType = type;
    strncpy(pMessage->peerClientId, peer, MAX_SIGNALING_CLIENT_ID_LEN);
    strncpy(pMessage->payload, payload, MAX_SIGNALING_MESSAGE_LEN);
    pMessage->payloadLen = (UINT32) strlen(pMessage->payload);
    pMessage->correlationId[0] = '\0';
    retStatus = sendSignalingMessage(pConfig, pMessage);
    free(pMessage);
    return retStatus;
}

static STATUS handleOffer(PSampleConfiguration pConfig, PSignalingMessage pOffer)
{
    STATUS retStatus = STATUS_SUCCESS;
    UINT32 iceConfigCount = 0, i, uris = 0;
    PIceConfigInfo pIceConfigInfo = NULL;
    CHAR answer[256];

    CHK_STATUS(signalingClientGetIceConfigInfoCount(pConfig->signalingClientHandle, &iceConfigCount));
    for (i = 0; i < iceConfigCount; i++) {
        CHK_STATUS(signalingClientGetIceConfigInfo(pConfig->signalingClientHandle, i, &pIceConfigInfo));
        uris += pIceConfigInfo->uriCount;
    }
    printf("offer from %s, %u ICE servers, %u URIs\n", pOffer->peerClientId, iceConfigCount, uris);
    snprintf(answer, sizeof(answer), "{\"type\":\"answer\",\"sdp\":\"v=0\\r\\no=- %" PRIu64 "%06u 2 IN IP4 127.0.0.1\\r\\n\"}",
             (UINT64) time(NULL), pConfig->offers);
    CHK_STATUS(respond(pConfig, pOffer->peerClientId, SIGNALING_MESSAGE_TYPE_ANSWER, answer));
    CHK_STATUS(respond(pConfig, pOffer->peerClientId, SIGNALING_MESSAGE_TYPE_ICE_CANDIDATE,
                       "{\"candidate\":\"candidate:1 1 udp 1 192.0.2.1 9 typ host\",\"sdpMid\":\"0\"}"));
    CHK_STATUS(signalingClientGetMetrics(pConfig->signalingClientHandle, &pConfig->signalingClientMetrics));
    printf("[Signaling offer received to answer sent time] %" PRIu64 " ms\n",
           pConfig->signalingClientMetrics.signalingClientStats.offerToAnswerTime);
    pConfig->offers++;

CleanUp:
    return retStatus;
}

static STATUS signalingMessageReceived(UINT64 customData, PReceivedSignalingMessage pReceived)
{
    PSampleConfiguration pConfig = (PSampleConfiguration) (uintptr_t) customData;
    STATUS retStatus = STATUS_SUCCESS;

    pthread_mutex_lock(&pConfig->sampleConfigurationObjLock);
    switch (pReceived->signalingMessage.messageType) {
        case SIGNALING_MESSAGE_TYPE_OFFER:
            retStatus = handleOffer(pConfig, &pReceived->signalingMessage);
            break;
        case SIGNALING_MESSAGE_TYPE_ICE_CANDIDATE:
            printf("candidate from %s\n", pReceived->signalingMessage.peerClientId);
            break;
        default:
            printf("unhandled message type %u\n", (UINT32) pReceived->signalingMessage.messageType);
            break;
    }
    pthread_cond_broadcast(&pConfig->cvar);
    pthread_mutex_unlock(&pConfig->sampleConfigurationObjLock);
    return retStatus;
}

static STATUS signalingClientStateChanged(UINT64 customData, SIGNALING_CLIENT_STATE state)
{
    PCHAR pStateStr = NULL;

    (void) customData;
    signalingClientGetStateString(state, &pStateStr);
    printf("state %d - '%s'\n", (int) state, pStateStr);
    return STATUS_SUCCESS;
}

static STATUS signalingClientError(UINT64 customData, STATUS status, PCHAR msg, UINT32 msgLen)
{
    PSampleConfiguration pConfig = (PSampleConfiguration) (uintptr_t) customData;

    printf("error 0x%08x - '%.*s'\n", status, (int) msgLen, msg);
    if (status == STATUS_SIGNALING_ICE_CONFIG_REFRESH_FAILED || status == STATUS_SIGNALING_RECONNECT_FAILED) {
        __atomic_store_n(&pConfig->recreateSignalingClient, TRUE, __ATOMIC_SEQ_CST);
        pthread_cond_broadcast(&pConfig->cvar);
    }
    return STATUS_SUCCESS;
}

static BOOL signalingCallFailed(STATUS status)
{
    return status == STATUS_SIGNALING_GET_TOKEN_CALL_FAILED || status == STATUS_SIGNALING_DESCRIBE_CALL_FAILED ||
        status == STATUS_SIGNALING_CREATE_CALL_FAILED || status == STATUS_SIGNALING_GET_ENDPOINT_CALL_FAILED ||
        status == STATUS_SIGNALING_GET_ICE_CONFIG_CALL_FAILED || status == STATUS_SIGNALING_CONNECT_CALL_FAILED ||
        status == STATUS_SIGNALING_DESCRIBE_MEDIA_CALL_FAILED;
}

static STATUS createSampleConfiguration(PSampleConfiguration pConfig, PCHAR channelName)
{
    PCHAR pAccessKey = getenv("AWS_ACCESS_KEY_ID"), pSecretKey = getenv("AWS_SECRET_ACCESS_KEY");
    PCHAR pIotEndpoint = getenv("AWS_IOT_CORE_CREDENTIAL_ENDPOINT"), pCaCertPath = getenv("AWS_KVS_CACERT_PATH");
    STATUS retStatus = STATUS_SUCCESS;

    memset(pConfig, 0, sizeof(*pConfig));
    pthread_mutex_init(&pConfig->signalingSendMessageLock, NULL);
    pthread_mutex_init(&pConfig->sampleConfigurationObjLock, NULL);
    pthread_cond_init(&pConfig->cvar, NULL);
    if (pIotEndpoint != NULL) {
        pConfig->usesIot = TRUE;
        CHK_STATUS(createLwsIotCredentialProvider(pIotEndpoint, getenv("AWS_IOT_CORE_CERT"), getenv("AWS_IOT_CORE_PRIVATE_KEY"),
                                                  pCaCertPath, getenv("AWS_IOT_CORE_ROLE_ALIAS"), getenv("AWS_IOT_CORE_THING_NAME"),
                                                  &pConfig->pCredentialProvider));
    } else {
        CHK_STATUS(pAccessKey == NULL || pSecretKey == NULL ? STATUS_INVALID_OPERATION : STATUS_SUCCESS);
        CHK_STATUS(createStaticCredentialProvider(pAccessKey, 0, pSecretKey, 0, getenv("AWS_SESSION_TOKEN"), 0, MAX_UINT64,
                                                  &pConfig->pCredentialProvider));
    }
    pConfig->channelInfo.version = CHANNEL_INFO_CURRENT_VERSION;
    pConfig->channelInfo.pChannelName = channelName;
    pConfig->channelInfo.pRegion = getenv("AWS_DEFAULT_REGION");
    pConfig->channelInfo.pControlPlaneUrl = getenv("CONTROL_PLANE_URI");
    pConfig->channelInfo.pKmsKeyId = NULL;
    pConfig->channelInfo.tagCount = 0;
    pConfig->channelInfo.pTags = NULL;
    pConfig->channelInfo.channelType = SIGNALING_CHANNEL_TYPE_SINGLE_MASTER;
    pConfig->channelInfo.channelRoleType = SIGNALING_CHANNEL_ROLE_TYPE_MASTER;
    pConfig->channelInfo.cachingPolicy = SIGNALING_API_CALL_CACHE_TYPE_NONE;
    pConfig->channelInfo.cachingPeriod = SIGNALING_API_CALL_CACHE_TTL_SENTINEL_VALUE;
    pConfig->channelInfo.asyncIceServerConfig = TRUE;
    pConfig->channelInfo.retry = TRUE;
    pConfig->channelInfo.reconnect = TRUE;
    pConfig->channelInfo.pCertPath = pCaCertPath;
    pConfig->channelInfo.messageTtl = 0;
    pConfig->clientInfo.version = SIGNALING_CLIENT_INFO_CURRENT_VERSION;
    pConfig->clientInfo.loggingLevel = LOG_LEVEL_WARN;
    pConfig->clientInfo.cacheFilePath = NULL;
    pConfig->clientInfo.signalingClientCreationMaxRetryAttempts = CREATE_SIGNALING_CLIENT_RETRY_ATTEMPTS_SENTINEL_VALUE;
    strcpy(pConfig->clientInfo.clientId, "ProducerMaster");
    pConfig->signalingClientCallbacks.version = SIGNALING_CLIENT_CALLBACKS_CURRENT_VERSION;
    pConfig->signalingClientCallbacks.customData = (UINT64) (uintptr_t) pConfig;
    pConfig->signalingClientCallbacks.messageReceivedFn = signalingMessageReceived;
    pConfig->signalingClientCallbacks.errorReportFn = signalingClientError;
    pConfig->signalingClientCallbacks.stateChangeFn = signalingClientStateChanged;
    pConfig->signalingClientMetrics.version = SIGNALING_CLIENT_METRICS_CURRENT_VERSION;
    pConfig->signalingClientHandle = INVALID_SIGNALING_CLIENT_HANDLE_VALUE;

CleanUp:
    return retStatus;
}

static STATUS initSignaling(PSampleConfiguration pConfig)
{
    STATUS retStatus = STATUS_SUCCESS;
    PSignalingClientStats pStats = &pConfig->signalingClientMetrics.signalingClientStats;

    CHK_STATUS(createSignalingClientSync(&pConfig->clientInfo, &pConfig->channelInfo, &pConfig->signalingClientCallbacks,
                                         pConfig->pCredentialProvider, &pConfig->signalingClientHandle));
    CHK_STATUS(signalingClientFetchSync(pConfig->signalingClientHandle));
    CHK_STATUS(signalingClientConnectSync(pConfig->signalingClientHandle));
    CHK_STATUS(signalingClientGetMetrics(pConfig->signalingClientHandle, &pConfig->signalingClientMetrics));
    printf("[Signaling Get token] %" PRIu64 " ms\n", pStats->getTokenCallTime);
    printf("[Signaling Describe] %" PRIu64 " ms\n", pStats->describeCallTime);
    printf("[Signaling Create Channel] %" PRIu64 " ms\n", pStats->createCallTime);
    printf("[Signaling Get endpoint] %" PRIu64 " ms\n", pStats->getEndpointCallTime);
    printf("[Signaling Get ICE config] %" PRIu64 " ms\n", pStats->getIceConfigCallTime);
    printf("[Signaling Connect] %" PRIu64 " ms\n", pStats->connectCallTime);
    printf("[Signaling create client] %" PRIu64 " ms\n", pStats->createClientTime);
    printf("[Signaling fetch client] %" PRIu64 " ms\n", pStats->fetchClientTime);
    printf("[Signaling connect client] %" PRIu64 " ms\n", pStats->connectClientTime);
    printf("Channel %s set up done\n", pConfig->channelInfo.pChannelName);

CleanUp:
    return retStatus;
}

static STATUS recreate(PSampleConfiguration pConfig)
{
    STATUS retStatus = signalingClientFetchSync(pConfig->signalingClientHandle);

    printf("fetched again 0x%08x\n", retStatus);
    if (STATUS_SUCCEEDED(retStatus)) {
        __atomic_store_n(&pConfig->recreateSignalingClient, FALSE, __ATOMIC_SEQ_CST);
    } else if (signalingCallFailed(retStatus)) {
        freeSignalingClient(&pConfig->signalingClientHandle);
        retStatus = createSignalingClientSync(&pConfig->clientInfo, &pConfig->channelInfo, &pConfig->signalingClientCallbacks,
                                              pConfig->pCredentialProvider, &pConfig->signalingClientHandle);
        printf("created again 0x%08x\n", retStatus);
    }
    return retStatus;
}

/* Until interrupted: the SDK's samples call this sessionCleanupWait, for the peer connections that end meanwhile. */
static STATUS run(PSampleConfiguration pConfig)
{
    STATUS retStatus = STATUS_SUCCESS;
    SIGNALING_CLIENT_STATE state;
    struct timespec until;

    while (!interrupted) {
        if (__atomic_load_n(&pConfig->recreateSignalingClient, __ATOMIC_SEQ_CST)) {
            (void) recreate(pConfig);
        }
        if (IS_VALID_SIGNALING_CLIENT_HANDLE(pConfig->signalingClientHandle)) {
            CHK_STATUS(signalingClientGetCurrentState(pConfig->signalingClientHandle, &state));
            if (state == SIGNALING_CLIENT_STATE_READY) {
                printf("connected again 0x%08x\n", signalingClientConnectSync(pConfig->signalingClientHandle));
            }
        }
        fflush(stdout);
        clock_gettime(CLOCK_REALTIME, &until);
        until.tv_nsec += 200000000;
        until.tv_sec += until.tv_nsec / 1000000000;
        until.tv_nsec %= 1000000000;
        pthread_mutex_lock(&pConfig->sampleConfigurationObjLock);
        pthread_cond_timedwait(&pConfig->cvar, &pConfig->sampleConfigurationObjLock, &until);
        pthread_mutex_unlock(&pConfig->sampleConfigurationObjLock);
    }

CleanUp:
    return retStatus;
}

static UINT64 millis(UINT64 time)
{
    return time / HUNDREDS_OF_NANOS_IN_A_MILLISECOND;
}

static void logSignalingClientStats(PSignalingClientMetrics pMetrics)
{
    PSignalingClientStats pStats = &pMetrics->signalingClientStats;

    printf("Signaling client connection duration: %" PRIu64 " ms\n", millis(pStats->connectionDuration));
    printf("Number of signaling client API errors: %u\n", pStats->numberOfErrors);
    printf("Number of runtime errors in the session: %u\n", pStats->numberOfRuntimeErrors);
    printf("Signaling client uptime: %" PRIu64 " ms\n", millis(pStats->signalingClientUptime));
    printf("Control Plane API call latency: %" PRIu64 " ms\n", millis(pStats->cpApiCallLatency));
    printf("Data Plane API call latency: %" PRIu64 " ms\n", millis(pStats->dpApiCallLatency));
    printf("API call retry count: %u\n", pStats->apiCallRetryCount);
}

int main(int argc, char* argv[])
{
    STATUS retStatus = STATUS_SUCCESS;
    static SampleConfiguration configuration;
    struct sigaction action;

    memset(&action, 0, sizeof(action));
    action.sa_handler = on_interrupt;
    sigaction(SIGINT, &action, NULL);
    setvbuf(stdout, NULL, _IOLBF, 0);
    CHK_STATUS(initKvsWebRtc());
    CHK_STATUS(createSampleConfiguration(&configuration, argc > 1 ? argv[1] : (PCHAR) "ScaryTestChannel"));
    CHK_STATUS(initSignaling(&configuration));
    CHK_STATUS(run(&configuration));

CleanUp:
    if (STATUS_SUCCEEDED(signalingClientGetMetrics(configuration.signalingClientHandle, &configuration.signalingClientMetrics))) {
        logSignalingClientStats(&configuration.signalingClientMetrics);
    }
    freeSignalingClient(&configuration.signalingClientHandle);
    if (configuration.usesIot) {
        freeIotCredentialProvider(&configuration.pCredentialProvider);
    } else {
        freeStaticCredentialProvider(&configuration.pCredentialProvider);
    }
    deinitKvsWebRtc();
    printf("Cleanup done 0x%08x\n", retStatus);
    return STATUS_FAILED(retStatus) ? 1 : 0;
}
