/* Fetches and connects with the file cache at argv[2], for the channel argv[1]; says how long each took. */
#include "check.h"

int main(int argc, char* argv[])
{
    SignalingClientInfo info = {.version = SIGNALING_CLIENT_INFO_CURRENT_VERSION};
    ChannelInfo channel = {0};
    SignalingClientCallbacks callbacks = {.version = SIGNALING_CLIENT_CALLBACKS_CURRENT_VERSION};
    SIGNALING_CLIENT_HANDLE client = INVALID_SIGNALING_CLIENT_HANDLE_VALUE;
    SIGNALING_CLIENT_STATE state = SIGNALING_CLIENT_STATE_UNKNOWN;
    PAwsCredentialProvider provider = NULL;
    STATUS status;

    (void) argc;
    info.cacheFilePath = argv[2];
    at_the_service(&channel, argv[1], SIGNALING_CHANNEL_ROLE_TYPE_MASTER);
    channel.cachingPolicy = SIGNALING_API_CALL_CACHE_TYPE_FILE;
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
