/*
 * A camera application's signaling beside the SDK's own libraries: what those define is theirs (a stand-in's functions
 * answer 4711), what is the signaling library's works, with a credential provider of neither. argv: channel.
 */
#include <com/amazonaws/kinesis/video/webrtcclient/Include.h>
#include <stdio.h>

static STATUS give(PAwsCredentialProvider provider, PAwsCredentials* credentials)
{
    static AwsCredentials own;

    (void) provider;
    own.accessKeyId = getenv("AWS_ACCESS_KEY_ID");
    own.accessKeyIdLen = (UINT32) strlen(own.accessKeyId);
    own.secretKey = getenv("AWS_SECRET_ACCESS_KEY");
    own.secretKeyLen = (UINT32) strlen(own.secretKey);
    own.sessionToken = getenv("AWS_SESSION_TOKEN");
    own.sessionTokenLen = (UINT32) strlen(own.sessionToken);
    own.expiration = MAX_UINT64;
    *credentials = &own;
    return STATUS_SUCCESS;
}

int main(int argc, char* argv[])
{
    SignalingClientInfo info;
    ChannelInfo channel;
    SignalingClientCallbacks callbacks;
    SIGNALING_CLIENT_HANDLE client = INVALID_SIGNALING_CLIENT_HANDLE_VALUE;
    SIGNALING_CLIENT_STATE state = SIGNALING_CLIENT_STATE_UNKNOWN;
    AwsCredentialProvider provider = {give};
    STATUS status;

    (void) argc;
    if (initKvsWebRtc() != 4711 || createStaticCredentialProvider(NULL, 0, NULL, 0, NULL, 0, 0, NULL) != 4711 ||
        freeIotCredentialProvider(NULL) != 4711 || deinitKvsWebRtc() != 4711) {
        printf("FAILED: not the SDK's\n");
        return 1;
    }
    memset(&info, 0, sizeof(info));
    memset(&channel, 0, sizeof(channel));
    memset(&callbacks, 0, sizeof(callbacks));
    channel.pChannelName = argv[1];
    channel.pRegion = getenv("AWS_DEFAULT_REGION");
    channel.pControlPlaneUrl = getenv("CONTROL_PLANE_URI");
    channel.pCertPath = getenv("AWS_KVS_CACERT_PATH");
    channel.channelRoleType = SIGNALING_CHANNEL_ROLE_TYPE_MASTER;
    channel.channelType = SIGNALING_CHANNEL_TYPE_SINGLE_MASTER;
    channel.retry = TRUE;
    status = createSignalingClientSync(&info, &channel, &callbacks, &provider, &client);
    status = STATUS_FAILED(status) ? status : signalingClientFetchSync(client);
    status = STATUS_FAILED(status) ? status : signalingClientConnectSync(client);
    status = STATUS_FAILED(status) ? status : signalingClientGetCurrentState(client, &state);
    freeSignalingClient(&client);
    printf("ended 0x%08x state %d\n", status, (int) state);
    return STATUS_FAILED(status) || state != SIGNALING_CLIENT_STATE_CONNECTED;
}
