/*
 * The signaling part of the KVS WebRTC C SDK's public API, written for kvs-capi from its documented behaviour.
 * docs/api.md says what each function does. Sizes and offsets are checked where this is compiled
 * (KvsCapiLayout.h), and against the same numbers where the library is.
 */
#ifndef KVS_CAPI_WEBRTCCLIENT_INCLUDE_H
#define KVS_CAPI_WEBRTCCLIENT_INCLUDE_H

#include <stdlib.h>
#include <string.h>

#include "KvsCapiBase.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef UINT64 SIGNALING_CLIENT_HANDLE, *PSIGNALING_CLIENT_HANDLE;
#define INVALID_SIGNALING_CLIENT_HANDLE_VALUE ((SIGNALING_CLIENT_HANDLE) 0)
#define IS_VALID_SIGNALING_CLIENT_HANDLE(h) ((h) != INVALID_SIGNALING_CLIENT_HANDLE_VALUE)

typedef enum {
    SIGNALING_CLIENT_STATE_UNKNOWN = 0,
    SIGNALING_CLIENT_STATE_NEW = 1,
    SIGNALING_CLIENT_STATE_GET_CREDENTIALS = 2,
    SIGNALING_CLIENT_STATE_DESCRIBE = 3,
    SIGNALING_CLIENT_STATE_CREATE = 4,
    SIGNALING_CLIENT_STATE_GET_ENDPOINT = 5,
    SIGNALING_CLIENT_STATE_GET_ICE_CONFIG = 6,
    SIGNALING_CLIENT_STATE_READY = 7,
    SIGNALING_CLIENT_STATE_CONNECTING = 8,
    SIGNALING_CLIENT_STATE_CONNECTED = 9,
    SIGNALING_CLIENT_STATE_DISCONNECTED = 10,
    SIGNALING_CLIENT_STATE_DELETE = 11,
    SIGNALING_CLIENT_STATE_DELETED = 12,
    SIGNALING_CLIENT_STATE_DESCRIBE_MEDIA = 13,
    SIGNALING_CLIENT_STATE_JOIN_SESSION = 14,
    SIGNALING_CLIENT_STATE_JOIN_SESSION_WAITING = 15,
    SIGNALING_CLIENT_STATE_JOIN_SESSION_CONNECTED = 16,
    SIGNALING_CLIENT_STATE_MAX_VALUE = 17
} SIGNALING_CLIENT_STATE,
    *PSIGNALING_CLIENT_STATE;

typedef enum {
    SIGNALING_MESSAGE_TYPE_OFFER = 0,
    SIGNALING_MESSAGE_TYPE_ANSWER = 1,
    SIGNALING_MESSAGE_TYPE_ICE_CANDIDATE = 2,
    SIGNALING_MESSAGE_TYPE_GO_AWAY = 3,
    SIGNALING_MESSAGE_TYPE_RECONNECT_ICE_SERVER = 4,
    SIGNALING_MESSAGE_TYPE_STATUS_RESPONSE = 5,
    SIGNALING_MESSAGE_TYPE_UNKNOWN = 6
} SIGNALING_MESSAGE_TYPE;

typedef enum {
    SIGNALING_CHANNEL_STATUS_CREATING = 0,
    SIGNALING_CHANNEL_STATUS_ACTIVE = 1,
    SIGNALING_CHANNEL_STATUS_UPDATING = 2,
    SIGNALING_CHANNEL_STATUS_DELETING = 3
} SIGNALING_CHANNEL_STATUS;

typedef enum { SIGNALING_CHANNEL_TYPE_UNKNOWN = 0, SIGNALING_CHANNEL_TYPE_SINGLE_MASTER = 1 } SIGNALING_CHANNEL_TYPE;

typedef enum {
    SIGNALING_CHANNEL_ROLE_TYPE_UNKNOWN = 0,
    SIGNALING_CHANNEL_ROLE_TYPE_MASTER = 1,
    SIGNALING_CHANNEL_ROLE_TYPE_VIEWER = 2
} SIGNALING_CHANNEL_ROLE_TYPE;

typedef enum {
    SIGNALING_API_CALL_CACHE_TYPE_NONE = 0,
    SIGNALING_API_CALL_CACHE_TYPE_DESCRIBE_GETENDPOINT = 1,
    SIGNALING_API_CALL_CACHE_TYPE_FILE = 2,
    SIGNALING_API_CALL_CACHE_TYPE_FILE_EXCEPT_DESCRIBE_MEDIA = 3
} SIGNALING_API_CALL_CACHE_TYPE;

/* As in the SDK; a received message carries 0 or the service's HTTP status. */
typedef enum {
    SERVICE_CALL_RESULT_NOT_SET = 0,
    SERVICE_CALL_RESULT_OK = 200,
    SERVICE_CALL_BAD_REQUEST = 400,
    SERVICE_CALL_NOT_AUTHORIZED = 401,
    SERVICE_CALL_FORBIDDEN = 403,
    SERVICE_CALL_RESOURCE_NOT_FOUND = 404,
    SERVICE_CALL_INVALID_ARG = 406,
    SERVICE_CALL_REQUEST_TIMEOUT = 408,
    SERVICE_CALL_INTERNAL_ERROR = 500,
    SERVICE_CALL_NOT_IMPLEMENTED = 501,
    SERVICE_CALL_SERVICE_UNAVAILABLE = 503,
    SERVICE_CALL_GATEWAY_TIMEOUT = 504,
    SERVICE_CALL_NETWORK_READ_TIMEOUT = 598,
    SERVICE_CALL_NETWORK_CONNECTION_TIMEOUT = 599,
    SERVICE_CALL_RESULT_SIGNALING_GO_AWAY = 6000,
    SERVICE_CALL_RESULT_SIGNALING_RECONNECT_ICE = 6001,
    SERVICE_CALL_CLIENT_LIMIT = 10000,
    SERVICE_CALL_DEVICE_LIMIT = 10001,
    SERVICE_CALL_STREAM_LIMIT = 10002,
    SERVICE_CALL_RESOURCE_IN_USE = 10003,
    SERVICE_CALL_DEVICE_NOT_PROVISIONED = 10004,
    SERVICE_CALL_DEVICE_NOT_FOUND = 10005,
    SERVICE_CALL_UNKNOWN = 10006,
    SERVICE_CALL_AUTH_FAILURE = 10007,
    SERVICE_CALL_SIGNATURE_EXPIRED = 10008,
    SERVICE_CALL_SIGNATURE_NOT_YET_CURRENT = 10009,
    SERVICE_CALL_RESOURCE_DELETED = 10400
} SERVICE_CALL_RESULT;

typedef struct {
    UINT32 version;
    PCHAR name;
    PCHAR value;
} Tag, *PTag;

/* Credentials and their providers. What a provider gives stays its own. */
typedef struct {
    UINT32 version;
    UINT32 size;
    PCHAR accessKeyId;
    UINT32 accessKeyIdLen;
    PCHAR secretKey;
    UINT32 secretKeyLen;
    PCHAR sessionToken;
    UINT32 sessionTokenLen;
    UINT64 expiration;
} AwsCredentials, *PAwsCredentials;

typedef struct __AwsCredentialProvider* PAwsCredentialProvider;
typedef STATUS (*GetCredentialsFunc)(PAwsCredentialProvider, PAwsCredentials*);
typedef struct __AwsCredentialProvider {
    GetCredentialsFunc getCredentialsFn;
} AwsCredentialProvider;

/* Waits between the attempts of create and fetch. */
typedef enum { KVS_RETRY_STRATEGY_DISABLED = 0, KVS_RETRY_STRATEGY_EXPONENTIAL_BACKOFF_WAIT = 1 } KVS_RETRY_STRATEGY_TYPE;
typedef PUINT64 PRetryStrategy;
typedef PUINT64 PRetryStrategyConfig;
typedef struct {
    PRetryStrategy pRetryStrategy;
    PRetryStrategyConfig pRetryStrategyConfig;
    KVS_RETRY_STRATEGY_TYPE retryStrategyType;
} KvsRetryStrategy, *PKvsRetryStrategy;
typedef STATUS (*CreateRetryStrategyFn)(PKvsRetryStrategy);
typedef STATUS (*GetCurrentRetryAttemptNumberFn)(PKvsRetryStrategy, PUINT32);
typedef STATUS (*FreeRetryStrategyFn)(PKvsRetryStrategy);
typedef STATUS (*ExecuteRetryStrategyFn)(PKvsRetryStrategy, PUINT64);
typedef struct {
    CreateRetryStrategyFn createRetryStrategyFn;
    GetCurrentRetryAttemptNumberFn getCurrentRetryAttemptNumberFn;
    FreeRetryStrategyFn freeRetryStrategyFn;
    ExecuteRetryStrategyFn executeRetryStrategyFn;
} KvsRetryStrategyCallbacks, *PKvsRetryStrategyCallbacks;

typedef struct {
    UINT32 version;
    CHAR clientId[MAX_SIGNALING_CLIENT_ID_LEN + 1];
    UINT32 loggingLevel;
    PCHAR cacheFilePath;
    KvsRetryStrategyCallbacks signalingRetryStrategyCallbacks;
    INT32 signalingClientCreationMaxRetryAttempts;
    UINT32 stateMachineRetryCountReadOnly;
    UINT32 signalingMessagesMinimumThreads;
    UINT32 signalingMessagesMaximumThreads;
} SignalingClientInfo, *PSignalingClientInfo;

typedef struct {
    UINT32 version;
    PCHAR pChannelName;
    PCHAR pChannelArn;
    PCHAR pStorageStreamArn;
    PCHAR pRegion;
    PCHAR pControlPlaneUrl;
    PCHAR pCertPath;
    PCHAR pUserAgentPostfix;
    PCHAR pCustomUserAgent;
    PCHAR pUserAgent;
    PCHAR pKmsKeyId;
    SIGNALING_CHANNEL_TYPE channelType;
    SIGNALING_CHANNEL_ROLE_TYPE channelRoleType;
    BOOL reserved;
    UINT64 cachingPeriod;
    BOOL retry;
    BOOL reconnect;
    UINT64 messageTtl;
    UINT32 tagCount;
    PTag pTags;
    SIGNALING_API_CALL_CACHE_TYPE cachingPolicy;
    BOOL asyncIceServerConfig;
    BOOL useMediaStorage;
} ChannelInfo, *PChannelInfo;

typedef struct {
    UINT32 version;
    SIGNALING_MESSAGE_TYPE messageType;
    CHAR correlationId[MAX_CORRELATION_ID_LEN + 1];
    CHAR peerClientId[MAX_SIGNALING_CLIENT_ID_LEN + 1];
    UINT32 payloadLen;
    CHAR payload[MAX_SIGNALING_MESSAGE_LEN + 1];
} SignalingMessage, *PSignalingMessage;

typedef struct {
    SignalingMessage signalingMessage;
    SERVICE_CALL_RESULT statusCode;
    CHAR errorType[MAX_ERROR_TYPE_STRING_LEN + 1];
    CHAR description[MAX_MESSAGE_DESCRIPTION_LEN + 1];
} ReceivedSignalingMessage, *PReceivedSignalingMessage;

typedef struct {
    UINT32 version;
    UINT64 ttl;
    UINT32 uriCount;
    CHAR uris[MAX_ICE_CONFIG_URI_COUNT][MAX_ICE_CONFIG_URI_LEN + 1];
    CHAR userName[MAX_ICE_CONFIG_USER_NAME_LEN + 1];
    CHAR password[MAX_ICE_CONFIG_CREDENTIAL_LEN + 1];
} IceConfigInfo, *PIceConfigInfo;

/* Results of calls the SDK makes inside: no function gives them out. */
typedef struct {
    UINT32 version;
    CHAR channelArn[MAX_ARN_LEN + 1];
    CHAR channelName[MAX_CHANNEL_NAME_LEN + 1];
    SIGNALING_CHANNEL_STATUS channelStatus;
    SIGNALING_CHANNEL_TYPE channelType;
    CHAR updateVersion[MAX_UPDATE_VERSION_LEN + 1];
    UINT64 messageTtl;
    UINT64 creationTime;
} SignalingChannelDescription, *PSignalingChannelDescription;

typedef struct {
    BOOL storageStatus;
    CHAR storageStreamArn[MAX_ARN_LEN + 1];
} MediaStorageConfig, *PMediaStorageConfig;

/* Callbacks: any may be NULL. docs/api.md says on which thread each is called. */
typedef STATUS (*SignalingClientMessageReceivedFunc)(UINT64, PReceivedSignalingMessage);
typedef STATUS (*SignalingClientErrorReportFunc)(UINT64, STATUS, PCHAR, UINT32);
typedef STATUS (*SignalingClientStateChangedFunc)(UINT64, SIGNALING_CLIENT_STATE);
typedef UINT64 (*GetCurrentTimeFunc)(UINT64);
typedef struct {
    UINT32 version;
    UINT64 customData;
    SignalingClientMessageReceivedFunc messageReceivedFn;
    SignalingClientErrorReportFunc errorReportFn;
    SignalingClientStateChangedFunc stateChangeFn;
    GetCurrentTimeFunc getCurrentTimeFn;
} SignalingClientCallbacks, *PSignalingClientCallbacks;

/* Units by row: docs/api.md. */
typedef struct {
    UINT64 describeChannelStartTime;
    UINT64 describeChannelEndTime;
    UINT64 getSignalingChannelEndpointStartTime;
    UINT64 getSignalingChannelEndpointEndTime;
    UINT64 getIceServerConfigStartTime;
    UINT64 getIceServerConfigEndTime;
    UINT64 getTokenStartTime;
    UINT64 getTokenEndTime;
    UINT64 createChannelStartTime;
    UINT64 createChannelEndTime;
    UINT64 connectStartTime;
    UINT64 connectEndTime;
    UINT64 cpApiCallLatency;
    UINT64 dpApiCallLatency;
    UINT64 signalingClientUptime;
    UINT64 connectionDuration;
    UINT32 numberOfMessagesSent;
    UINT32 numberOfMessagesReceived;
    UINT32 iceRefreshCount;
    UINT32 numberOfErrors;
    UINT32 numberOfRuntimeErrors;
    UINT32 numberOfReconnects;
    UINT32 apiCallRetryCount;
    UINT64 getTokenCallTime;
    UINT64 describeCallTime;
    UINT64 describeMediaCallTime;
    UINT64 createCallTime;
    UINT64 getEndpointCallTime;
    UINT64 getIceConfigCallTime;
    UINT64 connectCallTime;
    UINT64 joinSessionCallTime;
    UINT64 createClientTime;
    UINT64 fetchClientTime;
    UINT64 connectClientTime;
    UINT64 offerToAnswerTime;
    UINT64 offerReceivedTime;
    UINT64 answerTime;
    UINT64 joinSessionToOfferRecvTime;
} SignalingClientStats, *PSignalingClientStats;

typedef struct {
    UINT32 version;
    UINT64 signalingStartTime;
    UINT64 signalingEndTime;
    UINT64 signalingCallTime;
    SignalingClientStats signalingClientStats;
} SignalingClientMetrics, *PSignalingClientMetrics;

STATUS initKvsWebRtc(VOID);
STATUS deinitKvsWebRtc(VOID);

STATUS createSignalingClientSync(PSignalingClientInfo, PChannelInfo, PSignalingClientCallbacks, PAwsCredentialProvider,
                                 PSIGNALING_CLIENT_HANDLE);
STATUS freeSignalingClient(PSIGNALING_CLIENT_HANDLE);
STATUS signalingClientFetchSync(SIGNALING_CLIENT_HANDLE);
STATUS signalingClientConnectSync(SIGNALING_CLIENT_HANDLE);
STATUS signalingClientDisconnectSync(SIGNALING_CLIENT_HANDLE);
STATUS signalingClientSendMessageSync(SIGNALING_CLIENT_HANDLE, PSignalingMessage);
STATUS signalingClientDeleteSync(SIGNALING_CLIENT_HANDLE);
STATUS signalingClientGetIceConfigInfoCount(SIGNALING_CLIENT_HANDLE, PUINT32);
STATUS signalingClientGetIceConfigInfo(SIGNALING_CLIENT_HANDLE, UINT32, PIceConfigInfo*);
STATUS signalingClientGetCurrentState(SIGNALING_CLIENT_HANDLE, PSIGNALING_CLIENT_STATE);
STATUS signalingClientGetStateString(SIGNALING_CLIENT_STATE, PCHAR*);
STATUS signalingClientGetMetrics(SIGNALING_CLIENT_HANDLE, PSignalingClientMetrics);

STATUS createStaticCredentialProvider(PCHAR, UINT32, PCHAR, UINT32, PCHAR, UINT32, UINT64, PAwsCredentialProvider*);
STATUS freeStaticCredentialProvider(PAwsCredentialProvider*);
STATUS createFileCredentialProvider(PCHAR, PAwsCredentialProvider*);
STATUS createFileCredentialProviderWithTime(PCHAR, GetCurrentTimeFunc, UINT64, PAwsCredentialProvider*);
STATUS freeFileCredentialProvider(PAwsCredentialProvider*);
STATUS createLwsIotCredentialProvider(PCHAR, PCHAR, PCHAR, PCHAR, PCHAR, PCHAR, PAwsCredentialProvider*);
STATUS createLwsIotCredentialProviderWithTime(PCHAR, PCHAR, PCHAR, PCHAR, PCHAR, PCHAR, GetCurrentTimeFunc, UINT64,
                                              PAwsCredentialProvider*);
STATUS createCurlIotCredentialProvider(PCHAR, PCHAR, PCHAR, PCHAR, PCHAR, PCHAR, PAwsCredentialProvider*);
STATUS createCurlIotCredentialProviderWithTime(PCHAR, PCHAR, PCHAR, PCHAR, PCHAR, PCHAR, GetCurrentTimeFunc, UINT64,
                                               PAwsCredentialProvider*);
STATUS createCurlIotCredentialProviderWithTimeAndTimeout(PCHAR, PCHAR, PCHAR, PCHAR, PCHAR, PCHAR, UINT64, UINT64,
                                                         GetCurrentTimeFunc, UINT64, PAwsCredentialProvider*);
STATUS freeIotCredentialProvider(PAwsCredentialProvider*);
STATUS createAwsCredentials(PCHAR, UINT32, PCHAR, UINT32, PCHAR, UINT32, UINT64, PAwsCredentials*);
STATUS freeAwsCredentials(PAwsCredentials*);

#ifdef __cplusplus
}
#endif

#include "KvsCapiLayout.h"

#endif
