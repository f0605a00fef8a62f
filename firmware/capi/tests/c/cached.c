/* Fetches and connects with the file cache at argv[2], for the channel argv[1]; says how long each took. */
#include <com/amazonaws/kinesis/video/webrtcclient/Include.h>
#include <stdio.h>

int main(int argc, char* argv[])
{
    SignalingClientInfo info = {.version = SIGNALING_CLIENT_INFO_CURRENT_VERSION};
    ChannelInfo channel = {.version = CHANNEL_INFO_CURRENT_VERSION};
    SignalingClientCallbacks callbacks = {.version = SIGNALING_CLIENT_CALLBACKS_CURRENT_VERSION};
    SIGNALING_CLIENT_HANDLE client = INVALID_SIGNALING_CLIENT_HANDLE_VALUE;
    SIGNALING_CLIENT_STATE state = SIGNALING_CLIENT_STATE_UNKNOWN;
    PAwsCredentialProvider provider = NULL;
    STATUS status;

    (void) argc;
    info.cacheFilePath = argv[2];
    channel.pChannelName = argv[1];
    channel.pRegion = getenv("AWS_DEFAULT_REGION");
    channel.pControlPlaneUrl = getenv("CONTROL_PLANE_URI");
    channel.pCertPath = getenv("AWS_KVS_CACERT_PATH");
    channel.channelRoleType = SIGNALING_CHANNEL_ROLE_TYPE_MASTER;
    channel.channelType = SIGNALING_CHANNEL_TYPE_SINGLE_MASTER;
    channel.cachingPolicy = SIGNALING_API_CALL_CACHE_TYPE_FILE;
    channel.retry = TRUE;
    status = createFileCredentialProvider(argv[3], &provider);
    status = STATUS_FAILED(status) ? status : createSignalingClientSync(&info, &channel, &callbacks, provider, &client);
    status = STATUS_FAILED(status) ? status : signalingClientFetchSync(client);
    status = STATUS_FAILED(status) ? status : signalingClientConnectSync(client);
    status = STATUS_FAILED(status) ? status : signalingClientGetCurrentState(client, &state);
    freeSignalingClient(&client);
    freeFileCredentialProvider(&provider);
    printf("ended 0x%08x state %d\n", status, (int) state);
    return STATUS_FAILED(status) ? 1 : 0;
}
