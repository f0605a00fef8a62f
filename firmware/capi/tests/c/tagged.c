/* Tags of a channel that is created: the SDK's limits, and what reaches the service. argv: channel. */
#include "check.h"

int main(int argc, char* argv[])
{
    SIGNALING_CLIENT_HANDLE client = INVALID_SIGNALING_CLIENT_HANDLE_VALUE;
    SignalingClientInfo info = {.version = SIGNALING_CLIENT_INFO_CURRENT_VERSION, .clientId = "camera"};
    ChannelInfo channel = {0};
    SignalingClientCallbacks callbacks = {.version = SIGNALING_CLIENT_CALLBACKS_CURRENT_VERSION};
    PAwsCredentialProvider provider = NULL;
    static Tag tags[MAX_TAG_COUNT + 1];
    static CHAR names[MAX_TAG_COUNT + 1][MAX_TAG_NAME_LEN + 2], values[MAX_TAG_COUNT + 1][MAX_TAG_VALUE_LEN + 2];

    CHECK(argc == 2);
    info.signalingClientCreationMaxRetryAttempts = 0;
    at_the_service(&channel, argv[1], SIGNALING_CHANNEL_ROLE_TYPE_MASTER);
    provider = the_service_s_keys();
    for (int i = 0; i <= MAX_TAG_COUNT; i++) {
        sprintf(names[i], "key-%02d", i);
        /* As long as the service takes them: more than the SDK's 10 KB for a request. */
        memset(values[i], 'a' + i % 26, 256);
        tags[i] = (Tag){.version = TAG_CURRENT_VERSION, .name = names[i], .value = values[i]};
    }
#define CREATE() createSignalingClientSync(&info, &channel, &callbacks, provider, &client)
    channel.tagCount = 1;
    IS(CREATE(), STATUS_UTIL_TAGS_COUNT_NON_ZERO_TAGS_NULL);
    channel.pTags = tags;
    channel.tagCount = MAX_TAG_COUNT + 1;
    IS(CREATE(), STATUS_UTIL_MAX_TAG_COUNT);
    channel.tagCount = MAX_TAG_COUNT;
    tags[7].version = TAG_CURRENT_VERSION + 1;
    IS(CREATE(), STATUS_UTIL_INVALID_TAG_VERSION);
    tags[7].version = TAG_CURRENT_VERSION;
    memset(names[8], 'k', MAX_TAG_NAME_LEN + 1);
    IS(CREATE(), STATUS_UTIL_INVALID_TAG_NAME_LEN);
    names[8][MAX_TAG_NAME_LEN] = 0;
    memset(values[9], 'v', MAX_TAG_VALUE_LEN + 1);
    IS(CREATE(), STATUS_UTIL_INVALID_TAG_VALUE_LEN);
    /* As much as the SDK takes is more than the service does: it is the service that refuses. */
    values[9][MAX_TAG_VALUE_LEN] = 0;
    IS(CREATE(), STATUS_SUCCESS);
    IS(signalingClientFetchSync(client), STATUS_SIGNALING_CREATE_CALL_FAILED);
    IS(freeSignalingClient(&client), STATUS_SUCCESS);
    values[9][256] = 0;
    strcpy(values[10], "S\303\274dseite: Tor/Hof = 1 + 2 @ heim_.-");
    values[11][0] = 0;
    IS(CREATE(), STATUS_SUCCESS);
    IS(signalingClientFetchSync(client), STATUS_SUCCESS);
    IS(freeSignalingClient(&client), STATUS_SUCCESS);
    IS(freeStaticCredentialProvider(&provider), STATUS_SUCCESS);
    printf("tagged\n");
    return 0;
}
