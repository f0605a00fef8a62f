/* Attempts of create: how many, with whose waits, and what the caller's struct says of it afterwards. argv: channel. */
#include "check.h"

static int asked, failures, created, executed, freed;
static AwsCredentials* given;

static STATUS sometimes(PAwsCredentialProvider provider, PAwsCredentials* credentials)
{
    (void) provider;
    *credentials = given;
    return ++asked <= failures ? STATUS_INTERNAL_ERROR : STATUS_SUCCESS;
}

static STATUS on_create(PKvsRetryStrategy strategy)
{
    strategy->pRetryStrategy = (PRetryStrategy) &created;
    created++;
    return STATUS_SUCCESS;
}

static STATUS on_execute(PKvsRetryStrategy strategy, PUINT64 wait)
{
    CHECK(strategy->pRetryStrategy == (PRetryStrategy) &created);
    executed++;
    *wait = HUNDREDS_OF_NANOS_IN_A_MILLISECOND;
    return STATUS_SUCCESS;
}

static STATUS on_free(PKvsRetryStrategy strategy)
{
    CHECK(strategy->pRetryStrategy == (PRetryStrategy) &created);
    freed++;
    return STATUS_SUCCESS;
}

int main(int argc, char* argv[])
{
    SIGNALING_CLIENT_HANDLE client = INVALID_SIGNALING_CLIENT_HANDLE_VALUE;
    SignalingClientInfo info = {.version = SIGNALING_CLIENT_INFO_CURRENT_VERSION, .clientId = "camera"};
    ChannelInfo channel = {.version = CHANNEL_INFO_CURRENT_VERSION};
    SignalingClientCallbacks callbacks = {.version = SIGNALING_CLIENT_CALLBACKS_CURRENT_VERSION};
    AwsCredentialProvider provider = {.getCredentialsFn = sometimes};
    KvsRetryStrategyCallbacks own = {on_create, NULL, on_free, on_execute}, *usual;
    KvsRetryStrategy strategy = {NULL, NULL, KVS_RETRY_STRATEGY_DISABLED};
    UINT64 wait;
    UINT32 number;

    CHECK(argc == 2);
    channel.pChannelName = argv[1];
    channel.pCertPath = getenv("AWS_KVS_CACERT_PATH");
    channel.channelRoleType = SIGNALING_CHANNEL_ROLE_TYPE_MASTER;
    channel.channelType = SIGNALING_CHANNEL_TYPE_SINGLE_MASTER;
    channel.retry = TRUE;
    IS(createAwsCredentials("AKID", 0, "secret", 0, NULL, 0, MAX_UINT64, &given), STATUS_SUCCESS);

    /* Each attempt asks twice. */
    failures = 100;
    info.signalingRetryStrategyCallbacks = own;
    info.signalingClientCreationMaxRetryAttempts = 2;
    IS(createSignalingClientSync(&info, &channel, &callbacks, &provider, &client), STATUS_SIGNALING_GET_TOKEN_CALL_FAILED);
    CHECK(asked == 6 && created == 1 && executed == 2 && freed == 1);
    CHECK(info.stateMachineRetryCountReadOnly == 2 && client == INVALID_SIGNALING_CLIENT_HANDLE_VALUE);
    CHECK(info.signalingRetryStrategyCallbacks.executeRetryStrategyFn == on_execute);
    asked = 0;
    failures = 2;
    IS(createSignalingClientSync(&info, &channel, &callbacks, &provider, &client), STATUS_SUCCESS);
    CHECK(asked == 3 && info.stateMachineRetryCountReadOnly == 1);
    IS(freeSignalingClient(&client), STATUS_SUCCESS);
    asked = 0;
    failures = 100;
    info.signalingClientCreationMaxRetryAttempts = 0;
    channel.retry = FALSE;
    IS(createSignalingClientSync(&info, &channel, &callbacks, &provider, &client), STATUS_SIGNALING_GET_TOKEN_CALL_FAILED);
    CHECK(asked == 1 && info.stateMachineRetryCountReadOnly == 0);

    /* Where there are none, or not all, the usual ones are left in their place, and are good for other use. */
    info.signalingRetryStrategyCallbacks.executeRetryStrategyFn = NULL;
    IS(createSignalingClientSync(&info, &channel, &callbacks, &provider, &client), STATUS_SIGNALING_GET_TOKEN_CALL_FAILED);
    usual = &info.signalingRetryStrategyCallbacks;
    CHECK(usual->createRetryStrategyFn != NULL && usual->createRetryStrategyFn != on_create);
    IS(usual->createRetryStrategyFn(&strategy), STATUS_SUCCESS);
    CHECK(strategy.retryStrategyType == KVS_RETRY_STRATEGY_EXPONENTIAL_BACKOFF_WAIT);
    IS(usual->executeRetryStrategyFn(&strategy, &wait), STATUS_SUCCESS);
    CHECK(wait >= HUNDREDS_OF_NANOS_IN_A_SECOND && wait < 2 * HUNDREDS_OF_NANOS_IN_A_SECOND);
    IS(usual->getCurrentRetryAttemptNumberFn(&strategy, &number), STATUS_SUCCESS);
    CHECK(number == 1);
    IS(usual->freeRetryStrategyFn(&strategy), STATUS_SUCCESS);
    IS(usual->executeRetryStrategyFn(&strategy, &wait), STATUS_EXPONENTIAL_BACKOFF_INVALID_STATE);
    IS(freeAwsCredentials(&given), STATUS_SUCCESS);
    printf("retried\n");
    return 0;
}
