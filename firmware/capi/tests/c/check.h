/* What the test programs share: checks that say what failed, words to the harness, and what it put in the environment. */
#include <com/amazonaws/kinesis/video/webrtcclient/Include.h>
#include <stdio.h>

/* What a program has to say of itself when a check fails; defined before this header. */
#ifndef WHEN_FAILED
#define WHEN_FAILED() ((void) 0)
#endif

#define CHECK(what)                                                                                                    \
    do {                                                                                                               \
        if (!(what)) {                                                                                                 \
            printf("FAILED line %d: %s\n", __LINE__, #what);                                                           \
            WHEN_FAILED();                                                                                             \
            fflush(stdout);                                                                                            \
            exit(1);                                                                                                   \
        }                                                                                                              \
    } while (0)
#define IS(call, expected)                                                                                             \
    do {                                                                                                               \
        STATUS got_ = (call);                                                                                          \
        if (got_ != (STATUS) (expected)) {                                                                             \
            printf("FAILED line %d: %s is 0x%08x\n", __LINE__, #call, got_);                                           \
            WHEN_FAILED();                                                                                             \
            fflush(stdout);                                                                                            \
            exit(1);                                                                                                   \
        }                                                                                                              \
    } while (0)

/* Asks the harness for something, and waits until it is done. */
static inline void ask(const char* word)
{
    char line[64];
    printf("?%s\n", word);
    fflush(stdout);
    CHECK(fgets(line, sizeof line, stdin) != NULL);
}

/* A single-master channel at the test's service. */
static inline void at_the_service(PChannelInfo channel, PCHAR name, SIGNALING_CHANNEL_ROLE_TYPE role)
{
    channel->version = CHANNEL_INFO_CURRENT_VERSION;
    channel->pChannelName = name;
    channel->pRegion = getenv("AWS_DEFAULT_REGION");
    channel->pControlPlaneUrl = getenv("CONTROL_PLANE_URI");
    channel->pCertPath = getenv("AWS_KVS_CACERT_PATH");
    channel->channelRoleType = role;
    channel->channelType = SIGNALING_CHANNEL_TYPE_SINGLE_MASTER;
    channel->retry = TRUE;
}

/* Keys that the service knows. */
static inline PAwsCredentialProvider the_service_s_keys(void)
{
    PAwsCredentialProvider provider = NULL;
    IS(createStaticCredentialProvider(getenv("AWS_ACCESS_KEY_ID"), 0, getenv("AWS_SECRET_ACCESS_KEY"), 0,
                                      getenv("AWS_SESSION_TOKEN"), 0, MAX_UINT64, &provider),
       STATUS_SUCCESS);
    return provider;
}
