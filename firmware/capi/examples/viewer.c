/*
 * A viewer on the SDK's public signaling API alone: connects, offers, and ends with the answer. Environment as for
 * master.c.
 */
#include <com/amazonaws/kinesis/video/webrtcclient/Include.h>
#include <pthread.h>
#include <stdio.h>
#include <time.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static int answers, candidates;

static STATUS on_message(UINT64 customData, PReceivedSignalingMessage received)
{
    (void) customData;
    pthread_mutex_lock(&lock);
    answers += received->signalingMessage.messageType == SIGNALING_MESSAGE_TYPE_ANSWER;
    candidates += received->signalingMessage.messageType == SIGNALING_MESSAGE_TYPE_ICE_CANDIDATE;
    printf("received type=%d len=%u\n", (int) received->signalingMessage.messageType,
           received->signalingMessage.payloadLen);
    pthread_cond_signal(&changed);
    pthread_mutex_unlock(&lock);
    return STATUS_SUCCESS;
}

int main(int argc, char* argv[])
{
    SIGNALING_CLIENT_HANDLE client = INVALID_SIGNALING_CLIENT_HANDLE_VALUE;
    SignalingClientInfo clientInfo;
    ChannelInfo channelInfo;
    SignalingClientCallbacks callbacks;
    PAwsCredentialProvider provider = NULL;
    PSignalingMessage offer = calloc(1, sizeof(SignalingMessage));
    STATUS status;
    struct timespec until;

    memset(&clientInfo, 0, sizeof(clientInfo));
    memset(&channelInfo, 0, sizeof(channelInfo));
    memset(&callbacks, 0, sizeof(callbacks));

    clientInfo.version = SIGNALING_CLIENT_INFO_CURRENT_VERSION;
    clientInfo.signalingClientCreationMaxRetryAttempts = 0;
    strncpy(clientInfo.clientId, argc > 2 ? argv[2] : "ConsumerViewer", MAX_SIGNALING_CLIENT_ID_LEN);
    channelInfo.version = CHANNEL_INFO_CURRENT_VERSION;
    channelInfo.pChannelName = argc > 1 ? argv[1] : (PCHAR) "ScaryTestChannel";
    channelInfo.pRegion = getenv("AWS_DEFAULT_REGION");
    channelInfo.pControlPlaneUrl = getenv("CONTROL_PLANE_URI");
    channelInfo.pCertPath = getenv("AWS_KVS_CACERT_PATH");
    channelInfo.channelType = SIGNALING_CHANNEL_TYPE_SINGLE_MASTER;
    channelInfo.channelRoleType = SIGNALING_CHANNEL_ROLE_TYPE_VIEWER;
    channelInfo.retry = TRUE;
    callbacks.messageReceivedFn = on_message;

    status = createStaticCredentialProvider(getenv("AWS_ACCESS_KEY_ID"), 0, getenv("AWS_SECRET_ACCESS_KEY"), 0,
                                            getenv("AWS_SESSION_TOKEN"), 0, MAX_UINT64, &provider);
    if (STATUS_SUCCEEDED(status)) {
        status = createSignalingClientSync(&clientInfo, &channelInfo, &callbacks, provider, &client);
    }
    if (STATUS_SUCCEEDED(status)) {
        status = signalingClientFetchSync(client);
    }
    if (STATUS_SUCCEEDED(status)) {
        status = signalingClientConnectSync(client);
    }
    printf("connected 0x%08x\n", status);

    offer->version = SIGNALING_MESSAGE_CURRENT_VERSION;
    offer->messageType = SIGNALING_MESSAGE_TYPE_OFFER;
    strcpy(offer->peerClientId, "ProducerMaster");
    strcpy(offer->correlationId, "offer-1");
    strcpy(offer->payload, "{\"type\":\"offer\",\"sdp\":\"v=0\\r\\n\"}");
    if (STATUS_SUCCEEDED(status)) {
        status = signalingClientSendMessageSync(client, offer);
        printf("offer 0x%08x\n", status);
    }

    pthread_mutex_lock(&lock);
    until.tv_sec = time(NULL) + 20;
    until.tv_nsec = 0;
    while (STATUS_SUCCEEDED(status) && (answers == 0 || candidates == 0)) {
        if (pthread_cond_timedwait(&changed, &lock, &until) != 0) {
            status = STATUS_OPERATION_TIMED_OUT;
        }
    }
    pthread_mutex_unlock(&lock);

    if (IS_VALID_SIGNALING_CLIENT_HANDLE(client)) {
        signalingClientDisconnectSync(client);
    }
    freeSignalingClient(&client);
    freeStaticCredentialProvider(&provider);
    free(offer);
    printf("done 0x%08x\n", status);
    return STATUS_FAILED(status) ? 1 : 0;
}
