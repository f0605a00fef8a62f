/*
 * The structs that differed in earlier versions of the SDK, each named after the last version that had it
 * (docs/abi.md). Include.h first.
 */
typedef struct {
    UINT32 version;
    SIGNALING_MESSAGE_TYPE messageType;
    CHAR correlationId[257], peerClientId[257];
    UINT32 payloadLen;
    CHAR payload[10 * 1024 + 1];
} SignalingMessage_1_12_0;

typedef struct {
    SignalingMessage_1_12_0 signalingMessage;
    SERVICE_CALL_RESULT statusCode;
    CHAR errorType[257], description[1025];
} ReceivedSignalingMessage_1_12_0;

typedef struct {
    UINT32 version;
    UINT64 ttl;
    UINT32 uriCount;
    CHAR uris[4][257], userName[257], password[257];
} IceConfigInfo_1_11_0;

typedef struct {
    UINT64 latencies[2], uptimeAndDuration[2];
    UINT32 counters[7];
    UINT64 callTimes[8], clientTimes[3], offerToAnswerTime, joinSessionToOfferRecvTime;
} SignalingClientStats_1_9_1;

typedef struct {
    UINT32 version;
    SignalingClientStats_1_9_1 signalingClientStats;
} SignalingClientMetrics_1_9_1;

typedef struct {
    UINT64 latencies[2], uptimeAndDuration[2];
    UINT32 counters[7];
    UINT64 callTimes[6], clientTimes[3], offerToAnswerTime;
} SignalingClientStats_1_8_0;

typedef struct {
    UINT32 version;
    SignalingClientStats_1_8_0 signalingClientStats;
} SignalingClientMetrics_1_8_0;

typedef struct {
    UINT32 version;
    PCHAR pChannelName, pChannelArn, pRegion, pControlPlaneUrl, pCertPath, pUserAgentPostfix, pCustomUserAgent;
    PCHAR pUserAgent, pKmsKeyId;
    SIGNALING_CHANNEL_TYPE channelType;
    SIGNALING_CHANNEL_ROLE_TYPE channelRoleType;
    BOOL reserved;
    UINT64 cachingPeriod;
    BOOL retry, reconnect;
    UINT64 messageTtl;
    UINT32 tagCount;
    PTag pTags;
    SIGNALING_API_CALL_CACHE_TYPE cachingPolicy;
    BOOL asyncIceServerConfig;
} ChannelInfo_1_8_0;

typedef struct {
    UINT64 latencies[2], uptimeAndDuration[2];
    UINT32 counters[7];
} SignalingClientStats_1_7_3;

typedef struct {
    UINT32 version;
    SignalingClientStats_1_7_3 signalingClientStats;
} SignalingClientMetrics_1_7_3;

typedef struct {
    UINT32 version;
    CHAR clientId[257];
    UINT32 loggingLevel;
    PCHAR cacheFilePath;
    KvsRetryStrategyCallbacks signalingRetryStrategyCallbacks;
    INT32 signalingClientCreationMaxRetryAttempts;
    UINT32 stateMachineRetryCountReadOnly;
} SignalingClientInfo_1_7_3;
